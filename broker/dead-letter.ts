// What a dead letter tells of its former life: properties that every protocol can show.

import { type Address, formatAddress, parseAddress } from './address.ts';
import type { Destination } from './destination.ts';
import type { DeadLetterCause, Message } from './message.ts';
import { isPattern } from './pattern.ts';
import type { TypedValue } from './view.ts';

/** Names of the properties of a dead letter. */
export const Note = {
  /** Where it was: `queue://orders`. */
  origin: 'JMS_ANGELIA_OriginalDestination',
  cause: 'JMS_ANGELIA_Cause',
  /** How often its delivery had failed. */
  deliveryCount: 'JMS_ANGELIA_DeliveryCount',
  /** When it was buried: epoch ms. */
  time: 'JMS_ANGELIA_Time',
} as const;

export function notesOf(
  message: Message,
  from: Destination,
  cause: DeadLetterCause,
  attempts: number,
  nowMs: number,
): ReadonlyMap<string, TypedValue> {
  // A wildcard log is not a place to send to; what died again has its first origin.
  const place = isPattern(from.address.name) ? message.destination : undefined;
  const origin = originOf(message) ?? place ?? from.address;
  return new Map<string, TypedValue>([
    [Note.origin, { type: 'string', value: formatAddress(origin) }],
    [Note.cause, { type: 'string', value: cause }],
    [Note.deliveryCount, { type: 'int', value: attempts }],
    [Note.time, { type: 'long', value: BigInt(Math.trunc(nowMs)) }],
  ]);
}

/** Where a dead letter came from. */
export function originOf(message: Message): Address | undefined {
  const origin = message.notes?.get(Note.origin);
  return origin?.type === 'string' ? parseAddress(origin.value) : undefined;
}
