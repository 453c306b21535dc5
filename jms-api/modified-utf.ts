// Java's modified UTF-8, of `writeUTF` and `readUTF`: a length of two bytes, then each UTF-16 unit
// by itself in one to three bytes, zero in two. [JMS 3.11, java.io.DataInput]

import { MessageFormatException } from './errors.ts';

const LENGTH_MAX = 0xffff;

/** Writes a text, its length before it. */
export function encodeModifiedUtf(text: string): Uint8Array {
  let length = 0;
  for (let at = 0; at < text.length; at++) length += unitLength(text.charCodeAt(at));
  if (length > LENGTH_MAX) {
    throw new MessageFormatException(`writeUTF takes ${LENGTH_MAX} bytes at most, got ${length}`);
  }
  const bytes = new Uint8Array(2 + length);
  bytes[0] = length >> 8;
  bytes[1] = length & 0xff;
  let to = 2;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    const size = unitLength(unit);
    if (size === 1) bytes[to++] = unit;
    else {
      if (size === 3) bytes[to++] = 0xe0 | (unit >> 12);
      bytes[to++] = size === 3 ? 0x80 | ((unit >> 6) & 0x3f) : 0xc0 | (unit >> 6);
      bytes[to++] = 0x80 | (unit & 0x3f);
    }
  }
  return bytes;
}

/** Reads a text, of bytes without the length before them. */
export function decodeModifiedUtf(bytes: Uint8Array): string {
  const units: string[] = [];
  let at = 0;
  const trail = (): number => {
    const byte = bytes[at++] ?? 0;
    if ((byte & 0xc0) === 0x80) return byte & 0x3f;
    throw new MessageFormatException(`malformed UTF at byte ${at - 1}`);
  };
  while (at < bytes.length) {
    const lead = bytes[at++] ?? 0;
    if (lead < 0x80) units.push(String.fromCharCode(lead));
    else if (lead >> 5 === 0b110) units.push(String.fromCharCode(((lead & 0x1f) << 6) | trail()));
    else if (lead >> 4 === 0b1110) {
      const high = (lead & 0x0f) << 12;
      units.push(String.fromCharCode(high | (trail() << 6) | trail()));
    } else throw new MessageFormatException(`malformed UTF at byte ${at - 1}`);
  }
  return units.join('');
}

function unitLength(unit: number): 1 | 2 | 3 {
  if (unit >= 1 && unit < 0x80) return 1;
  return unit < 0x800 ? 2 : 3;
}
