// An entry of a subscription is named by one number: its position in a lane, and the lane's priority.
// None is named 0: that says of a delivery that it is settled already.

import type { Message } from './message.ts';

/** Looks at an entry, its message and how often its delivery failed; false: no more. */
export type Visit = (message: Message, entry: number, attempts: number) => boolean;

const PRIORITIES = 16;

export function entryOf(priority: number, position: number): number {
  return position * PRIORITIES + priority + 1;
}

export function priorityOf(entry: number): number {
  return (entry % PRIORITIES) - 1;
}

export function positionOf(entry: number): number {
  return Math.floor(entry / PRIORITIES);
}

/** A number by which entries sort in the order of delivery: higher priority, then position. */
export function rankOf(entry: number): number {
  return (PRIORITIES - 1 - priorityOf(entry)) * RANK_STRIDE + positionOf(entry);
}

export function entryOfRank(rank: number): number {
  return entryOf(PRIORITIES - 1 - Math.floor(rank / RANK_STRIDE), rank % RANK_STRIDE);
}

/** Positions stay below this for as long as a number can tell neighbours apart. */
const RANK_STRIDE = 2 ** 48;

/** Slots for one lane per priority. */
export const LANES_MAX: number = PRIORITIES;
