// What a send says of itself when the call does not: delivery mode, priority, time to live, delay, and
// whether ids and timestamps are wanted. A MessageProducer and a JMSProducer each have one of these.
// [JMS 7.4-7.9]

import { DeliveryMode } from './delivery-mode.ts';
import { JMSException } from './errors.ts';

/** @internal */
export class SendOptions {
  deliveryMode: DeliveryMode = DeliveryMode.PERSISTENT;
  priority = 4;
  timeToLive = 0;
  deliveryDelay = 0;
  disableMessageID = false;
  disableTimestamp = false;
}

/** @throws {JMSException} for all but the two modes */
export function checkDeliveryMode(mode: unknown): DeliveryMode {
  if (mode === DeliveryMode.PERSISTENT || mode === DeliveryMode.NON_PERSISTENT) return mode;
  throw new JMSException(`a delivery mode is 1 (NON_PERSISTENT) or 2 (PERSISTENT), not ${mode}`);
}

/** @throws {JMSException} for all but 0 to 9 */
export function checkPriority(priority: unknown): number {
  const fits = typeof priority === 'number' && Number.isInteger(priority);
  if (fits && priority >= 0 && priority <= 9) return priority;
  throw new JMSException(`a priority is an integer, 0 to 9, not ${priority}`);
}

/**
 * Checks a number of milliseconds.
 *
 * @param what - for people: `a time to live`
 * @throws {JMSException} if it is not an integer of 0 or more
 */
export function checkMs(what: string, ms: unknown): number {
  if (typeof ms === 'number' && ms >= 0 && Number.isSafeInteger(ms)) return ms;
  throw new JMSException(`${what} is an integer of ms, 0 or more, not ${ms}`);
}
