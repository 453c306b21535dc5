/**
 * STOMP's consumer that acknowledges each message by itself: `ack:client-individual`, an ACK for every
 * `ack` header that comes, all of a chunk in one write. [STOMP 1.2 ACK]
 */

import type { Pipe } from './pipe.ts';
import { MessageCounter, stomp, subscribeTo } from './stomp.ts';
import type { Door, Receiver, Wire } from './wire.ts';

const NEEDLE = Buffer.from('\nack:');
const LINE_FEED = 10;

/** STOMP without receipts, each message acknowledged. */
export const stompAcks: Wire = stompAcksOf('');

/** The same for a subscription with more headers, each a line. */
export function stompAcksOf(headers: string): Wire {
  return {
    ...stomp,
    async openReceiver(pipe: Pipe, door: Door, size: number): Promise<Receiver> {
      await subscribeTo(pipe, door, 'client-individual', headers);
      return new Acknowledger(pipe, size);
    },
  };
}

/** Counts messages, and answers each. A header that two chunks share is put together. */
class Acknowledger implements Receiver {
  readonly #pipe: Pipe;
  readonly #counter: MessageCounter;
  /** The end of the last chunk, in case a header begins there. */
  #tail: Buffer = Buffer.alloc(0);

  constructor(pipe: Pipe, size: number) {
    this.#pipe = pipe;
    this.#counter = new MessageCounter('MESSAGE', size);
  }

  get ends(): number[] | undefined {
    return this.#counter.ends;
  }

  set ends(ends: number[] | undefined) {
    this.#counter.ends = ends;
  }

  take(bytes: Buffer): number {
    const all = this.#tail.length === 0 ? bytes : Buffer.concat([this.#tail, bytes]);
    let acks = '';
    let from = 0;
    for (let at = all.indexOf(NEEDLE); at >= 0; at = all.indexOf(NEEDLE, from)) {
      const end = all.indexOf(LINE_FEED, at + NEEDLE.length);
      if (end < 0) break;
      acks += `ACK\nid:${all.toString('latin1', at + NEEDLE.length, end)}\n\n\0`;
      from = end;
    }
    // A header line of ours is shorter than this, and what was answered is not looked at again.
    this.#tail = Buffer.from(all.subarray(Math.max(from, all.length - 40)));
    if (acks !== '') this.#pipe.write(Buffer.from(acks));
    return this.#counter.take(bytes);
  }
}
