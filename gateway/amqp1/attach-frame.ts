// The frame of our attach: a map of unsettled deliveries may be larger than the peer takes, and is
// then sent in part, and said to be. [AMQP 2.7.3]

import { type Attach, type Draft, encodeFrame } from './performatives.ts';

/** What a map costs in an attach, and each of its entries with the largest tag and a bare outcome. */
const MAP_BYTES = 16;
const ENTRY_BYTES = 40;

/** Leaves out of an attach what does not fit into a frame of `most` bytes. */
export function fitting(channel: number, attach: Draft<Attach>, most: number): Draft<Attach> {
  const { unsettled, ...rest } = attach;
  if (unsettled?.type !== 'map' || encodeFrame(channel, attach).length <= most) return attach;
  const room = most - encodeFrame(channel, rest).length - MAP_BYTES;
  const value = unsettled.value.slice(0, Math.max(0, Math.floor(room / ENTRY_BYTES)));
  return { ...rest, unsettled: { type: 'map', value }, incompleteUnsettled: true };
}
