/**
 * What the load generator must know of a protocol: how to open a sending and a receiving end, the
 * bytes of one message, and how to count messages in a stream. `stomp.ts` and `amqp1.ts` are the two.
 *
 * Every message body is printable ASCII of one fixed size and ends in a stamp of
 * {@link STAMP_LENGTH} digits, so that a counter may skip bodies and a clock may read the stamp.
 */

import type { Pipe } from './pipe.ts';

/** Digits at the end of each body: nanoseconds of the generator's monotonic clock. */
export const STAMP_LENGTH = 16;

/** The protocols that the generator speaks. */
export type Protocol = 'stomp' | 'amqp';

/** Where to send and receive, as one broker wants it said. */
export interface Door {
  /** With user and password in it where the broker asks for them. */
  readonly url: URL;
  /** The queue's name in this protocol at this broker. */
  readonly address: string;
  /** Bytes are relayed unread: there is nobody to shake hands with. */
  readonly raw: boolean;
  /** What AMQP's terminus says of the address; a queue unless said otherwise. */
  readonly kind?: 'queue' | 'topic';
}

/** The sending end of one connection. */
export interface Sender {
  /** One whole message, ready for the wire; its body ends before {@link bodyEnd}. */
  readonly frame: Buffer;
  readonly bodyEnd: number;
  /** Called when {@link room} may have grown. */
  onRoom: (() => void) | undefined;
  /** How many messages the peer allows now. */
  room(): number;
  /** Makes the first `count` frames of `batch` the next ones in line. Called just before they are written. */
  number(batch: Buffer, count: number): void;
}

/** The receiving end of one connection. */
export interface Receiver {
  /** Set for latency runs: collects where in the bytes last taken each message's body ended. */
  ends: number[] | undefined;
  /** Takes the next bytes of the stream, cut anywhere, and answers how many messages ended in them. */
  take(bytes: Buffer): number;
}

/** One protocol as the generator speaks it. */
export interface Wire {
  readonly protocol: Protocol;
  /** Bytes that say "still here" and may stand between any two frames. */
  readonly keepAlive: Buffer;
  /** Bytes that say goodbye. */
  readonly goodbye: Buffer;
  openSender(pipe: Pipe, door: Door, size: number): Promise<Sender>;
  openReceiver(pipe: Pipe, door: Door, size: number): Promise<Receiver>;
}

/** A body of `size` printable bytes that ends in a stamp of zeros. */
export function makeBody(size: number): Buffer {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz';
  const body = Buffer.alloc(size, alphabet, 'latin1');
  body.fill('0', size - STAMP_LENGTH);
  return body;
}
