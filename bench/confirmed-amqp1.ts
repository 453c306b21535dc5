/**
 * AMQP's confirmed producer: durable, unsettled transfers, and a counter of what the peer's
 * dispositions accept. [AMQP 2.7.5, 2.7.6, 3.2.1]
 *
 * A disposition must settle and accept: anything else ends the run. RabbitMQ names ids again that it has
 * accepted before, so each id counts once.
 */

import { attach, FrameCounter, openSession, toNumber, unexpected } from './amqp1.ts';
import {
  binary,
  code,
  described,
  frame,
  isDescribed,
  no,
  uint,
  type Value,
} from './amqp1-frame.ts';
import type { ConfirmedWire } from './confirmed.ts';
import type { Pipe } from './pipe.ts';
import { type Door, makeBody } from './wire.ts';

const WINDOW = 0x7fffffff;
const IDS = 65_536;
/** Where the id and the tag of a transfer stand: frame head 8, list head 12, handle 5, constructor. */
const ID_AT = 8 + 12 + 5 + 1;
const TAG_AT = ID_AT + 4 + 2;

/** Opens a producer on a connection of its own. */
export async function confirmedAmqp1(pipe: Pipe, door: Door, size: number): Promise<ConfirmedWire> {
  const session = await openSession(pipe, door);
  await attach(pipe, door, false, true);
  const message = durableTransfer(size);
  let creditEnd = 0;
  let windowEnd = session.window;
  let numbered = 0;
  let accepted = 0;
  // 1 for an id that is not accepted yet; more than these are never outstanding.
  const open = new Uint8Array(IDS);
  const frames = new FrameCounter(size, (performative, fields) => {
    if (performative === code.disposition) {
      const [first, last] = acceptedBy(fields);
      for (let id = first; id <= last; id++) {
        accepted += open[id % IDS] ?? 0;
        open[id % IDS] = 0;
      }
      return;
    }
    if (performative !== code.flow) unexpected(performative, fields);
    windowEnd = toNumber(fields[0]) + toNumber(fields[1]);
    if (typeof fields[4] === 'number') creditEnd = toNumber(fields[5]) + toNumber(fields[6]);
    if (fields[9] === true) {
      const echo = [uint(0), uint(WINDOW), uint(numbered), uint(WINDOW)];
      pipe.write(frame(0, described(code.flow, ...echo)));
    }
  });
  return {
    frame: message,
    bodyEnd: message.length,
    goodbye: frame(0, described(code.close)),
    room: () => Math.min(creditEnd, windowEnd) - numbered,
    number(batch, count) {
      for (let at = 0, i = 0; i < count; i++, at += message.length, numbered++) {
        batch.writeUInt32BE(numbered, at + ID_AT);
        batch.writeUInt32BE(numbered, at + TAG_AT);
        open[numbered % IDS] = 1;
      }
    },
    take(bytes) {
      accepted = 0;
      frames.take(bytes);
      return accepted;
    },
  };
}

/** One unsettled transfer of a durable message, in a frame. */
function durableTransfer(size: number): Buffer {
  const transfer = described(code.transfer, uint(0), uint(0), binary(Buffer.alloc(4)), uint(0), no);
  // Header: a list of one, durable. [AMQP 3.2.1]
  const header = Buffer.from([0, 0x53, 0x70, 0xc0, 2, 1, 0x41]);
  const data = Buffer.concat([Buffer.from([0, 0x53, 0x75]), binary(makeBody(size))]);
  return frame(0, transfer, header, data);
}

function acceptedBy([role, first, last, settled, state]: Value[]): readonly [number, number] {
  const right =
    role === true && settled === true && isDescribed(state) && state.code === code.accepted;
  if (!right) throw new Error('a message was not accepted');
  const from = toNumber(first);
  return [from, typeof last === 'number' ? last : from];
}
