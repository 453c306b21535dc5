// How header names and values are spelled: the three versions differ in what they escape.
//
//              \\  \n  \c  \r     white space around a value
//     1.0      no escapes         is not part of it
//     1.1      ✓   ✓   ✓   –      is part of it
//     1.2      ✓   ✓   ✓   ✓      is part of it           [STOMP 1.2 Value Encoding]
//
// CONNECT and CONNECTED are spelled as in 1.0 in every version.

import { malformed } from './errors.ts';

/** A version of STOMP that we speak. */
export type Version = '1.0' | '1.1' | '1.2';

const MEANING: Readonly<Record<string, string>> = { '\\': '\\', n: '\n', c: ':', r: '\r' };

/**
 * Reads a name or value as a client of this version wrote it.
 *
 * @throws {StompError} for an escape that the version does not have, as the law demands
 */
export function readSpelling(text: string, version: Version): string {
  if (version === '1.0') return text.trim();
  if (!text.includes('\\')) return text;
  return text.replace(/\\([\s\S]?)/g, (spelled, letter: string) => {
    const meaning = MEANING[letter];
    if (meaning === undefined || (letter === 'r' && version === '1.1')) {
      throw malformed(`header escape '${spelled}' does not exist in STOMP ${version}`);
    }
    return meaning;
  });
}

/** Writes a name or value for a client of this version. */
export function writeSpelling(value: string, version: Version): string {
  // No version has a word for NUL, and clients take one for the end of the frame.
  const text = value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;
  // What 1.0 cannot say is kept readable; it must not break the line.
  if (version === '1.0') return text.replace(/\n/g, '\\n').replace(/\r/g, '\\r');
  if (!/[\\\n\r:]/.test(text)) return text;
  const escaped = text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/:/g, '\\c');
  return version === '1.1' ? escaped : escaped.replace(/\r/g, '\\r');
}
