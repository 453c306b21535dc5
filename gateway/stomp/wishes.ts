// What a SUBSCRIBE or UNSUBSCRIBE says, by name, in one place: its headers, and the options of its
// destination (`?consumer.priority=7` is `activemq.priority`; a header wins). What changes the
// deliveries and is not known here is refused by name: a client that asked for something must not
// be given something else. [STOMP 1.2 SUBSCRIBE]

import { malformed, unsupported } from './errors.ts';
import type { Frame } from './frame.ts';
import type { Version } from './spelling.ts';

/** Headers of these families are options of other brokers. */
const FAMILY: RegExp = /^(activemq\.|x-)/;

const UNDERSTOOD: ReadonlySet<string> = new Set(
  `activemq.prefetchSize activemq.selector activemq.browser activemq.noLocal activemq.priority
   activemq.exclusive activemq.retroactive activemq.maximumPendingMessageLimit
   activemq.subscriptionName activemq.subcriptionName activemq.maximumRedeliveries
   activemq.initialRedeliveryDelay activemq.redeliveryDelay activemq.useExponentialBackOff
   activemq.backOffMultiplier activemq.maximumRedeliveryDelay
   x-queue-name x-queue-type x-priority`.split(/\s+/),
);

/** How messages leave is our business, and always as these ask. */
const HARMLESS: ReadonlySet<string> = new Set([
  'activemq.dispatchAsync',
  'activemq.optimizedAcknowledge',
  'activemq.noRangeAcks',
]);

export class Wishes {
  readonly #values: Map<string, string> = new Map();

  /** @throws {StompError} for a header that asks for what we do not do */
  constructor(frame: Frame, version: Version) {
    for (let index = 0; index < frame.count; index++) {
      this.#add(frame.name(index, version), frame.value(index, version));
    }
  }

  /** Adds what the destination says. */
  addOptions(options: ReadonlyMap<string, string>): void {
    for (const [name, value] of options) {
      this.#add(name.replace(/^consumer\./, 'activemq.'), value);
    }
  }

  /** The value of the first of these names that was said. */
  text(...names: string[]): string | undefined {
    for (const name of names) {
      const value = this.#values.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** @returns undefined if none was said */
  number(min: number, max: number, ...names: string[]): number | undefined {
    const text = this.text(...names);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^-?\d{1,15}$/.test(text) && value >= min && value <= max) return value;
    throw malformed(`expected ${names[0]} as a number from ${min} to ${max}, got '${text}'`);
  }

  truth(...names: string[]): boolean {
    const text = this.text(...names);
    if (text === undefined || text === 'false') return false;
    if (text === 'true') return true;
    throw malformed(`expected ${names[0]} as true or false, got '${text}'`);
  }

  #add(name: string, value: string): void {
    if (this.#values.has(name)) return;
    if (FAMILY.test(name) && !UNDERSTOOD.has(name) && !HARMLESS.has(name) && value !== 'false') {
      throw unsupported(`header '${name}' on a subscription`);
    }
    this.#values.set(name, value);
  }
}
