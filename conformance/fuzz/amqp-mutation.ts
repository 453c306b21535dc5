// Harms AMQP conversations where it hurts: fields, types, counts, nesting, the order of frames, their
// channels and sizes, messages cut into frames, and last of all bytes. What is not harmed stays as it
// was, so that most of it still gets deep into an engine. [AMQP 1.2, 2.3, 2.7]

import { change, constant, NULL_CODE, type Place, placeAt, TRUE_CODE } from './amqp-changes.ts';
import { copyFrame, type Frame, framesOf, writeFrame } from './amqp-frames.ts';
import { type Node, Writer } from './amqp-tree.ts';
import { damage } from './damage.ts';
import type { Dice } from './dice.ts';
import type { Piece, Stream } from './recording.ts';

const TRANSFER = 0x14;
const writer: Writer = new Writer();
/** Most frames of a stream are those of its recording. */
const written: Map<Frame, Buffer> = new Map();

/** Makes one stream out of one or two recordings; returns how many frames it harmed as well. */
export function mutateAmqp(seeds: readonly (readonly Frame[])[], dice: Dice): [Stream, number] {
  const frames = [...dice.pick(seeds)];
  let harmed = dice.roll(8);
  for (let left = harmed; left > 0; left--) mutateFrames(frames, seeds, dice);
  const pieces: Piece[] = frames.map((frame) => ({
    connection: frame.connection,
    bytes: bytesOf(frame),
  }));
  if (dice.roll(5) === 0) {
    harmed++;
    damage(pieces, dice);
  }
  return [pieces, harmed];
}

function bytesOf(frame: Frame): Buffer {
  const before = written.get(frame);
  if (before !== undefined) return before;
  writeFrame(writer, frame);
  return writer.take();
}

/** The seeds of recorded streams. */
export function amqpSeeds(streams: readonly Stream[]): Frame[][] {
  const seeds = streams.map(framesOf).filter((frames) => frames.length > 0);
  for (const frame of seeds.flat()) written.set(frame, bytesOf(frame));
  return seeds;
}

function mutateFrames(frames: Frame[], seeds: readonly (readonly Frame[])[], dice: Dice): void {
  const at = dice.roll(Math.max(1, frames.length));
  const frame = frames[at];
  if (frame === undefined) return;
  switch (dice.roll(12)) {
    case 0:
      frames.splice(at, 1);
      return;
    case 1:
      frames.splice(dice.roll(frames.length + 1), 0, frame);
      return;
    case 2: {
      const other = dice.roll(frames.length);
      frames[at] = frames[other] ?? frame;
      frames[other] = frame;
      return;
    }
    case 3: {
      const stranger = dice.pick(dice.pick(seeds));
      if (stranger !== undefined)
        frames.splice(at, 0, { ...stranger, connection: frame.connection });
      return;
    }
    case 4:
      cut(frames, at, dice);
      return;
    default: {
      const copy = copyFrame(frame);
      mutateFrame(copy, seeds, dice);
      frames[at] = copy;
    }
  }
}

/** Cuts a message into frames, the last of which may be missing or give it up. */
function cut(frames: Frame[], at: number, dice: Dice): void {
  const whole = frames[at];
  if (whole === undefined || fieldsOf(whole, TRANSFER) === undefined) return;
  for (const section of Buffer.isBuffer(whole.payload) ? [] : whole.payload) writer.node(section);
  const bytes = Buffer.isBuffer(whole.payload) ? whole.payload : writer.take();
  const count = 2 + dice.roll(4);
  const parts = Array.from({ length: count }, (_, part): Frame => {
    const frame = copyFrame(whole);
    const step = Math.ceil(bytes.length / count);
    frame.payload = bytes.subarray(part * step, (part + 1) * step);
    const fields = fieldsOf(frame, TRANSFER) ?? [];
    while (fields.length < 11) fields.push(constant(NULL_CODE));
    if (part < count - 1) fields[5] = constant(TRUE_CODE);
    if (part > 0) for (const field of [1, 2, 3]) fields[field] = constant(NULL_CODE);
    if (part === count - 1 && dice.roll(6) === 0) fields[9] = constant(TRUE_CODE);
    return frame;
  });
  if (dice.roll(6) === 0) parts.pop();
  frames.splice(at, 1, ...parts);
}

function fieldsOf(frame: Frame, code: number): Node[] | undefined {
  const { body } = frame;
  if (body?.kind !== 'described' || body.value.kind !== 'list') return undefined;
  const { descriptor } = body;
  return descriptor.kind === 'leaf' && descriptor.data.at(-1) === code
    ? body.value.items
    : undefined;
}

function mutateFrame(frame: Frame, seeds: readonly (readonly Frame[])[], dice: Dice): void {
  if (frame.raw !== undefined) {
    const bytes = Buffer.from(frame.raw);
    bytes[4 + dice.roll(4)] = dice.roll(4);
    frame.raw = bytes;
    return;
  }
  switch (dice.roll(16)) {
    case 0:
      frame.channel = dice.pick([0, 1, 2, 1023, 1024, 65_535]);
      return;
    case 1:
      frame.extended = dice.pick([1, 2, 60, 253]);
      return;
    case 2:
      frame.sizeError = dice.pick([-1, 1, -8, 8, 1_000_000, 0x7fff_ffff, -frameBytes(frame)]);
      return;
    case 3:
      frame.type = dice.roll(3);
      return;
    case 4:
      frame.body = undefined;
      return;
    default:
      mutateTree(frame, seeds, dice);
  }
}

function frameBytes(frame: Frame): number {
  const before = writer.length;
  writeFrame(writer, frame);
  const bytes = writer.length - before;
  writer.length = before;
  return bytes;
}

function mutateTree(frame: Frame, seeds: readonly (readonly Frame[])[], dice: Dice): void {
  const { body, payload } = frame;
  const roots: Place[] = [];
  if (body !== undefined) {
    const put = (node: Node): void => {
      frame.body = node;
    };
    roots.push({ node: body, put });
  }
  if (!Buffer.isBuffer(payload) && dice.roll(3) === 0) {
    for (const at of payload.keys()) roots.push(placeAt(payload, at));
  }
  if (roots.length > 0) change(dice.pick(roots), dice.pick(dice.pick(seeds))?.body, dice);
}
