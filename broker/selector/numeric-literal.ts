// Numbers as Java writes them. Exact ones mean what they mean in Java: `017` is 15, `0xFFFFFFFF` is
// the int -1, `5L` is a long. One difference: where Java would ask for the suffix L because an int
// is too small, the number is a long without it. [JMS 3.8.1.1, JLS 3.10.1, 3.10.2]
//
// Not read: hexadecimal floating-point numbers (`0x1.8p3`), which nobody has been seen to send.
// A literal with the suffix f is rounded to double first and to float then.

import type { LiteralValue } from './expression.ts';

/** A number without a decimal point: its digits, before a sign has had its say. */
export interface ExactDigits {
  readonly magnitude: bigint;
  /** Written to base ten; the others name a pattern of bits, and may come out negative. */
  readonly decimal: boolean;
  readonly suffixed: boolean;
}

/** What was found at a place in the text: a number and where it ends, or why it is none. */
export type NumericLiteral =
  | { readonly end: number; readonly exact: ExactDigits }
  | { readonly end: number; readonly approximate: LiteralValue }
  | { readonly at: number; readonly expected: string };

const BITS = /0[xXbB][0-9a-fA-F_]*/y;
const APPROXIMATE =
  /(?:\d[\d_]*\.(?:\d[\d_]*)?|\.\d[\d_]*|\d[\d_]*(?=[eEfFdD]))(?:[eE][+-]?\d[\d_]*)?([fFdD]?)/y;
const DECIMAL = /\d[\d_]*/y;

/** More digits than any long has, to base two; longer ones are not even looked at. */
const SIGNIFICANT_DIGITS_MAX = 64;
const LONG_BITS = 64;

/** Reads the number at `at`, which must hold a digit, or a dot and a digit. */
export function readNumericLiteral(text: string, at: number): NumericLiteral {
  const bits = scan(BITS, text, at);
  if (bits !== undefined) {
    const base = bits[1] === 'x' || bits[1] === 'X' ? 16 : 2;
    return readExact(text, at, bits, bits.slice(2), base);
  }
  const approximate = scan(APPROXIMATE, text, at);
  if (approximate !== undefined) return readApproximate(at, approximate);
  const digits = scan(DECIMAL, text, at) ?? '';
  const octal = digits.length > 1 && digits.startsWith('0');
  return readExact(text, at, digits, digits, octal ? 8 : 10);
}

/**
 * Gives digits their value and their type.
 *
 * @returns undefined if no long can hold it
 */
export function exactLiteral(digits: ExactDigits, negative: boolean): LiteralValue | undefined {
  const { magnitude, decimal, suffixed } = digits;
  if (decimal) return narrowest(negative ? -magnitude : magnitude, suffixed);
  if (!suffixed && magnitude === BigInt.asUintN(32, magnitude)) {
    const value = Number(BigInt.asIntN(32, magnitude));
    return { type: 'int', value: negative ? -value | 0 : value };
  }
  if (magnitude !== BigInt.asUintN(LONG_BITS, magnitude)) return undefined;
  const value = BigInt.asIntN(LONG_BITS, magnitude);
  return { type: 'long', value: BigInt.asIntN(LONG_BITS, negative ? -value : value) };
}

function narrowest(value: bigint, suffixed: boolean): LiteralValue | undefined {
  if (!suffixed && value === BigInt.asIntN(32, value)) return { type: 'int', value: Number(value) };
  return value === BigInt.asIntN(LONG_BITS, value) ? { type: 'long', value } : undefined;
}

function readExact(
  text: string,
  at: number,
  written: string,
  body: string,
  base: 2 | 8 | 10 | 16,
): NumericLiteral {
  for (let index = 0; index < body.length; index++) {
    const digit = body[index] as string;
    if (digit !== '_' && Number.parseInt(digit, 16) >= base) {
      return { at: at + written.length - body.length + index, expected: DIGITS[base] };
    }
  }
  if (body === '' || body.startsWith('_') || body.endsWith('_')) {
    return { at: at + written.length, expected: DIGITS[base] };
  }
  const digits = body.replaceAll('_', '').replace(/^0+(?=.)/, '');
  // Too long for any long: hand on a number that is just as much too large.
  const magnitude =
    digits.length > SIGNIFICANT_DIGITS_MAX ? 1n << 64n : BigInt(`${PREFIX[base]}${digits}`);
  const end = at + written.length;
  const suffixed = text[end] === 'L' || text[end] === 'l';
  return {
    end: suffixed ? end + 1 : end,
    exact: { magnitude, decimal: base === 10, suffixed },
  };
}

const DIGITS = {
  2: 'a binary digit',
  8: 'an octal digit (a leading 0 means octal)',
  10: 'a digit',
  16: 'a hexadecimal digit',
} as const;

const PREFIX = { 2: '0b', 8: '0o', 10: '', 16: '0x' } as const;

function readApproximate(at: number, written: string): NumericLiteral {
  const stray = written.search(/_(?![\d_])/);
  if (stray >= 0) return { at: at + stray + 1, expected: DIGITS[10] };
  const suffix = /[fFdD]?$/.exec(written)?.[0] ?? '';
  const digits = written.slice(0, written.length - suffix.length).replaceAll('_', '');
  const type = suffix === 'f' || suffix === 'F' ? 'float' : 'double';
  const value = type === 'float' ? Math.fround(Number(digits)) : Number(digits);
  // As in Java: a number that would silently become infinity or zero is a mistake.
  const vanished = value === 0 && /^[^eE]*[1-9]/.test(digits);
  if (!Number.isFinite(value) || vanished) return { at, expected: `a number a ${type} can hold` };
  return { end: at + written.length, approximate: { type, value } };
}

function scan(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
