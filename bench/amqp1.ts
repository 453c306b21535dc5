/**
 * AMQP 1.0 as the load generator speaks it: handshake, one prepared and settled transfer frame that is
 * numbered in place, credit and windows on both sides, and a counter that walks frame sizes.
 *
 * Sends one frame per message and settles everything on send. [AMQP 2.6.7, 2.6.12, 2.7.5]
 * Invariant: never sends beyond the link's credit or the session's window, as last told by the peer.
 */

import {
  binary,
  code,
  described,
  frame,
  isDescribed,
  no,
  nothing,
  performative,
  symbol,
  text,
  ubyte,
  uint,
  ushort,
  type Value,
  yes,
} from './amqp1-frame.ts';
import type { Pipe } from './pipe.ts';
import { type Door, makeBody, type Receiver, type Sender, type Wire } from './wire.ts';

const FRAME_BYTES_MAX = 1024 * 1024;
const WINDOW = 0x7fffffff;
/** Credit granted to the broker; topped up when half of it is used. */
const CREDIT = 20_000;
/** The head of a transfer frame that must be seen to know it: size, offset, type, channel, descriptor. */
const HEAD_BYTES = 11;

/** A transfer's own part of its frame is surely seen in so many bytes. */
const PERFORMATIVE_BYTES_MAX = 128;

type Control = (code: number, fields: Value[]) => void;

/** AMQP 1.0: transfers settled by the sender, received settled. */
export const amqp1: Wire = {
  protocol: 'amqp',
  keepAlive: frame(0),
  goodbye: frame(0, described(code.close)),

  async openSender(pipe: Pipe, door: Door, size: number): Promise<Sender> {
    const sender = new TransferSender(size);
    if (door.raw) {
      sender.allow(WINDOW, WINDOW);
      return sender;
    }
    const { window, frameBytesMax } = await openSession(pipe, door);
    if (sender.frame.length > frameBytesMax)
      throw new Error(
        `a message of ${size} bytes needs a frame of ${sender.frame.length}, the broker takes ` +
          `${frameBytesMax}, and the generator sends one frame per message`,
      );
    await attach(pipe, door, false);
    sender.allow(0, window);
    const frames = new FrameCounter(size, (performativeCode, fields) => {
      if (performativeCode === code.flow) sender.flow(fields, pipe);
      else unexpected(performativeCode, fields);
    });
    pipe.pour((bytes) => frames.take(bytes));
    return sender;
  },

  async openReceiver(pipe: Pipe, door: Door, size: number): Promise<Receiver> {
    return door.raw ? new FrameCounter(size, unexpected) : receiveFrom(pipe, door, size, false);
  },
};

/** A receiver that is sent settled messages, or accepts each as it comes. [AMQP 2.7.6] */
export async function receiveFrom(
  pipe: Pipe,
  door: Door,
  size: number,
  accepting: boolean,
): Promise<Receiver> {
  const { nextOutgoingId } = await openSession(pipe, door);
  await attach(pipe, door, true, accepting);
  const credit = new Credit(pipe, nextOutgoingId);
  credit.grant();
  const frames = new FrameCounter(size, (performativeCode, fields) => {
    if (performativeCode !== code.flow) unexpected(performativeCode, fields);
    else if (fields[9] === true) credit.grant();
  });
  frames.settled = !accepting;
  let accepted = 0;
  frames.onFrames = (messages, transfers) => {
    credit.used(messages, transfers);
    if (!accepting || messages === 0) return;
    const first = (frames.firstId + accepted) >>> 0;
    accepted += messages;
    pipe.write(acceptance(first, (first + messages - 1) >>> 0));
  };
  return frames;
}

/** Accepts and settles deliveries from the first to the last. [AMQP 2.7.6, 3.4.2] */
function acceptance(first: number, last: number): Buffer {
  const ids = [uint(first), uint(last)];
  return frame(0, described(code.disposition, yes, ...ids, yes, described(code.accepted)));
}

/** One settled transfer frame of `size` body bytes, numbered in place. [AMQP 2.7.5] */
class TransferSender implements Sender {
  readonly frame: Buffer;
  readonly bodyEnd: number;
  onRoom: (() => void) | undefined;
  readonly #idAt: number;
  readonly #tagAt: number;
  #sent = 0;
  /** Deliveries that credit allows, counted from the first. */
  #creditEnd = 0;
  /** Transfers that the session's window allows, counted from the first. */
  #windowEnd = 0;

  constructor(size: number) {
    const body = makeBody(size);
    const id = uint(0);
    const tag = binary(Buffer.alloc(4));
    const transfer = described(code.transfer, uint(0), id, tag, uint(0), yes);
    const data = Buffer.concat([Buffer.from([0, 0x53, 0x75]), binary(body)]);
    this.frame = frame(0, transfer, data);
    this.bodyEnd = this.frame.length;
    // Frame header 8, descriptor and list head 12, handle 5, then the id with its constructor.
    this.#idAt = 8 + 12 + 5 + 1;
    this.#tagAt = this.#idAt + 4 + 2;
  }

  allow(creditEnd: number, windowEnd: number): void {
    this.#creditEnd = creditEnd;
    this.#windowEnd = windowEnd;
  }

  room(): number {
    return Math.min(this.#creditEnd, this.#windowEnd) - this.#sent;
  }

  number(batch: Buffer, count: number): void {
    const length = this.frame.length;
    let at = 0;
    for (let i = 0; i < count; i++) {
      batch.writeUInt32BE(this.#sent, at + this.#idAt);
      batch.writeUInt32BE(this.#sent, at + this.#tagAt);
      this.#sent += 1;
      at += length;
    }
  }

  /** Takes the peer's flow. Ids begin at 0 here, so ends are plain sums. [AMQP 2.5.6, 2.6.7] */
  flow(fields: Value[], pipe: Pipe): void {
    this.#windowEnd = toNumber(fields[0]) + toNumber(fields[1]);
    if (fields[4] !== null && fields[4] !== undefined)
      this.#creditEnd = toNumber(fields[5]) + toNumber(fields[6]);
    if (fields[9] === true)
      pipe.write(
        frame(0, described(code.flow, uint(0), uint(WINDOW), uint(this.#sent), uint(WINDOW))),
      );
    this.onRoom?.();
  }
}

/** Tells the broker how much it may send, again and again. [AMQP 2.6.7] */
class Credit {
  readonly #pipe: Pipe;
  #deliveries = 0;
  #nextIncomingId: number;
  #left = 0;

  constructor(pipe: Pipe, nextIncomingId: number) {
    this.#pipe = pipe;
    this.#nextIncomingId = nextIncomingId;
  }

  used(messages: number, transfers: number): void {
    this.#deliveries += messages;
    this.#nextIncomingId = (this.#nextIncomingId + transfers) >>> 0;
    this.#left -= messages;
    if (this.#left < CREDIT / 2) this.grant();
  }

  grant(): void {
    this.#left = CREDIT;
    const session = [uint(this.#nextIncomingId), uint(WINDOW), uint(0), uint(WINDOW)];
    const link = [uint(0), uint(this.#deliveries), uint(CREDIT)];
    this.#pipe.write(frame(0, described(code.flow, ...session, ...link)));
  }
}

/** Counts messages by walking frames; hands every other frame, whole, to `control`. */
export class FrameCounter implements Receiver {
  ends: number[] | undefined;
  /** Told after each {@link take} that saw transfers. */
  onFrames: ((messages: number, transfers: number) => void) | undefined;
  /** Whether the peer is to have settled what it sends. */
  settled = true;
  /** The delivery id of the first message; ids of one link in one session follow each other. */
  firstId = 0;
  readonly #size: number;
  readonly #control: Control;
  /** Bytes still to come of the transfer frame that is passing. */
  #left = 0;
  /** Body bytes of earlier frames of a message that comes in several. */
  #parts = 0;
  #frameBytes = 0;
  /** A frame's beginning that was cut too early to be understood. */
  #held: Buffer | undefined;
  /** Whether a transfer was looked into. */
  #known = false;
  #messages = 0;

  constructor(size: number, control: Control) {
    this.#size = size;
    this.#control = control;
  }

  take(bytes: Buffer): number {
    let messages = 0;
    let transfers = 0;
    let at = this.#held ? this.#resume(bytes) : 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, bytes.length - at);
        this.#left -= step;
        at += step;
        if (this.#left > 0) break;
        transfers += 1;
        messages += this.#endTransfer(at);
        continue;
      }
      const available = bytes.length - at;
      const size = available < HEAD_BYTES ? 0 : bytes.readUInt32BE(at);
      if (size > 0 && isTransfer(bytes, at)) {
        this.#beginTransfer(size, bytes, at);
      } else if (size >= 8 && size <= available) {
        this.#controlFrame(bytes.subarray(at, at + size));
        at += size;
      } else if (available >= 8 && bytes.readUInt32BE(at) === 8) {
        at += 8;
      } else {
        // Cut too early: a transfer's head, or a control frame that is not whole.
        this.#held = Buffer.from(bytes.subarray(at));
        break;
      }
    }
    if (transfers > 0) this.onFrames?.(messages, transfers);
    return messages;
  }

  /** Completes the held beginning from `bytes`; answers how many of them it took. */
  #resume(bytes: Buffer): number {
    let held = this.#held ?? Buffer.alloc(0);
    let at = 0;
    for (;;) {
      const size = held.length < 4 ? 0 : held.readUInt32BE(0);
      const whole = size === 8 || (held.length >= HEAD_BYTES && !isTransfer(held, 0));
      const wanted = held.length < 8 ? 8 : whole ? size : HEAD_BYTES;
      if (size > FRAME_BYTES_MAX) throw new Error(`frame of ${size} bytes exceeds what we offered`);
      if (held.length >= wanted) break;
      const more = bytes.subarray(at, at + wanted - held.length);
      if (more.length === 0) {
        this.#held = held;
        return at;
      }
      held = Buffer.concat([held, more]);
      at += more.length;
    }
    this.#held = undefined;
    if (held.length >= HEAD_BYTES && isTransfer(held, 0)) {
      this.#beginTransfer(held.readUInt32BE(0), held, 0);
      this.#left -= held.length;
    } else {
      this.#controlFrame(held);
    }
    return at;
  }

  #beginTransfer(size: number, bytes: Buffer, at: number): void {
    this.#left = size;
    this.#frameBytes = size;
    // Looked at once: a broker that does otherwise would stall, or be measured unlike others.
    if (this.#known || bytes.length - at < Math.min(size, PERFORMATIVE_BYTES_MAX)) return;
    const transfer = performative(bytes.subarray(at, at + size));
    const settled = transfer?.fields[4] === true;
    if (settled !== this.settled)
      throw new Error(
        `the link asks for ${this.settled ? 'settled' : 'unsettled'} messages, and the broker ` +
          `sends ${settled ? 'settled' : 'unsettled'} ones [AMQP 2.7.3]`,
      );
    this.firstId = (toNumber(transfer?.fields[1]) - this.#messages) >>> 0;
    this.#known = true;
  }

  #endTransfer(end: number): number {
    this.#parts += this.#frameBytes;
    if (this.#parts < this.#size) return 0;
    this.#parts = 0;
    this.#messages += 1;
    this.ends?.push(end);
    return 1;
  }

  #controlFrame(bytes: Buffer): void {
    const read = performative(bytes);
    if (read) this.#control(read.code, read.fields);
  }
}

/** Whether an AMQP transfer begins at `at`, its descriptor written in one of the two usual forms. */
function isTransfer(bytes: Buffer, at: number): boolean {
  return bytes[at + 10] === code.transfer && bytes[at + 9] === 0x53 && bytes[at + 4] === 2;
}

/** Greets a broker and opens a session. */
export async function openSession(
  pipe: Pipe,
  door: Door,
): Promise<{ window: number; nextOutgoingId: number; frameBytesMax: number }> {
  await sasl(pipe, door.url);
  await greet(pipe, 0);
  const container = text(`angelia-bench-${process.pid}-${Math.random().toString(36).slice(2)}`);
  const limits = [uint(FRAME_BYTES_MAX), ushort(0)];
  pipe.write(frame(0, described(code.open, container, text(door.url.hostname), ...limits)));
  const open = await expect(pipe, code.open);
  const ids = [nothing, uint(0), uint(WINDOW), uint(WINDOW)];
  pipe.write(frame(0, described(code.begin, ...ids)));
  const begin = await expect(pipe, code.begin);
  return {
    window: toNumber(begin[2]),
    nextOutgoingId: toNumber(begin[1]),
    frameBytesMax: typeof open[2] === 'number' ? open[2] : 0xffffffff,
  };
}

async function sasl(pipe: Pipe, url: URL): Promise<void> {
  await greet(pipe, 3);
  await expect(pipe, code.saslMechanisms);
  const user = decodeURIComponent(url.username);
  const init = user
    ? [symbol('PLAIN'), binary(Buffer.from(`\0${user}\0${decodeURIComponent(url.password)}`))]
    : [symbol('ANONYMOUS')];
  pipe.write(frame(1, described(code.saslInit, ...init)));
  const outcome = await expect(pipe, code.saslOutcome);
  if (outcome[0] !== 0) throw new Error(`the broker refused us: SASL outcome ${outcome[0]}`);
}

/** Exchanges protocol headers. [AMQP 2.2] */
async function greet(pipe: Pipe, protocolId: number): Promise<void> {
  const ours = Buffer.from([0x41, 0x4d, 0x51, 0x50, protocolId, 1, 0, 0]);
  pipe.write(ours);
  const theirs = await pipe.read(8);
  if (!theirs.equals(ours)) throw new Error(`expected AMQP 1.0, came: ${theirs.toString('hex')}`);
}

/** Attaches link 0; its sender settles on send, unless told that it is not to. [AMQP 2.6.3] */
export async function attach(
  pipe: Pipe,
  door: Door,
  receiving: boolean,
  unsettled = false,
): Promise<void> {
  const kind = symbol(door.kind ?? 'queue');
  const address = text(door.address);
  const eight = Array.from({ length: 9 }, () => nothing);
  const source = described(code.source, receiving ? address : nothing, ...eight, kind);
  const four = [uint(0), symbol('session-end'), uint(0), no];
  const target = described(code.target, receiving ? nothing : address, ...four, nothing, kind);
  const name = text(receiving ? 'bench-in' : 'bench-out');
  const modes = [receiving ? yes : no, ubyte(unsettled ? 0 : 1), ubyte(0)];
  const rest = receiving ? [] : [nothing, no, uint(0)];
  const link = [name, uint(0), ...modes, source, target, ...rest];
  pipe.write(frame(0, described(code.attach, ...link)));
  const answer = await expect(pipe, code.attach);
  // A refused link is answered without its terminus, and then detached with the reason.
  if (!isDescribed(answer[receiving ? 5 : 6])) await expect(pipe, code.attach);
}

/** Reads frames until `wanted` comes; flows may come in between, anything else is an error. */
async function expect(pipe: Pipe, wanted: number): Promise<Value[]> {
  for (;;) {
    const size = (await pipe.read(4)).readUInt32BE(0);
    const rest = await pipe.read(size - 4);
    const read = performative(Buffer.concat([Buffer.alloc(4), rest]));
    if (read?.code === wanted) return read.fields;
    if (read && read.code !== code.flow) unexpected(read.code, read.fields, wanted);
  }
}

/** Says what came instead of what should have. */
export function unexpected(got: number, fields: Value[], wanted?: number): never {
  const expected = wanted === undefined ? 'only flows and transfers' : nameOf(wanted);
  const error = fields.find((field) => isDescribed(field) && field.code === code.error);
  const why = isDescribed(error) && Array.isArray(error.value) ? error.value.join(' ') : '';
  throw new Error(`expected ${expected}, came ${nameOf(got)} ${why}`.trim());
}

function nameOf(performativeCode: number): string {
  const found = Object.entries(code).find(([, value]) => value === performativeCode);
  return found ? found[0] : `0x${performativeCode.toString(16)}`;
}

/** A field as a number; 0 if it is none. */
export function toNumber(value: Value | undefined): number {
  return typeof value === 'number' ? value : 0;
}
