// Numbers as texts, the way Java reads and writes them: `Integer.parseInt`, `Double.toString` and
// their kin. JMS defines its conversions between numbers and strings by these. [JMS 3.5.4]

import { NullPointerException, NumberFormatException } from './errors.ts';

/** The integer types that fit a JavaScript number, and their bounds. */
export const integerRange: Readonly<
  Record<'byte' | 'short' | 'int', readonly [min: number, max: number]>
> = {
  byte: [-0x80, 0x7f],
  short: [-0x8000, 0x7fff],
  int: [-0x8000_0000, 0x7fff_ffff],
};

/** The bounds of a Java long. */
export const longRange: readonly [min: bigint, max: bigint] = [-(2n ** 63n), 2n ** 63n - 1n];

const INTEGER = /^[+-]?[0-9]+$/;
const DECIMAL = /^([+-]?)(NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[fFdD]?$/;

/** Reads a text as `Byte.valueOf`, `Short.valueOf` or `Integer.valueOf` do. */
export function parseInteger(text: string | null, type: 'byte' | 'short' | 'int'): number {
  const [min, max] = integerRange[type];
  const value = text !== null && INTEGER.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value === 0 ? 0 : value;
  throw notANumber(text, `a ${type}, ${min} to ${max}`);
}

/** Reads a text as `Long.valueOf` does. */
export function parseLong(text: string | null): bigint {
  const [min, max] = longRange;
  if (text !== null && text.length < 1000 && INTEGER.test(text)) {
    const value = BigInt(text.replace(/^\+/, ''));
    if (value >= min && value <= max) return value;
  }
  throw notANumber(text, `a long, ${min} to ${max}`);
}

/** Reads a text as `Double.valueOf` does; hexadecimal fractions excepted. */
export function parseDouble(text: string | null): number {
  if (text === null) throw new NullPointerException('the value is null, and is read as a number');
  const match = DECIMAL.exec(text.trim());
  if (match?.[2] === undefined) throw notANumber(text, 'a float or double such as 1.5E3');
  return Number(match[2]) * (match[1] === '-' ? -1 : 1);
}

/** Reads a text as `Float.valueOf` does. */
export function parseFloatValue(text: string | null): number {
  return Math.fround(parseDouble(text));
}

/** Writes a double as `Double.toString` does: `1.0`, `1.0E10`, `-Infinity`. */
export function formatDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) return withPoint(String(value));
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  return `${withPoint(digits)}E${Number(exponent)}`;
}

/** Writes a float as `Float.toString` does: the fewest digits that still name this float. */
export function formatFloat(value: number): string {
  if (value === 0) return formatDouble(value);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return formatDouble(short);
  }
  return formatDouble(Number(value.toPrecision(9)));
}

function withPoint(digits: string): string {
  return digits.includes('.') ? digits : `${digits}.0`;
}

function notANumber(text: string | null, expected: string): NumberFormatException {
  const what = text === null ? 'null' : `'${text.slice(0, 40)}'`;
  return new NumberFormatException(`${what} is not ${expected}`);
}
