// How a producer's sends find their link. Most have one. A producer without a destination has one
// link for each, where the broker has no anonymous relay. [JMS mapping WD10]

import type { DestinationData } from '#jms-api';
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
