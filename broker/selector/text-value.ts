// What the text of a property means as a number or a boolean, for peers that can only send text.
// Used only where a selector was made with `convertStrings`: JMS itself never converts a string in
// a selector. [JMS 3.8.1.1] Readings longer than any number are refused unread.

import type { TypedValue } from '../view.ts';
import type { Numeric } from './number.ts';

/** Longer texts are not numbers anybody wrote: reading them would be work for nothing. */
const NUMBER_LENGTH_MAX = 64;
/** No more decimal digits fit a long, sign included. */
const LONG_LENGTH_MAX = 20;

const EXACT = /^[+-]?\d+$/;
const APPROXIMATE = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Reads a whole text as a decimal number; undefined if it is none. */
export function numberOf(text: string): Numeric | undefined {
  if (text.length === 0 || text.length > NUMBER_LENGTH_MAX) return undefined;
  if (EXACT.test(text) && text.length <= LONG_LENGTH_MAX) {
    const near = Number(text);
    if (near === (near | 0)) return { type: 'int', value: near | 0 };
    const value = BigInt(text[0] === '+' ? text.slice(1) : text);
    if (value === BigInt.asIntN(64, value)) return { type: 'long', value };
  }
  return APPROXIMATE.test(text) ? { type: 'double', value: Number(text) } : undefined;
}

/** Reads `true` or `false`, in any case; undefined if it is neither. */
export function booleanOf(text: string): boolean | undefined {
  if (text.length > 'false'.length) return undefined;
  const lower = text.toLowerCase();
  if (lower === 'true') return true;
  return lower === 'false' ? false : undefined;
}

/** Reads a text as a value like `other`; undefined if it cannot be. */
export function valueLike(text: string, other: TypedValue): TypedValue | undefined {
  if (other.type !== 'boolean') return numberOf(text);
  const value = booleanOf(text);
  return value === undefined ? undefined : { type: 'boolean', value };
}
