// How two values compare: only like types do, exact and approximate numbers count as like, and
// strings and booleans know no order. A value compared over and over with the same constant gets a
// comparison made for that constant. [JMS 3.8.1.1]

import type { TypedValue } from '../view.ts';
import type { ComparisonOperator, LiteralValue } from './expression.ts';
import {
  isNumeric,
  type Numeric,
  order,
  orderExact,
  Relation,
  relateNumbers,
  toFloat,
} from './number.ts';
import { valueLike } from './text-value.ts';

/** Tells how a value stands to a constant, as a bit of {@link Relation}. */
export type RelateToConstant = (value: TypedValue) => number;

/** The relations that make a comparison true. None has `unlike`: such a comparison is false. */
export const ACCEPTED: Readonly<Record<ComparisonOperator, number>> = {
  '=': Relation.equal | Relation.same,
  '<>': Relation.less | Relation.greater | Relation.unordered | Relation.different,
  '<': Relation.less,
  '<=': Relation.less | Relation.equal,
  '>': Relation.greater,
  '>=': Relation.greater | Relation.equal,
};

/** The operator that says the same with its sides exchanged. */
export const MIRRORED: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  '=': '=',
  '<>': '<>',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** Compares any two values. */
export function relate(left: TypedValue, right: TypedValue): number {
  if (isNumeric(left)) return isNumeric(right) ? relateNumbers(left, right) : Relation.unlike;
  if (left.type !== right.type) return Relation.unlike;
  if (left.type !== 'string' && left.type !== 'boolean') return Relation.unlike;
  return left.value === right.value ? Relation.same : Relation.different;
}

/** Compares any two values; a string that meets a number or a boolean is read as one first. */
export function relateConverting(left: TypedValue, right: TypedValue): number {
  if (left.type === right.type) return relate(left, right);
  if (left.type === 'string') {
    const value = valueLike(left.value, right);
    return value === undefined ? Relation.unlike : relate(value, right);
  }
  if (right.type === 'string') {
    const value = valueLike(right.value, left);
    return value === undefined ? Relation.unlike : relate(left, value);
  }
  return relate(left, right);
}

/** Makes the comparison with a constant. Hot: allocates nothing, promotes the constant once. */
export function relateTo(constant: LiteralValue): RelateToConstant {
  if (constant.type === 'string') {
    const text = constant.value;
    return (value) => {
      if (value.type !== 'string') return Relation.unlike;
      return value.value === text ? Relation.same : Relation.different;
    };
  }
  if (constant.type === 'boolean') {
    const truth = constant.value;
    return (value) => {
      if (value.type !== 'boolean') return Relation.unlike;
      return value.value === truth ? Relation.same : Relation.different;
    };
  }
  return constant.type === 'int' || constant.type === 'long'
    ? relateToExact(constant)
    : relateToApproximate(constant);
}

function relateToExact(constant: Numeric): RelateToConstant {
  // A long that is no safe integer rounds, but stays on its side of every int.
  const near = Number(constant.value);
  const float = toFloat(constant);
  const exact = BigInt(constant.value);
  return (value) => {
    switch (value.type) {
      case 'int':
      case 'short':
      case 'byte':
      case 'double':
        return order(value.value, near);
      case 'long':
        return orderExact(value.value, exact);
      case 'float':
        return order(value.value, float);
      default:
        return Relation.unlike;
    }
  };
}

function relateToApproximate(constant: Numeric): RelateToConstant {
  const near = Number(constant.value);
  const float = constant.type === 'float';
  return (value) => {
    switch (value.type) {
      case 'double':
      case 'float':
        return order(value.value, near);
      case 'int':
      case 'short':
      case 'byte':
      case 'long':
        return order(float ? toFloat(value) : Number(value.value), near);
      default:
        return Relation.unlike;
    }
  };
}
