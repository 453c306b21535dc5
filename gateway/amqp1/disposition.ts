// The disposition performative: what became of a range of deliveries. Read into a reusable object,
// written straight into an output buffer; the bare outcomes have short cuts. [AMQP 2.7.6]

import type { DeliveryState } from './delivery-state.ts';
import { ACCEPTED, deliveryState, RELEASED } from './delivery-state.ts';
import { Encoder } from './encoder.ts';
import { decodeError } from './errors.ts';
import { beginFrame, sealFrame, writeUint } from './frame.ts';
import { ListCursor, skipDescriptor } from './list-cursor.ts';
import type { Role } from './performatives.ts';
import { described, FALSE, TRUE, uint } from './types.ts';

/** The fields of the last disposition read. `last` is `first` when it was absent. */
export class DispositionFields {
  role: Role = 'receiver';
  first = 0;
  last = 0;
  settled = false;
  state: DeliveryState | undefined = undefined;
  batchable = false;
}

const FIELDS = 6;
const cursor = new ListCursor();

/**
 * Reads a disposition into `into`. Accepted and released are the shared constants.
 *
 * @throws {ProtocolError} `amqp:decode-error`
 */
export function readDisposition(
  buffer: Buffer,
  start: number,
  end: number,
  into: DispositionFields,
): void {
  cursor.open(buffer, skipDescriptor(buffer, start, end), end, 'disposition', FIELDS);
  const role = cursor.maybeBoolean();
  if (role === -1) throw decodeError("disposition lacks its mandatory field 'role'");
  into.role = role === 1 ? 'receiver' : 'sender';
  into.first = cursor.mandatoryUint('first');
  const last = cursor.uint();
  into.last = last === -1 ? into.first : last;
  into.settled = cursor.boolean();
  into.state = readState(cursor, 'disposition');
  into.batchable = cursor.boolean();
  cursor.close();
  if (cursor.end !== end) {
    throw decodeError(`disposition ends ${end - cursor.end} bytes before its frame does`);
  }
}

/** Reads the field `state`; the outcomes without fields make no object. */
export function readState(from: ListCursor, name: string): DeliveryState | undefined {
  const bare = from.bareComposite();
  if (bare === 0x24) return ACCEPTED;
  if (bare === 0x26) return RELEASED;
  if (bare === 0x25) return { kind: 'rejected' };
  if (bare === 0x27) return { kind: 'modified' };
  if (bare !== -1) throw decodeError(`${name}.state is described by ${bare}, no delivery state`);
  const value = from.value();
  if (value === undefined) return undefined;
  const state = deliveryState.read(value);
  if (state === undefined) {
    throw decodeError(`${name}.state must be ${deliveryState.expected}, got ${value.type}`);
  }
  return state as DeliveryState;
}

/** Bytes that {@link writeDisposition} needs at most. */
export const DISPOSITION_BYTES_MAX = 32;

/** Writes a whole disposition frame with accepted, released or no state; returns its end. */
export function writeDisposition(
  buffer: Buffer,
  at: number,
  channel: number,
  role: Role,
  first: number,
  last: number,
  settled: boolean,
  state: { readonly kind: 'accepted' | 'released' } | undefined,
): number {
  const body = beginFrame(buffer, at, channel);
  buffer[body] = 0;
  buffer[body + 1] = 0x53;
  buffer[body + 2] = 0x15;
  buffer[body + 3] = 0xc0;
  let next = body + 6;
  buffer[next++] = role === 'receiver' ? 0x41 : 0x42;
  next = writeUint(buffer, next, first);
  next = writeUint(buffer, next, last);
  buffer[next++] = settled ? 0x41 : 0x42;
  if (state !== undefined) {
    buffer[next] = 0;
    buffer[next + 1] = 0x53;
    buffer[next + 2] = state.kind === 'accepted' ? 0x24 : 0x26;
    buffer[next + 3] = 0x45;
    next += 4;
  }
  buffer[body + 4] = next - body - 5;
  buffer[body + 5] = state === undefined ? 4 : 5;
  sealFrame(buffer, at, next);
  return next;
}

/** Writes a whole disposition frame with any state, in a buffer of its own. */
export function encodeDisposition(
  channel: number,
  role: Role,
  first: number,
  last: number,
  settled: boolean,
  state: DeliveryState,
): Buffer {
  const encoder = new Encoder();
  const head = Buffer.alloc(8);
  encoder.raw(head.subarray(0, beginFrame(head, 0, channel)));
  encoder.write(
    described(0x15, {
      type: 'list',
      value: [
        role === 'receiver' ? TRUE : FALSE,
        uint(first),
        uint(last),
        settled ? TRUE : FALSE,
        deliveryState.write(state),
      ],
    }),
  );
  const frame = Buffer.from(encoder.bytes());
  sealFrame(frame, 0, frame.length);
  return frame;
}
