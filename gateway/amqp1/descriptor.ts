// The numbers and names of all described types that AMQP 1.0 defines; a peer may send either.
// [AMQP 2.7, 2.8, 3.2, 3.4, 3.5, 4.5, 5.3]

import { Decoder } from './decoder.ts';
import type { Value } from './types.ts';

/** Descriptor code and symbol of each described type. */
const NAMES: readonly (readonly [number, string])[] = [
  [0x10, 'amqp:open:list'],
  [0x11, 'amqp:begin:list'],
  [0x12, 'amqp:attach:list'],
  [0x13, 'amqp:flow:list'],
  [0x14, 'amqp:transfer:list'],
  [0x15, 'amqp:disposition:list'],
  [0x16, 'amqp:detach:list'],
  [0x17, 'amqp:end:list'],
  [0x18, 'amqp:close:list'],
  [0x1d, 'amqp:error:list'],
  [0x23, 'amqp:received:list'],
  [0x24, 'amqp:accepted:list'],
  [0x25, 'amqp:rejected:list'],
  [0x26, 'amqp:released:list'],
  [0x27, 'amqp:modified:list'],
  [0x28, 'amqp:source:list'],
  [0x29, 'amqp:target:list'],
  [0x2b, 'amqp:delete-on-close:list'],
  [0x2c, 'amqp:delete-on-no-links:list'],
  [0x2d, 'amqp:delete-on-no-messages:list'],
  [0x2e, 'amqp:delete-on-no-links-or-messages:list'],
  [0x30, 'amqp:coordinator:list'],
  [0x31, 'amqp:declare:list'],
  [0x32, 'amqp:discharge:list'],
  [0x33, 'amqp:declared:list'],
  [0x34, 'amqp:transactional-state:list'],
  [0x40, 'amqp:sasl-mechanisms:list'],
  [0x41, 'amqp:sasl-init:list'],
  [0x42, 'amqp:sasl-challenge:list'],
  [0x43, 'amqp:sasl-response:list'],
  [0x44, 'amqp:sasl-outcome:list'],
  [0x70, 'amqp:header:list'],
  [0x71, 'amqp:delivery-annotations:map'],
  [0x72, 'amqp:message-annotations:map'],
  [0x73, 'amqp:properties:list'],
  [0x74, 'amqp:application-properties:map'],
  [0x75, 'amqp:data:binary'],
  [0x76, 'amqp:amqp-sequence:list'],
  [0x77, 'amqp:amqp-value:*'],
  [0x78, 'amqp:footer:map'],
];

const CODE_OF_NAME: ReadonlyMap<string, number> = new Map(
  NAMES.map(([code, name]) => [name, code]),
);
const CODES: ReadonlySet<number> = new Set(NAMES.map(([code]) => code));

/** Tells which type of the specification a descriptor names; -1: none of them. */
export function codeOfDescriptor(descriptor: Value): number {
  if (descriptor.type === 'ulong') {
    const code = Number(descriptor.value);
    return CODES.has(code) ? code : -1;
  }
  if (descriptor.type === 'symbol') return CODE_OF_NAME.get(descriptor.value) ?? -1;
  return -1;
}

/**
 * Reads the code of the described value at `at`; -1 for one that is not of the specification, or no
 * described value at all.
 */
export function readDescriptor(buffer: Buffer, at: number, end: number): number {
  if (at >= end || buffer[at] !== 0) return -1;
  // Hot: nearly all peers send the one-byte form.
  if (at + 2 < end && buffer[at + 1] === 0x53) return buffer[at + 2] ?? -1;
  return codeOfDescriptor(new Decoder(buffer, at + 1, end).read());
}
