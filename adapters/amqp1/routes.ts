// How a producer's sends find their link. Most have one. A producer without a destination has one
// link for each, where the broker has no anonymous relay, or where a queue may have to be made first.
// [JMS mapping WD10]

import type { DestinationData, DestinationKind } from '#jms-api';
import type { SenderLink } from './sender-link.ts';

/** Links without a send that is waiting or unanswered are closed when there are more than this. */
const LINKS_MAX = 50;

export interface Route {
  /** The link for a message; it may not be attached yet. */
  linkTo(destination: DestinationData): SenderLink;
  /** The peer ended a link; false: the producer has no other. */
  forget(link: SenderLink): boolean;
  close(): Promise<void>;
}

/** All goes one way. */
export function oneLink(link: SenderLink): Route {
  return {
    linkTo: () => link,
    forget: () => false,
    close: () => link.close(),
  };
}

export class LinkPerDestination implements Route {
  readonly #open: (destination: DestinationData) => SenderLink;
  /** The one that was used last is the last. */
  readonly #links: Map<string, SenderLink> = new Map();
  #lastKey = '';
  #last: SenderLink | undefined;

  /** @param open - makes a link that attaches by itself */
  constructor(open: (destination: DestinationData) => SenderLink) {
    this.#open = open;
  }

  linkTo(destination: DestinationData): SenderLink {
    const key = `${destination.kind} ${destination.name}`;
    if (key === this.#lastKey && this.#last !== undefined) return this.#last;
    let link = this.#links.get(key);
    if (link === undefined) {
      this.#closeIdle();
      link = this.#open(destination);
    } else this.#links.delete(key);
    this.#links.set(key, link);
    this.#lastKey = key;
    this.#last = link;
    return link;
  }

  forget(link: SenderLink): boolean {
    for (const [key, one] of this.#links) if (one === link) this.#links.delete(key);
    if (this.#last === link) this.#last = undefined;
    return true;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#links.values()].map((link) => link.close()));
  }

  #closeIdle(): void {
    for (const [key, link] of this.#links) {
      if (this.#links.size < LINKS_MAX) return;
      if (link.pending > 0) continue;
      this.#links.delete(key);
      void link.close();
    }
  }
}

/** Those of a kind that need no looking after go by a link of their kind; the others have one each. */
export class SortedRoute implements Route {
  readonly #relay: (first: DestinationData) => SenderLink;
  readonly #check: (destination: DestinationData) => void;
  readonly #relays: Map<DestinationKind, SenderLink> = new Map();
  readonly #others: LinkPerDestination;

  /**
   * @param relay - makes a link for all of a kind, of which this is the first
   * @param open - makes a link for one destination; both attach by themselves
   * @param check - throws for one that a relay cannot send to
   */
  constructor(
    relay: (first: DestinationData) => SenderLink,
    open: (destination: DestinationData) => SenderLink,
    check: (destination: DestinationData) => void,
  ) {
    this.#relay = relay;
    this.#check = check;
    this.#others = new LinkPerDestination(open);
  }

  linkTo(destination: DestinationData): SenderLink {
    const { kind } = destination;
    if (kind !== 'topic' && kind !== 'temporary-queue') return this.#others.linkTo(destination);
    this.#check(destination);
    let link = this.#relays.get(kind);
    if (link === undefined) {
      link = this.#relay(destination);
      this.#relays.set(kind, link);
    }
    return link;
  }

  forget(link: SenderLink): boolean {
    for (const [kind, one] of this.#relays) if (one === link) this.#relays.delete(kind);
    return this.#others.forget(link);
  }

  async close(): Promise<void> {
    const relays = [...this.#relays.values()];
    await Promise.all([...relays.map((link) => link.close()), this.#others.close()]);
  }
}
