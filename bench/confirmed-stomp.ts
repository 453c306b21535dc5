/**
 * STOMP's confirmed producer: `SEND` with `persistent:true` and a receipt, and a counter of RECEIPT
 * frames. [STOMP 1.2 SEND, RECEIPT]
 *
 * Receipts are counted by the NUL that ends each of them, and not compared: that each is the right
 * one is for tests to say.
 */

import type { ConfirmedWire } from './confirmed.ts';
import type { Pipe } from './pipe.ts';
import { connectTo, excerpt } from './stomp.ts';
import { type Door, makeBody } from './wire.ts';

const RECEIPT_DIGITS = 9;

/** Opens a producer on a connection of its own. */
export async function confirmedStomp(
  pipe: Pipe,
  door: Door,
  size: number,
  persistent: boolean,
): Promise<ConfirmedWire> {
  await connectTo(pipe, door);
  const zeros = '0'.repeat(RECEIPT_DIGITS);
  const lasting = persistent ? '\npersistent:true' : '';
  const lines = `SEND\ndestination:${door.address}${lasting}\nreceipt:`;
  const head = `${lines}${zeros}\ncontent-length:${size}\n\n`;
  const frame = Buffer.concat([Buffer.from(head), makeBody(size), Buffer.from('\0')]);
  let numbered = 0;
  return {
    frame,
    bodyEnd: frame.length - 1,
    goodbye: Buffer.from('DISCONNECT\n\n\0'),
    room: () => Number.POSITIVE_INFINITY,
    number(batch, count) {
      for (let at = lines.length, i = 0; i < count; i++, at += frame.length) {
        batch.write(String(numbered++).padStart(RECEIPT_DIGITS, '0'), at, 'latin1');
      }
    },
    take(bytes) {
      if (bytes.includes('ERROR\n')) throw new Error(`expected receipts, came: ${excerpt(bytes)}`);
      let count = 0;
      for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, at + 1)) count++;
      return count;
    },
  };
}
