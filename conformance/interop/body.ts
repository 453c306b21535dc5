/**
 * What a body spec stands for, and how a body is described once it has arrived. Both sides of a
 * comparison go through `describe`, so a sent and a received body are equal when their
 * descriptions are. Knows no protocol.
 */

import { createHash } from 'node:crypto';
import { BODY_BYTES_SHOWN, type BodySpec, type ReceivedBody } from './dialogue.ts';

/** A text or bytes. */
export type PlainBody = Extract<BodySpec, { text: unknown } | { hex: unknown }>;

/** Whether a body is a text or bytes. */
export function isPlain(spec: BodySpec): spec is PlainBody {
  return 'text' in spec || 'hex' in spec;
}

/** Unfolds a spec: a string, or bytes. Maps and the like are the driver's business. */
export function expand(spec: PlainBody): string | Buffer {
  const times = spec.times ?? 1;
  if ('text' in spec) return spec.text.repeat(times);
  return Buffer.from(spec.hex.repeat(times), 'hex');
}

/** Describes a text or bytes as a driver would report it. */
export function describe(body: string | Uint8Array): ReceivedBody {
  const kind = typeof body === 'string' ? 'text' : 'bytes';
  const bytes = Buffer.from(body as string);
  if (bytes.length > BODY_BYTES_SHOWN) {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { kind, length: bytes.length, sha256 };
  }
  if (typeof body === 'string') return { kind: 'text', text: body };
  return { kind: 'bytes', hex: bytes.toString('hex') };
}
