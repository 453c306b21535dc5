// Carries out what an attach was understood as: opens the producer, the consumer, the coordinator or
// the node behind a link, and says what to answer. [AMQP 2.6.3]
// What it means is decided in `attach.ts`; the session keeps handles and names.

import type { Address } from '#broker';
import { type ResolvedSource, resolveSource, resolveTarget } from './attach.ts';
import { Coordinator } from './coordinator.ts';
import { DestinationIntake } from './destination-intake.ts';
import { detachedKey } from './detached-links.ts';
import type { DynamicNode } from './dynamic-nodes.ts';
import type { Intake } from './intake.ts';
import { KIND_OF_CAPABILITY } from './link-address.ts';
import { Management } from './management.ts';
import { openNamed } from './named-subscription.ts';
import type { Attach, Draft } from './performatives.ts';
import { ReceiverLink } from './receiver-link.ts';
import { ReceiverRemains, unsettledValue } from './receiver-remains.ts';
import { Relay } from './relay.ts';
import { resume } from './resumable.ts';
import { SenderLink } from './sender-link.ts';
import type { Session } from './session.ts';
import type { Value } from './types.ts';

/** An open link, and the fields of our attach that tell of it. */
export interface Opened<L> {
  readonly link: L;
  readonly answer: Partial<Draft<Attach>>;
}

/** What a link may ask for if our open was not enough for it. [JMS mapping WD10] */
const OFFERED: readonly string[] = ['DELAYED_DELIVERY', 'SHARED-SUBS'];

/**
 * Opens a link on which the peer sends.
 *
 * @throws {ProtocolError} scope link
 * @throws {BrokerError}
 */
export function openReceiver(
  session: Session,
  attach: Attach,
  handle: number,
  key: string,
): Opened<ReceiverLink> {
  const { broker, connection, home, gateway, transactions } = session.peer;
  const resolved = resolveTarget(broker, attach);
  const outcomes = attach.source?.outcomes ?? [];
  const second = attach.rcvSettleMode === 1 && resolved.kind !== 'coordinator';
  const before = gateway.detached.take(detachedKey(home, key));
  const unsettled = second && before instanceof ReceiverRemains ? before.unsettled : undefined;
  const link = new ReceiverLink(session, {
    key,
    handle,
    rejectable: outcomes.length === 0 || outcomes.includes('amqp:rejected:list'),
    initialDeliveryCount: attach.initialDeliveryCount ?? 0,
    second,
    unsettled,
  });
  let target = resolved.answer;
  const enter = (address: Address, made?: DynamicNode): Intake => {
    const producer = connection.openProducer(address, link);
    link.address = address;
    link.node = gateway.nodes.enter(address);
    link.maker = made !== undefined;
    return new DestinationIntake(link, producer, undefined);
  };
  switch (resolved.kind) {
    case 'coordinator':
      link.intake = new Coordinator(link, transactions);
      break;
    case 'management':
      link.intake = new Management(link);
      break;
    case 'anonymous':
      link.intake = new DestinationIntake(link, undefined, new Relay(broker, connection));
      break;
    case 'address':
      link.intake = enter(resolved.address);
      break;
    case 'dynamic': {
      const node = gateway.nodes.make(connection, resolved.dynamic.topic, resolved.dynamic.policy);
      link.intake = enter(node.address, node);
      target = { ...resolved.answer, address: node.address.name };
    }
  }
  const wanted = attach.target?.kind === 'target' ? attach.target : undefined;
  const jms = wanted?.capabilities.some((one) => KIND_OF_CAPABILITY.has(one)) ?? false;
  if (second && !jms && wanted?.durable === 2) {
    link.expiry = { policy: wanted.expiryPolicy, timeout: wanted.timeout };
  }
  return {
    link,
    answer: {
      rcvSettleMode: second ? 1 : 0,
      ...(attach.source && { source: attach.source }),
      target,
      maxMessageSize: BigInt(broker.limits.messageBytesMax),
      offeredCapabilities: offered(attach),
      ...(unsettled && { unsettled: unsettledValue(unsettled) }),
    },
  };
}

/** Opens a link on which the peer receives. Throws as {@link openReceiver}. */
export function openSender(
  session: Session,
  attach: Attach,
  handle: number,
  key: string,
): Opened<SenderLink> {
  const { source } = attach;
  const { peer } = session;
  const { connection, gateway } = peer;
  const common = {
    rcvSettleMode: attach.rcvSettleMode,
    ...(attach.target && { target: attach.target }),
    initialDeliveryCount: 0,
    offeredCapabilities: offered(attach),
  };
  if (source === undefined) {
    const named = openNamed(session, attach, handle, key);
    return { link: named.link, answer: { ...common, source: named.source } };
  }
  const clientId = connection.clientId ?? peer.containerId;
  const resolved = resolveSource(peer.broker, attach, source, clientId);
  const node = nodeFor(session, resolved);
  const address = node?.address ?? (resolved.address as Address);
  const link = new SenderLink(session, {
    key,
    handle,
    presettled: resolved.options.presettled === true,
    defaultOutcome: resolved.defaultOutcome,
    messageBytesMax: Number(attach.maxMessageSize),
    address,
    epoch: resolved.keepsUnsettled ? gateway.detached.nextEpoch() : 0,
  });
  let unsettled: Value | undefined;
  try {
    if (resolved.keeps) unsettled = resume(session, attach, source, link, address, resolved);
    else consume(session, link, address, resolved);
  } catch (error) {
    if (node !== undefined) gateway.nodes.abandon(node, connection);
    throw error;
  }
  link.node = gateway.nodes.enter(address);
  link.maker = node !== undefined;
  unsubscribeAtClose(session, link, resolved);
  if (resolved.management) takeReplies(session, attach, link, address);
  const dynamic = resolved.dynamic !== undefined;
  return {
    link,
    answer: {
      ...common,
      source: dynamic ? { ...resolved.answer, address: address.name } : resolved.answer,
      ...(unsettled && { unsettled }),
    },
  };
}

/** The node that a source asks to be made; the management node sends its answers from one. */
function nodeFor(session: Session, resolved: ResolvedSource): DynamicNode | undefined {
  const { gateway, connection } = session.peer;
  if (resolved.management) return gateway.nodes.make(connection, false, 'delete-on-close');
  if (resolved.dynamic === undefined) return undefined;
  return gateway.nodes.make(connection, resolved.dynamic.topic, resolved.dynamic.policy);
}

function consume(
  session: Session,
  link: SenderLink,
  address: Address,
  { options }: ResolvedSource,
): void {
  const { connection, home, gateway } = session.peer;
  // Of a subscription that a link of this name left behind, this one is the heir.
  gateway.detached.take(detachedKey(home, link.key))?.end();
  link.consumer = connection.openConsumer(address, link, options);
}

/** Whoever closes the link of an unshared durable subscription ends that. [JMS mapping WD10] */
function unsubscribeAtClose(session: Session, link: SenderLink, { options }: ResolvedSource): void {
  const { subscription } = options;
  if (subscription?.durable !== true || subscription.shared) return;
  const { subscriptions } = session.peer.broker;
  const { clientId, name } = subscription;
  link.atEnd((closed) => {
    if (!closed || subscriptions.find(clientId, name) === undefined) return;
    subscriptions.unsubscribe(clientId, name);
  });
}

function takeReplies(session: Session, attach: Attach, link: SenderLink, address: Address): void {
  const { replies } = session.peer;
  const target = attach.target?.kind === 'target' ? attach.target.address : undefined;
  const name = target ?? attach.name;
  replies.set(name, address);
  link.atEnd(() => replies.delete(name));
}

function offered(attach: Attach): readonly string[] {
  return attach.desiredCapabilities.filter((one) => OFFERED.includes(one));
}
