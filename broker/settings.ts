// What is decided per address: one table of patterns, merged from the general to the special, and
// changeable while the broker runs.

import { checkAddress } from './address.ts';
import { BrokerError } from './errors.ts';
import type { Limits } from './limits.ts';
import { isPattern, matches, specificity } from './pattern.ts';

/** What happens to a message for which there is no room. */
export type FullPolicy =
  /** The sender is refused. */
  | 'fail'
  /** Senders get no credit until there is room again; what is under way is taken. */
  | 'block'
  /** The oldest waiting message goes. */
  | 'drop-oldest';

export interface AddressSettings {
  /** Failed deliveries after which a message becomes a dead letter; 0: never. Default 10. */
  readonly maxDeliveries: number;
  /** Queue for dead letters; '' drops them. Default `DLQ`. */
  readonly deadLetterQueue: string;
  /** Queue for expired messages; '' drops them. Default `ExpiryQueue`. */
  readonly expiryQueue: string;
  /** Wait before the first redelivery, ms. Default 0. */
  readonly redeliveryDelayMs: number;
  /** Each further wait is this many times longer. Default 1. */
  readonly redeliveryMultiplier: number;
  /** The longest wait, ms. Default 3,600,000. */
  readonly redeliveryDelayMsMax: number;
  /** Bytes of messages that the address may hold; 0: no bound of its own. Default 0. */
  readonly bytesMax: number;
  /** Messages that the address may hold; 0: no bound of its own. Default 0. */
  readonly messagesMax: number;
  /** Default `fail`. */
  readonly whenFull: FullPolicy;
  /** Messages that may wait for a non-durable subscription of a topic; 0: any. Default 0. */
  readonly pendingMax: number;
  /** Whether too many pending drop the oldest, or end the slow consumer. Default `drop-oldest`. */
  readonly slowConsumer: 'drop-oldest' | 'disconnect';
  /** Messages that a topic retains for retroactive subscriptions; 1: the last value. Default 0. */
  readonly retain: number;
  /** Client-given ids that are remembered to refuse duplicates; 0: off. Default 0. */
  readonly duplicateWindow: number;
  /** Created on first use. Default true. */
  readonly autoCreate: boolean;
  /** Removed when empty and unused, if it was created on use. Default false. */
  readonly autoDelete: boolean;
}

export const defaultSettings: AddressSettings = {
  maxDeliveries: 10,
  deadLetterQueue: 'DLQ',
  expiryQueue: 'ExpiryQueue',
  redeliveryDelayMs: 0,
  redeliveryMultiplier: 1,
  redeliveryDelayMsMax: 3_600_000,
  bytesMax: 0,
  messagesMax: 0,
  whenFull: 'fail',
  pendingMax: 0,
  slowConsumer: 'drop-oldest',
  retain: 0,
  duplicateWindow: 0,
  autoCreate: true,
  autoDelete: false,
};

/** The wait before the delivery after `attempts` failed ones, ms. */
export function redeliveryDelayMs(settings: AddressSettings, attempts: number): number {
  const { redeliveryDelayMs: first, redeliveryMultiplier, redeliveryDelayMsMax } = settings;
  if (first === 0) return 0;
  return Math.min(first * redeliveryMultiplier ** Math.max(0, attempts - 1), redeliveryDelayMsMax);
}

/** The table of settings by pattern. */
export class SettingsTable {
  readonly #limits: Limits;
  readonly #base: AddressSettings;
  readonly #rows: Map<string, Partial<AddressSettings>> = new Map();
  #sorted: (readonly [string, Partial<AddressSettings>])[] = [];

  /** @param base - what holds where no pattern says anything, if it is not {@link defaultSettings} */
  constructor(limits: Limits, base: Partial<AddressSettings> = {}) {
    check(base);
    this.#limits = limits;
    this.#base = { ...defaultSettings, ...base };
  }

  /**
   * Sets what a pattern says, in place of what it said before. `>` is for all addresses.
   *
   * @throws {BrokerError} `settings-invalid` names the setting, what came and what was expected;
   * `address-invalid` for a pattern that no name could be; `limit-exceeded` beyond
   * {@link Limits.settingsPatternsMax}
   */
  set(pattern: string, settings: Partial<AddressSettings>): void {
    check(settings);
    checkAddress({ kind: 'queue', name: pattern }, this.#limits);
    const { settingsPatternsMax: most } = this.#limits;
    if (!this.#rows.has(pattern) && this.#rows.size >= most) {
      throw new BrokerError('limit-exceeded', `the broker has settings for its ${most} patterns`);
    }
    this.#rows.set(pattern, settings);
    this.#sort();
  }

  /** Takes back what was set for a pattern; false if nothing was. */
  remove(pattern: string): boolean {
    const removed = this.#rows.delete(pattern);
    this.#sort();
    return removed;
  }

  rows(): ReadonlyMap<string, Partial<AddressSettings>> {
    return this.#rows;
  }

  /** What holds for an address: the special over the general over the defaults. */
  resolve(name: string): AddressSettings {
    let settings = this.#base;
    for (const [pattern, partial] of this.#sorted) {
      if (matches(pattern, name)) settings = { ...settings, ...partial };
    }
    return settings;
  }

  #sort(): void {
    this.#sorted = [...this.#rows].sort(([a], [b]) => specificity(a) - specificity(b));
  }
}

function check(settings: Partial<AddressSettings>): void {
  for (const [name, value] of Object.entries(settings)) {
    const expected: unknown = defaultSettings[name as keyof AddressSettings];
    if (expected === undefined) {
      throw new BrokerError('settings-invalid', `there is no address setting '${name}'`);
    }
    if (typeof value !== typeof expected) {
      throw new BrokerError(
        'settings-invalid',
        `${name} is a ${typeof expected}, not the ${typeof value} ${String(value)}`,
      );
    }
    if (typeof value === 'number' && !(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) {
      throw new BrokerError('settings-invalid', `${name} is at least 0, not ${value}`);
    }
    if (typeof value === 'number' && !Number.isInteger(value) && name !== 'redeliveryMultiplier') {
      throw new BrokerError('settings-invalid', `${name} is a whole number, not ${value}`);
    }
  }
  const { whenFull, slowConsumer, deadLetterQueue, expiryQueue } = settings;
  oneOf('whenFull', whenFull, ['fail', 'block', 'drop-oldest']);
  oneOf('slowConsumer', slowConsumer, ['drop-oldest', 'disconnect']);
  for (const queue of [deadLetterQueue, expiryQueue]) {
    if (queue !== undefined && isPattern(queue)) {
      throw new BrokerError('settings-invalid', `'${queue}' is a pattern, not a queue`);
    }
  }
}

function oneOf(name: string, value: string | undefined, words: readonly string[]): void {
  if (value === undefined || words.includes(value)) return;
  throw new BrokerError('settings-invalid', `${name} is one of ${words.join(', ')}, not ${value}`);
}
