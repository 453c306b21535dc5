// The flow performative: windows of a session and credit of a link. Read into a reusable object and
// written from one. [AMQP 2.7.4]

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

/**
 * Reads a flow into `into`.
 *
 * @throws {ProtocolError} `amqp:decode-error`
 */
export declare function readFlow(
  buffer: Buffer,
  start: number,
  end: number,
  into: FlowFields,
): void;

/** Bytes that {@link writeFlow} needs at most. */
export const FLOW_BYTES_MAX = 80;

/** Writes a whole flow frame; properties are not sent. */
export declare function writeFlow(
  buffer: Buffer,
  at: number,
  channel: number,
  flow: FlowFields,
): number;
