// Links that are detached and may come back, of all connections of this gateway: what they had, until
// the expiry policy of their terminus ends. A link is known by the peer's user and container, and by
// its name. [AMQP 2.6.2, 2.6.13, 3.5.6]
//
//     attached ── detach, session or connection ends ──► kept ── attach ──► attached
//                       └── the policy says so ─────────► timeout ──► gone
//
// Only links without a JMS capability come here, and only in one life of the broker. What outlives
// its connection was opened on a connection of ours, one for each container, from the start.
//
// Invariant: what is kept is bounded; what does not fit is given back at once.

import type { Broker, Connection } from '#broker';
import { amqpLimits } from './limits.ts';

/** What ends the wait for a link. `timeout` is in seconds and begins then. */
export interface Expiry {
  readonly policy: string;
  readonly timeout: number;
}

/** What a link leaves behind. */
export interface Remains {
  readonly expiry: Expiry;
  /** Deliveries that it keeps unsettled. */
  readonly size: number;
  /** Gives it back: nobody came. */
  end(): void;
}

/** How far the end of a link went. */
export type Ending = 'link' | 'session' | 'connection';

interface Kept {
  readonly key: string;
  readonly remains: Remains;
  /** Whoever has to tell us of its end: a session, or a connection. */
  readonly owner: object;
  cancel: () => void;
}

const ENDINGS: readonly Ending[] = ['link', 'session', 'connection'];
const POLICIES: readonly string[] = ['link-detach', 'session-end', 'connection-close', 'never'];

export class DetachedLinks {
  readonly #broker: Broker;
  readonly #kept: Map<string, Kept> = new Map();
  readonly #owned: Map<object, Set<Kept>> = new Map();
  readonly #homes: Map<string, { readonly connection: Connection; links: number }> = new Map();
  /** Deliveries that they keep. */
  #unsettled = 0;
  #epoch = 0;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** A number that no other link of this gateway has, for its delivery tags. */
  nextEpoch(): number {
    return ++this.#epoch;
  }

  /** True if a link may keep so many deliveries. */
  hasRoom(count: number): boolean {
    const { detachedUnsettledMax, detachedUnsettledTotalMax } = amqpLimits;
    return count <= detachedUnsettledMax && this.#unsettled + count <= detachedUnsettledTotalMax;
  }

  /** True for what lasts longer than its connection. */
  static outlives({ policy, timeout }: Expiry): boolean {
    return policy === 'never' || timeout > 0;
  }

  /** The connection on which the links of a container outlive their own. */
  home(place: string): Connection {
    let home = this.#homes.get(place);
    if (home === undefined) {
      const peer = `detached links of ${place}`;
      home = { connection: this.#broker.connect({ protocol: 'amqp', peer }), links: 0 };
      this.#homes.set(place, home);
    }
    home.links++;
    return home.connection;
  }

  /** A link of {@link home} is gone for good. */
  leaveHome(place: string): void {
    const home = this.#homes.get(place);
    if (home === undefined || --home.links > 0) return;
    this.#homes.delete(place);
    home.connection.close();
  }

  /**
   * Keeps what a link leaves behind, if its policy does not end here.
   *
   * @param owners - the session and the connection of the link
   */
  keep(key: string, remains: Remains, ending: Ending, owners: readonly [object, object]): void {
    const over = ended(remains.expiry, ending);
    if ((over && remains.expiry.timeout === 0) || this.#kept.size >= amqpLimits.detachedLinksMax) {
      remains.end();
      return;
    }
    this.take(key)?.end();
    const owner = remains.expiry.policy === 'session-end' ? owners[0] : owners[1];
    const kept: Kept = { key, remains, owner, cancel: () => {} };
    this.#kept.set(key, kept);
    this.#unsettled += remains.size;
    if (over) this.#expireLater(kept);
    else if (remains.expiry.policy !== 'never') this.#own(kept);
  }

  /** Gives out what a link of this name left behind. */
  take(key: string): Remains | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#forget(kept);
    return kept.remains;
  }

  /** A session or a connection has ended. */
  ended(owner: object): void {
    const owned = this.#owned.get(owner);
    if (owned === undefined) return;
    this.#owned.delete(owner);
    for (const kept of owned) {
      if (kept.remains.expiry.timeout > 0) {
        this.#expireLater(kept);
      } else {
        this.#forget(kept);
        kept.remains.end();
      }
    }
  }

  #own(kept: Kept): void {
    const owned = this.#owned.get(kept.owner);
    if (owned === undefined) this.#owned.set(kept.owner, new Set([kept]));
    else owned.add(kept);
  }

  #expireLater(kept: Kept): void {
    const ms = Math.min(kept.remains.expiry.timeout * 1000, 0x7fff_ffff);
    kept.cancel = this.#broker.host.timer(ms, () => {
      this.#forget(kept);
      kept.remains.end();
    });
  }

  #forget(kept: Kept): void {
    kept.cancel();
    this.#unsettled -= kept.remains.size;
    this.#kept.delete(kept.key);
    this.#owned.get(kept.owner)?.delete(kept);
  }
}

/** The name of a link among those of all peers, each of which has its `home`; the role is ours. */
export function detachedKey(home: string, linkKey: string): string {
  return JSON.stringify([home, linkKey]);
}

/** True if a policy ends with that. */
function ended({ policy }: Expiry, ending: Ending): boolean {
  return POLICIES.indexOf(policy) <= ENDINGS.indexOf(ending);
}
