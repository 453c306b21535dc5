// Numbers as Java counts with them: promotion to the wider of two types, ints and longs that wrap,
// floats that round. Ints are JavaScript numbers and longs are bigints, so that the common case
// costs nothing and the other one is exact. [JMS 3.8.1.1, JLS 4.2, 5.6.2]
//
// NULL in makes NULL out: `undefined` stands for it everywhere in this folder. [JMS 3.8.1.2]

import type { TypedValue } from '../view.ts';
import type { ArithmeticOperator } from './expression.ts';

/** A value of one of the six numeric types. */
export type Numeric = Extract<
  TypedValue,
  { type: 'byte' | 'short' | 'int' | 'long' | 'float' | 'double' }
>;

/** How two values stand to each other, as one bit; a comparison is a set of accepted bits. */
export const Relation = {
  /** Values of types that do not compare. No set has it. */
  unlike: 0,
  less: 1,
  equal: 2,
  greater: 4,
  /** One of them is not a number. */
  unordered: 8,
  /** Two strings or two booleans, which only know = and <>. */
  same: 16,
  different: 32,
} as const;

export function isNumeric(value: TypedValue): value is Numeric {
  switch (value.type) {
    case 'int':
    case 'long':
    case 'double':
    case 'float':
    case 'short':
    case 'byte':
      return true;
    default:
      return false;
  }
}

/** Compares two numbers after promoting the narrower one. */
export function relateNumbers(left: Numeric, right: Numeric): number {
  if (left.type === 'double' || right.type === 'double') {
    return order(Number(left.value), Number(right.value));
  }
  if (left.type === 'float' || right.type === 'float') return order(toFloat(left), toFloat(right));
  return orderExact(left.value, right.value);
}

/** Orders two numbers of the same kind. */
export function order(left: number, right: number): number {
  if (left < right) return Relation.less;
  if (left > right) return Relation.greater;
  return left === right ? Relation.equal : Relation.unordered;
}

/** Orders two exact numbers; JavaScript compares a number with a bigint by value. */
export function orderExact(left: number | bigint, right: number | bigint): number {
  if (left < right) return Relation.less;
  return left > right ? Relation.greater : Relation.equal;
}

/** Turns the sign around; the smallest int and long stay what they are. */
export function negate(value: TypedValue): Numeric | undefined {
  switch (value.type) {
    case 'byte':
    case 'short':
    case 'int':
      return { type: 'int', value: -value.value | 0 };
    case 'long':
      return { type: 'long', value: BigInt.asIntN(64, -value.value) };
    case 'float':
    case 'double':
      return { type: value.type, value: -value.value };
    default:
      return undefined;
  }
}

/** Calculates; an exact division by zero is NULL, since Java would throw. */
export function calculate(
  operator: ArithmeticOperator,
  left: Numeric,
  right: Numeric,
): Numeric | undefined {
  if (left.type === 'double' || right.type === 'double') {
    const value = calculateDouble(operator, Number(left.value), Number(right.value));
    return { type: 'double', value };
  }
  if (left.type === 'float' || right.type === 'float') {
    const value = calculateDouble(operator, toFloat(left), toFloat(right));
    // Rounding twice is rounding once here: a double has more than twice a float's digits.
    return { type: 'float', value: Math.fround(value) };
  }
  if (left.type === 'long' || right.type === 'long') {
    return calculateLong(operator, BigInt(left.value), BigInt(right.value));
  }
  return calculateInt(operator, left.value, right.value);
}

function calculateInt(
  operator: ArithmeticOperator,
  left: number,
  right: number,
): Numeric | undefined {
  switch (operator) {
    case '+':
      return { type: 'int', value: (left + right) | 0 };
    case '-':
      return { type: 'int', value: (left - right) | 0 };
    case '*':
      return { type: 'int', value: Math.imul(left, right) };
    case '/':
      return right === 0 ? undefined : { type: 'int', value: (left / right) | 0 };
  }
}

function calculateLong(
  operator: ArithmeticOperator,
  left: bigint,
  right: bigint,
): Numeric | undefined {
  switch (operator) {
    case '+':
      return { type: 'long', value: BigInt.asIntN(64, left + right) };
    case '-':
      return { type: 'long', value: BigInt.asIntN(64, left - right) };
    case '*':
      return { type: 'long', value: BigInt.asIntN(64, left * right) };
    case '/':
      return right === 0n ? undefined : { type: 'long', value: BigInt.asIntN(64, left / right) };
  }
}

function calculateDouble(operator: ArithmeticOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
  }
}

/** Promotes to float, as `(float) value`. */
export function toFloat(value: Numeric): number {
  return value.type === 'long' ? longToFloat(value.value) : Math.fround(value.value);
}

/** The bits of a long that a double cannot hold, at most. */
const ROUNDED_BITS = 11n;

/** Rounds once: going by way of a double would round twice, and be one off for some. */
function longToFloat(value: bigint): number {
  const near = Number(value);
  if (Number.isSafeInteger(near)) return Math.fround(near);
  // What is cut off below leaves a trace in the lowest bit kept, so that a tie is seen as none.
  const kept = (value >> ROUNDED_BITS) << ROUNDED_BITS;
  return Math.fround(Number(kept === value ? kept : kept | (1n << ROUNDED_BITS)));
}
