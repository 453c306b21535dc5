// Attaches without a source: a receiver that asks for the subscription of its name, to look at it or
// to end it. JMS clients unsubscribe so: they attach, and close what was found. [JMS mapping WD10]

import { type Address, BrokerError, isBusy, type Subscription } from '#broker';
import { subscriptionNameOf } from './attach.ts';
import { detachedKey } from './detached-links.ts';
import { ProtocolError } from './errors.ts';
import type { Attach, Draft } from './performatives.ts';
import { SenderLink } from './sender-link.ts';
import type { Session } from './session.ts';
import type { Source } from './terminus.ts';
import { string, type Value } from './types.ts';

/**
 * Finds the durable subscription that a link names; a close of the link ends it.
 *
 * @throws {ProtocolError} scope link, `amqp:not-found`
 * @throws {BrokerError} `in-use`
 */
export function openNamed(
  session: Session,
  attach: Attach,
  handle: number,
  key: string,
): { readonly link: SenderLink; readonly source: Draft<Source> } {
  const { broker, connection, containerId, gateway, home } = session.peer;
  const { desiredCapabilities } = attach;
  const global = desiredCapabilities.includes('global') || /^[^|]+\|global/.test(attach.name);
  const clientId = global ? undefined : (connection.clientId ?? containerId);
  const name = nameOf(attach.name);
  const found = broker.subscriptions.find(clientId, name);
  if (found === undefined) {
    throw new ProtocolError('link', 'amqp:not-found', `there is no subscription '${name}'`);
  }
  gateway.detached.take(detachedKey(home, key))?.end();
  if (isBusy(found)) {
    throw new BrokerError('in-use', `subscription '${name}' has active consumers [JMS 8.3.3]`);
  }
  const link = new SenderLink(session, {
    key,
    handle,
    presettled: false,
    defaultOutcome: undefined,
    messageBytesMax: 0,
  });
  link.atEnd((closed) => {
    if (closed) broker.subscriptions.unsubscribe(clientId, name);
  });
  return { link, source: sourceOf(found, global) };
}

/** The name of the link may tell links apart behind a bar. */
function nameOf(linkName: string): string {
  return subscriptionNameOf(linkName, true);
}

function sourceOf(subscription: Subscription, global: boolean): Draft<Source> {
  const { address }: { address: Address } = subscription.destination;
  const { selector, noLocal } = subscription.options;
  const filter = new Map<string, Value>();
  if (selector !== undefined) {
    filter.set('jms-selector', described(0x468c_0000_0004n, string(selector.text)));
  }
  if (noLocal !== undefined) {
    filter.set('no-local', described(0x468c_0000_0003n, string('NoLocalFilter{}')));
  }
  return {
    kind: 'source',
    address: address.name,
    durable: 2,
    expiryPolicy: 'never',
    distributionMode: 'copy',
    filter,
    capabilities: global ? ['topic', 'shared', 'global'] : ['topic'],
  };
}

function described(code: bigint, value: Value): Value {
  return { type: 'described', descriptor: { type: 'ulong', value: code }, value };
}
