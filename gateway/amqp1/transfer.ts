// The transfer performative, read into an object that the engine reuses and written straight into
// an output buffer: it is what most frames of a busy connection are. [AMQP 2.7.5]
// Does not know what a message is; see `message.ts`.

import { type DeliveryState, deliveryState } from './delivery-state.ts';
import { readState } from './disposition.ts';
import { Encoder } from './encoder.ts';
import { beginFrame, sealFrame, write32, writeUint } from './frame.ts';
import { ListCursor, skipDescriptor } from './list-cursor.ts';
import { described, FALSE, NULL, TRUE, uint } from './types.ts';

/** The fields of the last transfer read. Numbers are -1 when they were absent. */
export class TransferFields {
  handle = 0;
  deliveryId = -1;
  /** The tag is `buffer[tagStart…tagEnd)`; -1 when absent. */
  tagStart = -1;
  tagEnd = -1;
  messageFormat = -1;
  settled = false;
  more = false;
  rcvSettleMode = -1;
  state: DeliveryState | undefined = undefined;
  resume = false;
  aborted = false;
  batchable = false;
}

const FIELDS = 11;
const cursor = new ListCursor();

/**
 * Reads a transfer into `into` and returns where its payload begins.
 *
 * @throws {ProtocolError} `amqp:decode-error`
 */
export function readTransfer(
  buffer: Buffer,
  start: number,
  end: number,
  into: TransferFields,
): number {
  cursor.open(buffer, skipDescriptor(buffer, start, end), end, 'transfer', FIELDS);
  into.handle = cursor.mandatoryUint('handle');
  into.deliveryId = cursor.uint();
  cursor.bytes();
  into.tagStart = cursor.dataStart;
  into.tagEnd = cursor.dataEnd;
  into.messageFormat = cursor.uint();
  into.settled = cursor.boolean();
  into.more = cursor.boolean();
  into.rcvSettleMode = cursor.ubyte();
  into.state = readState(cursor, 'transfer');
  into.resume = cursor.boolean();
  into.aborted = cursor.boolean();
  into.batchable = cursor.boolean();
  cursor.close();
  return cursor.end;
}

/** Bytes that {@link writeTransfer} needs at most, frame header included. */
export const TRANSFER_HEAD_BYTES_MAX = 48;

/**
 * Begins a transfer frame at `at`, message format 0, and returns where the payload goes. The
 * caller ensures {@link TRANSFER_HEAD_BYTES_MAX} bytes of room and, with the payload in place,
 * calls `sealFrame(buffer, at, end)`.
 *
 * @param tag - a counter, 0…2^53-1, sent as a binary of 4 bytes, or of 8 above 2^32-1
 */
export function writeTransfer(
  buffer: Buffer,
  at: number,
  channel: number,
  handle: number,
  deliveryId: number,
  tag: number,
  settled: boolean,
  more: boolean,
): number {
  const list = beginTransfer(buffer, at, channel);
  let next = writeUint(buffer, list + 3, handle);
  next = writeUint(buffer, next, deliveryId);
  buffer[next++] = 0xa0;
  if (tag <= 0xffff_ffff) {
    buffer[next++] = 4;
  } else {
    buffer[next++] = 8;
    next = write32(buffer, next, Math.floor(tag / 0x1_0000_0000));
  }
  next = write32(buffer, next, tag >>> 0);
  buffer[next++] = 0x43;
  buffer[next++] = settled ? 0x41 : 0x42;
  // The default of `more` is false, so a whole message ends its list before it.
  if (more) buffer[next++] = 0x41;
  buffer[list + 1] = next - list - 2;
  buffer[list + 2] = more ? 6 : 5;
  return next;
}

/** Begins a continuation of a delivery, whose first frame said the rest; else as above. */
export function writeTransferContinuation(
  buffer: Buffer,
  at: number,
  channel: number,
  handle: number,
  more: boolean,
): number {
  const list = beginTransfer(buffer, at, channel);
  let next = writeUint(buffer, list + 3, handle);
  if (more) {
    // delivery-id, delivery-tag, message-format and settled are those of the first frame.
    buffer.fill(0x40, next, next + 4);
    next += 4;
    buffer[next++] = 0x41;
  }
  buffer[list + 1] = next - list - 2;
  buffer[list + 2] = more ? 6 : 1;
  return next;
}

function beginTransfer(buffer: Buffer, at: number, channel: number): number {
  const body = beginFrame(buffer, at, channel);
  buffer[body] = 0;
  buffer[body + 1] = 0x53;
  buffer[body + 2] = 0x14;
  buffer[body + 3] = 0xc0;
  return body + 3;
}

/**
 * Writes a whole transfer frame that speaks of a delivery of a link before: settled, with its
 * outcome, or aborted without one. [AMQP 2.6.13]
 */
export function encodeResumed(
  channel: number,
  handle: number,
  deliveryId: number,
  tag: Buffer,
  state: DeliveryState | undefined,
): Buffer {
  const encoder = new Encoder();
  const head = Buffer.alloc(8);
  encoder.raw(head.subarray(0, beginFrame(head, 0, channel)));
  encoder.write(
    described(0x14, {
      type: 'list',
      value: [
        uint(handle),
        uint(deliveryId),
        { type: 'binary', value: tag },
        uint(0),
        TRUE,
        FALSE,
        NULL,
        state === undefined ? NULL : deliveryState.write(state),
        TRUE,
        state === undefined ? TRUE : FALSE,
      ],
    }),
  );
  const frame = Buffer.from(encoder.bytes());
  sealFrame(frame, 0, frame.length);
  return frame;
}
