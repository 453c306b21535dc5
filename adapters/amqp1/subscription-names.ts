// What the links of subscriptions are called, as Qpid JMS calls them: brokers know a subscription by
// its link. Shared ones have a link for each consumer, told apart behind a bar. [JMS mapping WD10]
//
//     durable            n                    with a client id, as all that say nothing else
//     shared durable     n  n|2  n|3          n|global  n|global2      without a client id
//     shared             n|volatile1  …       n|global-volatile1  …    without a client id

import { IllegalStateException, type SubscriptionRequest } from '#jms-api';

interface Used extends SubscriptionRequest {
  /** What consumers that share it have to agree in. */
  readonly content: string;
}

export class SubscriptionNames {
  /** Links that are attached, with what they are attached for. */
  readonly #used: Map<string, Used> = new Map();
  /** Of those, the ones that are being detached. */
  readonly #leaving: Map<string, Promise<void>> = new Map();

  /**
   * Takes a name for the link of a new consumer.
   *
   * @param global - the connection has no client id
   * @param content - what consumers that share it have to agree in: topic and selector
   * @throws {IllegalStateException} if a consumer of this connection excludes it [JMS 8.3.3, 8.3.4]
   */
  take(request: SubscriptionRequest, global: boolean, content: string): string {
    const { name, shared } = request;
    for (const used of this.#used.values()) this.#checkAgainst(used, request, content);
    const link = shared ? this.#sharedLink(request, global) : name;
    this.#used.set(link, { ...request, content });
    return link;
  }

  /** The link of a name is being detached: the name is free when it is. */
  leave(link: string, detached: Promise<void>): void {
    this.#leaving.set(link, detached);
  }

  /** Frees the name of a link that is detached. */
  free(link: string): void {
    this.#used.delete(link);
    this.#leaving.delete(link);
  }

  /** Resolves when no consumer of a name is on its way out. */
  async quiet(name: string): Promise<void> {
    for (const [link, leaving] of [...this.#leaving]) {
      if (this.#used.get(link)?.name === name) await leaving;
    }
  }

  /** Tells whether a durable subscription has a consumer here. */
  active(name: string): boolean {
    for (const used of this.#used.values()) if (used.durable && used.name === name) return true;
    return false;
  }

  /** Brokers refuse this as well, but some of them the whole connection. */
  #checkAgainst(used: Used, { name, durable, shared }: SubscriptionRequest, content: string): void {
    if (used.name !== name || used.durable !== durable) return;
    if (!used.shared || !shared) {
      throw new IllegalStateException(
        `subscription '${name}' has a consumer on this connection, and one of the two does not ` +
          'share it [JMS 8.3.3, 8.3.4]',
      );
    }
    if (used.content === content) return;
    throw new IllegalStateException(
      `shared subscription '${name}' has a consumer with another topic or selector [JMS 8.3.2]`,
    );
  }

  #sharedLink({ name, durable }: SubscriptionRequest, global: boolean): string {
    const word = durable ? (global ? 'global' : '') : global ? 'global-volatile' : 'volatile';
    for (let number = 1; ; number++) {
      const suffix = durable && number === 1 ? word : `${word}${number}`;
      const link = suffix === '' ? name : `${name}|${suffix}`;
      if (!this.#used.has(link)) return link;
    }
  }
}

/** The name of the link that ends a durable subscription. */
export function linkToEnd(name: string, global: boolean): string {
  return global ? `${name}|global` : name;
}
