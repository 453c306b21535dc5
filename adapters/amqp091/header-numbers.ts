// The types of the numbers in the headers of others. amqplib reads the headers of a message as what
// JavaScript has, so that a double of 2 is an int, and a great long is rounded. Here the bytes of a
// header frame are looked at once more, and what its numbers were is left beside the headers.
//
// Only for messages that are not ours, which say their types themselves. [AMQP 0-9-1 4.2.5.5]

import type { ChannelModel } from 'amqplib';
import type { TypedValue } from '#jms-api';
import { FROM_JMS_CLIENT, KIND } from '../rabbitmq-header.ts';

/** Beside the headers of a message: its numbers, by name. */
export const NUMBERS: unique symbol = Symbol('numbers');

/** Headers as amqplib reads them. */
type Headers = Record<string, unknown> & { [NUMBERS]?: ReadonlyMap<string, TypedValue> };

/** The connection, as far as it is looked at: `rest` is what is read and not decoded. */
interface Receiving {
  rest: Buffer;
  recvFrame(): { readonly fields?: { readonly headers?: Headers } } | false;
}

/** The type, the channel and the size of a frame; then the class, the weight and the size of a body. */
const FRAME_HEAD = 7 + 12;
const Flag = { contentType: 0x8000, contentEncoding: 0x4000, headers: 0x2000 } as const;

/** Keeps the types of numbers in what a connection receives from now on. */
export function keepNumbers({ connection }: ChannelModel): void {
  const receiving = connection as unknown as Receiving;
  // A method of amqplib's own: without it all works, and numbers have the types that they look like.
  if (typeof receiving.recvFrame !== 'function') return;
  const receive = receiving.recvFrame;
  receiving.recvFrame = () => {
    // It calls itself when it has read more, so that this is where the frame begins.
    const frameAndRest = receiving.rest;
    const frame = receive.call(receiving);
    const headers = frame === false ? undefined : frame.fields?.headers;
    if (headers !== undefined && isForeign(headers)) headers[NUMBERS] ??= numbersOf(frameAndRest);
    return frame;
  };
}

function isForeign(headers: Headers): boolean {
  return headers[KIND] === undefined || headers[FROM_JMS_CLIENT] !== undefined;
}

/** The numbers in the headers of a header frame. */
export function numbersOf(frame: Buffer): ReadonlyMap<string, TypedValue> {
  const numbers = new Map<string, TypedValue>();
  const flags = frame.readUInt16BE(FRAME_HEAD);
  let at = FRAME_HEAD + 2;
  for (const flag of [Flag.contentType, Flag.contentEncoding]) {
    if ((flags & flag) !== 0) at += 1 + frame.readUInt8(at);
  }
  if ((flags & Flag.headers) === 0) return numbers;
  const end = at + 4 + frame.readUInt32BE(at);
  at += 4;
  while (at < end) {
    const nameEnd = at + 1 + frame.readUInt8(at);
    const code = String.fromCharCode(frame.readUInt8(nameEnd));
    const number = numberAt(code, frame, nameEnd + 1);
    if (number !== undefined) numbers.set(frame.toString('utf8', at + 1, nameEnd), number);
    at = nameEnd + 1 + sizeAt(code, frame, nameEnd + 1);
  }
  return numbers;
}

function numberAt(code: string, frame: Buffer, at: number): TypedValue | undefined {
  switch (code) {
    case 'b':
      return { type: 'byte', value: frame.readInt8(at) };
    case 'B':
      return { type: 'short', value: frame.readUInt8(at) };
    case 's':
      return { type: 'short', value: frame.readInt16BE(at) };
    case 'u':
      return { type: 'int', value: frame.readUInt16BE(at) };
    case 'I':
      return { type: 'int', value: frame.readInt32BE(at) };
    case 'i':
      return { type: 'long', value: BigInt(frame.readUInt32BE(at)) };
    case 'l':
      return { type: 'long', value: frame.readBigInt64BE(at) };
    case 'f':
      return { type: 'float', value: frame.readFloatBE(at) };
    case 'd':
      return { type: 'double', value: frame.readDoubleBE(at) };
    default:
      return undefined;
  }
}

const SIZES: Readonly<Record<string, number>> = {
  ...{ V: 0, t: 1, b: 1, B: 1, s: 2, u: 2, I: 4, i: 4, f: 4, D: 5, l: 8, d: 8, T: 8 },
};

/** Bytes that a value takes; amqplib has read it already, so that there is nothing else. */
function sizeAt(code: string, frame: Buffer, at: number): number {
  return SIZES[code] ?? 4 + frame.readUInt32BE(at);
}
