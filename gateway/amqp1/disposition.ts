// The disposition performative: what became of a range of deliveries. Read into a reusable object,
// written straight into an output buffer; the bare outcomes have short cuts. [AMQP 2.7.6]

import type { DeliveryState } from './delivery-state.ts';
import type { Role } from './performatives.ts';

/** The fields of the last disposition read. `last` is `first` when it was absent. */
export class DispositionFields {
  role: Role = 'receiver';
  first = 0;
  last = 0;
  settled = false;
  state: DeliveryState | undefined = undefined;
  batchable = false;
}

/**
 * Reads a disposition into `into`. Accepted and released are the shared constants.
 *
 * @throws {ProtocolError} `amqp:decode-error`
 */
export declare function readDisposition(
  buffer: Buffer,
  start: number,
  end: number,
  into: DispositionFields,
): void;

/** Bytes that {@link writeDisposition} needs at most for a state without error or annotations. */
export const DISPOSITION_BYTES_MAX = 64;

/** Writes a whole disposition frame for accepted, released, modified or no state. */
export declare function writeDisposition(
  buffer: Buffer,
  at: number,
  channel: number,
  role: Role,
  first: number,
  last: number,
  settled: boolean,
  state: DeliveryState | undefined,
): number;

/** Writes a whole disposition frame with any state, in a buffer of its own. */
export declare function encodeDisposition(
  channel: number,
  role: Role,
  first: number,
  last: number,
  settled: boolean,
  state: DeliveryState,
): Buffer;
