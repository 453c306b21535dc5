// What becomes of a delivery that failed: how often it may fail before it is a dead letter, and how
// long the next one waits. A consumer may bring rules of its own.

import type { Redelivery } from './consumer.ts';
import { type AddressSettings, redeliveryDelayMs } from './settings.ts';

export interface Verdict {
  /** How often the message's delivery has failed now. */
  readonly attempts: number;
  /** It was too often. */
  readonly dead: boolean;
  /** The next delivery waits so long. */
  readonly delayMs: number;
}

export class RedeliveryRules {
  /** Of consumers that brought their own, by number. */
  readonly #own: Map<number, AddressSettings> = new Map();

  joined(consumer: number, general: AddressSettings, own: Redelivery | undefined): void {
    if (own !== undefined) this.#own.set(consumer, { ...general, ...own });
  }

  left(consumer: number): void {
    this.#own.delete(consumer);
  }

  /**
   * Counts a failed delivery.
   *
   * @param before - how often it had failed before
   * @param innocent - nobody may have looked at it: it stops one short of being dead
   */
  judge(consumer: number, general: AddressSettings, before: number, innocent: boolean): Verdict {
    const settings = this.#own.get(consumer) ?? general;
    const most = settings.maxDeliveries > 0 ? settings.maxDeliveries : Number.POSITIVE_INFINITY;
    const attempts = innocent ? Math.max(before, Math.min(before + 1, most - 1)) : before + 1;
    const dead = attempts >= most && !innocent;
    return { attempts, dead, delayMs: redeliveryDelayMs(settings, attempts) };
  }
}
