// The transfer performative, read into an object that the engine reuses and written straight into
// an output buffer: it is what most bytes of a busy connection are. [AMQP 2.7.5]
// Does not know what a message is; see `message.ts`.

import type { DeliveryState } from './delivery-state.ts';

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

/**
 * Reads a transfer into `into` and returns where its payload begins.
 *
 * @throws {ProtocolError} `amqp:decode-error`
 */
export declare function readTransfer(
  buffer: Buffer,
  start: number,
  end: number,
  into: TransferFields,
): number;

/** Bytes that {@link writeTransfer} needs at most, frame header included. */
export const TRANSFER_HEAD_BYTES_MAX = 48;

/**
 * Begins a transfer frame at `at`, message format 0, and returns where the payload goes. The
 * caller ensures {@link TRANSFER_HEAD_BYTES_MAX} bytes of room and, with the payload in place,
 * calls `sealFrame(buffer, at, end)`.
 *
 * @param tag - a counter, sent as a binary of 8 bytes
 */
export declare function writeTransfer(
  buffer: Buffer,
  at: number,
  channel: number,
  handle: number,
  deliveryId: number,
  tag: number,
  settled: boolean,
  more: boolean,
): number;

/** Begins a continuation of a delivery, whose first frame said the rest; else as above. */
export declare function writeTransferContinuation(
  buffer: Buffer,
  at: number,
  channel: number,
  handle: number,
  more: boolean,
): number;
