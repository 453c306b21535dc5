// Consumers of links that may be detached and come back: opens one in a home that lasts as long as
// its expiry policy, or goes on with what the link of before left. [AMQP 2.6.13, 3.5.6]

import { type Address, type Consumer, isTemporary, Outcome } from '#broker';
import type { ResolvedSource } from './attach.ts';
import { DetachedLinks, detachedKey, type Expiry } from './detached-links.ts';
import type { Attach } from './performatives.ts';
import type { Keeper, SenderLink } from './sender-link.ts';
import { Outlet, SenderRemains } from './sender-remains.ts';
import type { Session } from './session.ts';
import type { Source } from './terminus.ts';
import type { Value } from './types.ts';

/**
 * Gives a link its consumer, the one that was kept for it or a new one.
 *
 * @returns our map of unsettled deliveries, for the answer
 * @throws {BrokerError} as `openConsumer`
 */
export function resume(
  session: Session,
  attach: Attach,
  source: Source,
  link: SenderLink,
  address: Address,
  resolved: ResolvedSource,
): Value | undefined {
  const { peer } = session;
  const { gateway, home: place } = peer;
  const { options } = resolved;
  const expiry: Expiry = { policy: source.expiryPolicy, timeout: source.timeout };
  const { selector, noLocal, presettled } = options;
  const reads = JSON.stringify([address, selector?.text, noLocal, presettled, expiry]);
  const key = detachedKey(place, link.key);
  gateway.attached.get(key)?.steal();
  const before = gateway.detached.take(key);
  const same = before instanceof SenderRemains && before.source === reads && before.consumer.open;
  const remains = same ? before : undefined;
  if (remains === undefined) before?.end();
  // noLocal and temporary destinations are of the connection itself.
  const lasting = DetachedLinks.outlives(expiry) && noLocal !== true && !isTemporary(address);
  const outlet = remains?.outlet ?? new Outlet();
  const home = lasting ? gateway.detached.home(place) : peer.connection;
  const leaveHome = (): void => {
    if (lasting) gateway.detached.leaveHome(place);
  };
  let consumer: Consumer;
  try {
    consumer = remains?.consumer ?? home.openConsumer(address, outlet, options);
  } catch (error) {
    leaveHome();
    throw error;
  }
  // The one that was kept holds its home already.
  if (remains !== undefined) leaveHome();
  outlet.link = link;
  const release = (lost: boolean): void => {
    consumer.close(lost);
    home.closeConsumer(consumer);
    leaveHome();
  };
  link.keeper = keeperOf(session, key, resolved.keepsUnsettled, {
    expiry,
    consumer,
    outlet,
    source: reads,
    close: release,
  });
  if (lasting) {
    gateway.attached.set(key, { steal: () => session.steal(link) });
    link.atEnd(() => gateway.attached.delete(key));
  }
  consumer.resume();
  link.consumer = consumer;
  if (remains === undefined) return undefined;
  link.resumption = remains.reconcile(attach.unsettled, attach.incompleteUnsettled);
  return remains.map;
}

interface Kept {
  readonly expiry: Expiry;
  readonly consumer: Consumer;
  readonly outlet: Outlet;
  readonly source: string;
  readonly close: (lost: boolean) => void;
}

function keeperOf(session: Session, key: string, keepsUnsettled: boolean, kept: Kept): Keeper {
  const { peer } = session;
  const { detached } = peer.gateway;
  const { consumer, outlet } = kept;
  return {
    keep: (unsettled, ending, lost) => {
      const few = detached.hasRoom(unsettled.length);
      if (!(keepsUnsettled && few)) {
        const outcome = lost ? Outcome.failed : Outcome.released;
        for (const [, entry] of unsettled) consumer.settle(entry, outcome);
      }
      const left = keepsUnsettled && few ? unsettled : [];
      const remains = new SenderRemains({ ...kept, unsettled: left, lost });
      outlet.orphaned = () => detached.take(key)?.end();
      detached.keep(key, remains, ending, [session, peer]);
    },
    release: () => kept.close(false),
  };
}
