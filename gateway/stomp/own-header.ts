// Headers of Angelia's own JMS client, which says in them what STOMP has no word for. To other STOMP
// clients they are headers like any; receivers of other protocols see what the sender meant.
//
//     angelia-message-id          the JMSMessageID of the sender
//     angelia-correlation-bytes   a correlation id of bytes, base64
//     angelia-types               {"n":"int"}              the types of properties that are no strings
//     angelia-properties          {"id":["string","x"]}    properties that cannot be headers
//     angelia-body                none, null, map, stream, object: what the body is, if not text or bytes
//     angelia-object-type         the media type of an object
//     angelia-delivery-time       epoch ms
//
// What is not as it should be means nothing: a message that was accepted can always be viewed.

import type { Body, TypedValue } from '#broker';
import { stompLimits } from './limits.ts';

type Lines = ReadonlyMap<string, string>;

/** The beginning of the names of all of them. */
export const OWN = 'angelia-';

/** A value by its type and its text; undefined: there is none such. */
function typed(type: unknown, text: unknown): TypedValue | undefined {
  if (typeof text !== 'string') return undefined;
  switch (type) {
    case 'string':
    case 'char':
      return { type, value: text };
    case 'boolean':
      return { type, value: text === 'true' };
    case 'byte':
    case 'short':
    case 'int': {
      const bits = { byte: 8, short: 16, int: 32 }[type];
      const value = Number(text);
      const fits = Number.isInteger(value) && BigInt.asIntN(bits, BigInt(value)) === BigInt(value);
      return fits ? { type, value } : undefined;
    }
    case 'long':
      return /^-?\d{1,19}$/.test(text)
        ? { type, value: BigInt.asIntN(64, BigInt(text)) }
        : undefined;
    case 'float':
      return { type, value: Math.fround(Number(text)) };
    case 'double':
      return { type, value: Number(text) };
    case 'bytes':
      return { type, value: Buffer.from(text, 'base64') };
    case 'null':
      return { type, value: null };
    default:
      return undefined;
  }
}

function typedPair(pair: unknown): TypedValue | undefined {
  return Array.isArray(pair) ? typed(pair[0], pair[1]) : undefined;
}

/** Gives properties the types that their sender says, and adds those that are no headers. */
export function applyTypes(properties: Map<string, TypedValue>, lines: Lines): void {
  for (const [name, type] of entriesOf(lines.get('angelia-types'))) {
    const value = typed(type, lines.get(name));
    if (value !== undefined && properties.has(name)) properties.set(name, value);
  }
  for (const [name, pair] of entriesOf(lines.get('angelia-properties'))) {
    const value = typedPair(pair);
    if (value !== undefined) properties.set(name, value);
  }
}

/** The body that the sender means; undefined: it is text or bytes, as for anybody. */
export function ownBody(bytes: Buffer, lines: Lines): Body | undefined {
  const kind = lines.get('angelia-body');
  if (kind === 'none') return { kind };
  if (kind === 'null') return { kind: 'text', text: null };
  if (kind === 'object') {
    return { kind, bytes, contentType: lines.get('angelia-object-type') ?? '' };
  }
  if (bytes.length > stompLimits.transformedBytesMax) return undefined;
  if (kind === 'map') {
    const pairs = entriesOf(bytes.toString()).map(([name, one]) => [name, typedPair(one)] as const);
    return pairs.every((pair): pair is readonly [string, TypedValue] => pair[1] !== undefined)
      ? { kind, entries: new Map(pairs) }
      : undefined;
  }
  if (kind === 'stream') {
    const items = valuesOf(bytes.toString()).map(typedPair);
    return items.every((item) => item !== undefined) ? { kind, items } : undefined;
  }
  return undefined;
}

/** The correlation id in bytes, if that is what it is. */
export function correlationBytes(lines: Lines): Uint8Array | undefined {
  const text = lines.get('angelia-correlation-bytes');
  return text === undefined ? undefined : Buffer.from(text, 'base64');
}

function parsed(json: string | undefined): unknown {
  try {
    return JSON.parse(json ?? 'null');
  } catch {
    return null;
  }
}

function entriesOf(json: string | undefined): [string, unknown][] {
  const value = parsed(json);
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function valuesOf(json: string): unknown[] {
  const value = parsed(json);
  return Array.isArray(value) ? value : [null];
}
