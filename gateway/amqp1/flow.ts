// The flow performative: windows of a session and credit of a link. Read into a reusable object and
// written from one. [AMQP 2.7.4]

import { fields } from './composite.ts';
import { decodeError } from './errors.ts';
import { beginFrame, sealFrame, writeUint } from './frame.ts';
import { ListCursor, skipDescriptor } from './list-cursor.ts';
import type { Fields } from './types.ts';

/** The fields of a flow. Numbers are -1 when absent; `handle` -1 means the session only. */
export class FlowFields {
  nextIncomingId = -1;
  incomingWindow = 0;
  nextOutgoingId = 0;
  outgoingWindow = 0;
  handle = -1;
  deliveryCount = -1;
  linkCredit = -1;
  available = -1;
  drain = false;
  echo = false;
  properties: Fields | undefined = undefined;
}

const FIELDS = 11;
const cursor = new ListCursor();

/**
 * Reads a flow into `into`.
 *
 * @throws {ProtocolError} `amqp:decode-error`
 */
export function readFlow(buffer: Buffer, start: number, end: number, into: FlowFields): void {
  cursor.open(buffer, skipDescriptor(buffer, start, end), end, 'flow', FIELDS);
  into.nextIncomingId = cursor.uint();
  into.incomingWindow = cursor.mandatoryUint('incoming-window');
  into.nextOutgoingId = cursor.mandatoryUint('next-outgoing-id');
  into.outgoingWindow = cursor.mandatoryUint('outgoing-window');
  into.handle = cursor.uint();
  into.deliveryCount = cursor.uint();
  into.linkCredit = cursor.uint();
  into.available = cursor.uint();
  into.drain = cursor.boolean();
  into.echo = cursor.boolean();
  const properties = cursor.value();
  into.properties = undefined;
  if (properties !== undefined) {
    into.properties = fields.read(properties) as Fields | undefined;
    if (into.properties === undefined) {
      throw decodeError(`flow.properties must be ${fields.expected}, got ${properties.type}`);
    }
  }
  cursor.close();
  if (cursor.end !== end) {
    throw decodeError(`flow ends ${end - cursor.end} bytes before its frame does`);
  }
}

/** Bytes that {@link writeFlow} needs at most. */
export const FLOW_BYTES_MAX = 64;

/** Writes a whole flow frame and returns its end; properties are not sent. */
export function writeFlow(buffer: Buffer, at: number, channel: number, flow: FlowFields): number {
  const body = beginFrame(buffer, at, channel);
  buffer[body] = 0;
  buffer[body + 1] = 0x53;
  buffer[body + 2] = 0x13;
  buffer[body + 3] = 0xc0;
  let next = writeMaybeUint(buffer, body + 6, flow.nextIncomingId);
  next = writeUint(buffer, next, flow.incomingWindow);
  next = writeUint(buffer, next, flow.nextOutgoingId);
  next = writeUint(buffer, next, flow.outgoingWindow);
  next = writeMaybeUint(buffer, next, flow.handle);
  next = writeMaybeUint(buffer, next, flow.deliveryCount);
  next = writeMaybeUint(buffer, next, flow.linkCredit);
  next = writeMaybeUint(buffer, next, flow.available);
  // Without a handle the flow is about the session, and says nothing of a link.
  buffer[next++] = flow.handle === -1 ? 0x40 : flow.drain ? 0x41 : 0x42;
  buffer[next++] = flow.echo ? 0x41 : 0x42;
  buffer[body + 4] = next - body - 5;
  buffer[body + 5] = 10;
  sealFrame(buffer, at, next);
  return next;
}

function writeMaybeUint(buffer: Buffer, at: number, value: number): number {
  if (value !== -1) return writeUint(buffer, at, value);
  buffer[at] = 0x40;
  return at + 1;
}
