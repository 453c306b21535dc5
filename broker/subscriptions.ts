// The subscriptions of topics by name: who may join one, when a change makes it anew, and when it
// may be deleted. [JMS 8.3]
//
//     unshared, not durable   no name here: it lives with its consumer
//     shared, not durable     name-space of its own; gone with its last consumer
//     durable                 unshared: one active consumer; shared: several

import type { Connection } from './connection.ts';
import type { ConsumerOptions } from './consumer.ts';
import type { Destination } from './destination.ts';
import { assert, BrokerError } from './errors.ts';
import { limits } from './limits.ts';
import type { Selector } from './selector/index.ts';
import type { Subscription } from './subscription.ts';

export interface SubscriptionOptions {
  /** A queue's: it lasts, and what a group does not want stays for others. */
  readonly queue: boolean;
  /** It lasts without consumers. */
  readonly durable: boolean;
  /** Topics: what it wants at all. */
  readonly selector?: Selector | undefined;
  /** Topics: whose messages it does not want. */
  readonly noLocal?: string | undefined;
  /** Topics: several consumers share it. */
  readonly shared?: boolean | undefined;
  /** Topics: what it is called among the {@link Subscriptions}, if it has a name. */
  readonly key?: string | undefined;
  /** Topics: messages that may wait for it, in place of what the address settings say. */
  readonly pendingMax?: number | undefined;
  /** Topics: messages sent up to this serial number came before it. */
  readonly bornAt: number;
}

/** How people know a subscription. */
export interface SubscriptionLabel {
  readonly name: string | null;
  readonly clientId: string | null;
  readonly shared: boolean;
}

interface Named {
  readonly subscription: Subscription;
  readonly shared: boolean;
  readonly selectorKey: string;
  readonly noLocal: boolean;
}

export class Subscriptions {
  readonly #named: Map<string, Named> = new Map();

  /**
   * Finds or makes the subscription that a new consumer belongs to.
   *
   * @throws {BrokerError} `in-use`: it has a consumer that excludes this one; `unsupported`: a
   * durable unshared one without a client id; `subscription-conflict`: it is of the other kind
   */
  open(destination: Destination, connection: Connection, options: ConsumerOptions): Subscription {
    const { subscription: wanted } = options;
    const noLocal = options.noLocal === true ? connection.name : undefined;
    const create = (durable: boolean, key?: string): Subscription =>
      destination.subscribe(
        {
          durable,
          key,
          shared: wanted?.shared,
          selector: options.selector,
          noLocal,
          pendingMax: options.pendingMax,
        },
        options.retroactive ?? false,
      );
    if (wanted === undefined) return create(false);
    const { name, durable, shared } = wanted;
    checkName(name);
    const own = wanted.clientId ?? connection.clientId;
    const clientId = wanted.global === true ? undefined : own;
    if (durable && !shared && clientId === undefined) {
      throw new BrokerError(
        'client-id-missing',
        `durable subscription '${name}' needs a client id [JMS 8.3.3]`,
      );
    }
    const key = keyOf(clientId, name, durable);
    const found = this.#named.get(key);
    if (found !== undefined && this.#joins(found, name, destination, options)) {
      return found.subscription;
    }
    const selectorKey = options.selector?.key ?? '';
    const named = { shared, selectorKey, noLocal: noLocal !== undefined };
    if (found === undefined) {
      const subscription = create(durable, key);
      this.#named.set(key, { subscription, ...named });
      return subscription;
    }
    // The new one first: a wildcard's log goes with its last subscription.
    let subscription: Subscription | undefined;
    destination.store.atomic(() => {
      subscription = create(durable, key);
      this.#end(found);
      this.#named.set(key, { subscription, ...named });
    });
    assert(subscription !== undefined, 'a subscription is not made anew');
    return subscription;
  }

  /** Ends a durable subscription. */
  unsubscribe(clientId: string | undefined, name: string): void {
    const key = keyOf(clientId, name, true);
    const found = this.#named.get(key);
    if (found === undefined) {
      throw new BrokerError('subscription-missing', `there is no durable subscription '${name}'`);
    }
    if (isBusy(found.subscription)) {
      throw new BrokerError(
        'in-use',
        `durable subscription '${name}' has active consumers or unsettled messages [JMS 8.3.3]`,
      );
    }
    this.#end(found);
  }

  /** The durable subscription of a name, if there is one. */
  find(clientId: string | undefined, name: string): Subscription | undefined {
    return this.#named.get(keyOf(clientId, name, true))?.subscription;
  }

  /** What a subscription is called, by its key. @internal */
  nameOf(key: string | undefined): SubscriptionLabel {
    if (key === undefined) return { name: null, clientId: null, shared: false };
    const [, clientId, name] = JSON.parse(key) as [boolean, string | null, string];
    return { name, clientId, shared: this.#named.get(key)?.shared ?? false };
  }

  /** A durable subscription of an earlier life. */
  restore(subscription: Subscription): void {
    const { key, shared, selector, noLocal } = subscription.options;
    if (key === undefined) return;
    this.#named.set(key, {
      subscription,
      shared: shared ?? false,
      selectorKey: selector?.key ?? '',
      noLocal: noLocal !== undefined,
    });
  }

  /** A subscription ended by itself, or with its topic. */
  ended({ options }: Subscription): void {
    if (options.key !== undefined) this.#named.delete(options.key);
  }

  /** True if the consumer joins what was found; false if that has to make way. */
  #joins(found: Named, name: string, destination: Destination, options: ConsumerOptions): boolean {
    const { subscription } = found;
    const shared = options.subscription?.shared ?? false;
    const active = subscription.consumers.size > 0;
    if (found.shared !== shared) {
      throw new BrokerError(
        'subscription-conflict',
        `subscription '${name}' is ${found.shared ? 'shared' : 'not shared'} [JMS 8.3.4]`,
      );
    }
    if (!shared && active) {
      throw new BrokerError('in-use', `subscription '${name}' has an active consumer [JMS 8.3.3]`);
    }
    const same =
      subscription.destination === destination &&
      found.selectorKey === (options.selector?.key ?? '') &&
      found.noLocal === (options.noLocal === true);
    if (same) return true;
    if (isBusy(subscription)) {
      throw new BrokerError(
        'in-use',
        `subscription '${name}' is active with another topic, selector or noLocal [JMS 8.3.4]`,
      );
    }
    return false;
  }

  #end({ subscription }: Named): void {
    subscription.destination.unsubscribe(subscription, 'it was unsubscribed');
  }
}

/** Durable ones and others have separate name-spaces, and so have client ids and none. */
function keyOf(clientId: string | undefined, name: string, durable: boolean): string {
  return JSON.stringify([durable, clientId ?? null, name]);
}

function checkName(name: string): void {
  if (name.length === 0 || name.length > limits.subscriptionNameLengthMax) {
    throw new BrokerError(
      'limit-exceeded',
      `subscription name of ${name.length} characters; 1 to ${limits.subscriptionNameLengthMax} are allowed`,
    );
  }
}

/** Somebody may hold a part of it: it cannot be deleted. */
export function isBusy({ consumers, out }: Subscription): boolean {
  return consumers.size > 0 || out > 0;
}
