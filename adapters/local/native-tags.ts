// The numbers of the native format that its writer and its reader share. They are on disk one day:
// new ones are added at the end.

import type { AddressKind, TypedValue } from '#broker';

/** By index: the kinds of destinations. */
export const ADDRESS_KINDS: readonly AddressKind[] = [
  'queue',
  'topic',
  'temporary-queue',
  'temporary-topic',
];

/** By index: the types of values. */
export const VALUE_TAGS: readonly TypedValue['type'][] = [
  'null',
  'boolean',
  'byte',
  'short',
  'int',
  'long',
  'float',
  'double',
  'string',
  'char',
  'bytes',
];

/** How the bytes of a text are to be read. */
export const TextEncoding = { ascii: 0, utf8: 1, utf16: 2 } as const;

/** Bytes that are not a message in the native format. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError';
}
