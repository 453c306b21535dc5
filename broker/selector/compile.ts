// From tree to closures, once for each selector: a condition is a function from a message to one of
// three truths. What is known beforehand is done here and not for each message.
//
// NULL makes a comparison unknown; values of unlike types make it false, and its NOT true, which is
// what the specification says word by word. A string in arithmetic has no number and counts as
// NULL. [JMS 3.8.1.1, 3.8.1.2]

import type { TypedValue } from '../view.ts';
import type { ComparisonOperator, Expression, LiteralValue } from './expression.ts';
import { compileLike } from './like.ts';
import { calculate, isNumeric, type Numeric, negate } from './number.ts';
import { ACCEPTED, MIRRORED, relate, relateConverting, relateTo } from './relation.ts';
import { type Reader, readerOf, type Selectable, textHeader } from './selectable.ts';
import { booleanOf, numberOf } from './text-value.ts';

/** The three truths. [JMS 3.8.1.2] */
export const Truth = { false: 0, true: 1, unknown: 2 } as const;

export type Truth = (typeof Truth)[keyof typeof Truth];

export type Condition = (message: Selectable) => Truth;

type Of<Kind extends Expression['kind']> = Extract<Expression, { kind: Kind }>;

/** Longer lists of IN are looked up, shorter ones are gone through. */
const IN_LIST_SCANNED_MAX = 8;

const TRUE: TypedValue = { type: 'boolean', value: true };
const FALSE: TypedValue = { type: 'boolean', value: false };

/** A message without anything, to work constants out on. */
const NOTHING: Selectable = { persistent: false, priority: 0, properties: new Map() };

/**
 * Compiles a tree that the parser made.
 *
 * @param converting - strings are read as numbers and booleans where they meet such
 */
export function compileCondition(expression: Expression, converting: boolean): Condition {
  return new Compiler(converting).condition(expression);
}

class Compiler {
  readonly #converting: boolean;
  readonly #relate: (left: TypedValue, right: TypedValue) => number;

  constructor(converting: boolean) {
    this.#converting = converting;
    this.#relate = converting ? relateConverting : relate;
  }

  condition(expression: Expression): Condition {
    switch (expression.kind) {
      case 'not':
        return not(this.condition(expression.operand));
      case 'and':
        return and(expression.operands.map((operand) => this.condition(operand)));
      case 'or':
        return or(expression.operands.map((operand) => this.condition(operand)));
      case 'comparison':
        return this.#comparison(expression.left, expression.operator, expression.right);
      case 'between':
        return this.#between(expression);
      case 'in':
        return negatedIf(expression.negated, this.#in(expression));
      case 'like':
        return negatedIf(expression.negated, like(expression));
      case 'null': {
        const read = readerOf(expression.name);
        const { negated } = expression;
        return (message) => truthOf((read(message) === undefined) !== negated);
      }
      default:
        return this.#boolean(this.#value(expression));
    }
  }

  /** A value where a condition is asked for: what is neither true nor NULL is false. */
  #boolean(read: Reader): Condition {
    const converting = this.#converting;
    return (message) => {
      const value = read(message);
      if (value === undefined) return Truth.unknown;
      if (value.type === 'boolean') return truthOf(value.value);
      return truthOf(converting && value.type === 'string' && booleanOf(value.value) === true);
    };
  }

  #value(expression: Expression): Reader {
    switch (expression.kind) {
      case 'literal': {
        const { value } = expression;
        return () => value;
      }
      case 'identifier':
        return readerOf(expression.name);
      case 'sign':
      case 'arithmetic': {
        const read = expression.kind === 'sign' ? this.#sign(expression) : this.#sum(expression);
        if (!isConstant(expression)) return read;
        const value = read(NOTHING);
        return () => value;
      }
      default: {
        const condition = this.condition(expression);
        return (message) => {
          const truth = condition(message);
          if (truth === Truth.unknown) return undefined;
          return truth === Truth.true ? TRUE : FALSE;
        };
      }
    }
  }

  #sign(expression: Of<'sign'>): Reader {
    const read = this.#number(expression.operand);
    if (expression.operator === '+') return read;
    return (message) => {
      const value = read(message);
      return value === undefined ? undefined : negate(value);
    };
  }

  #sum(expression: Of<'arithmetic'>): Reader {
    const left = this.#number(expression.left);
    const right = this.#number(expression.right);
    const { operator } = expression;
    return (message) => {
      const first = left(message);
      if (first === undefined) return undefined;
      const second = right(message);
      return second === undefined ? undefined : calculate(operator, first, second);
    };
  }

  #number(expression: Expression): (message: Selectable) => Numeric | undefined {
    const read = this.#value(expression);
    const converting = this.#converting;
    return (message) => {
      const value = read(message);
      if (value === undefined) return undefined;
      if (isNumeric(value)) return value;
      return converting && value.type === 'string' ? numberOf(value.value) : undefined;
    };
  }

  #comparison(left: Expression, operator: ComparisonOperator, right: Expression): Condition {
    const constant = this.#constant(right);
    if (constant !== undefined) {
      if (this.#constant(left) !== undefined) {
        const truth = this.#compareValues(left, operator, right)(NOTHING);
        return () => truth;
      }
      return this.#compareConstant(left, operator, constant);
    }
    const mirrored = this.#constant(left);
    if (mirrored !== undefined) return this.#compareConstant(right, MIRRORED[operator], mirrored);
    return this.#compareValues(left, operator, right);
  }

  #compareValues(left: Expression, operator: ComparisonOperator, right: Expression): Condition {
    const first = this.#value(left);
    const second = this.#value(right);
    const accepted = ACCEPTED[operator];
    const related = this.#relate;
    return (message) => {
      const leftValue = first(message);
      if (leftValue === undefined) return Truth.unknown;
      const rightValue = second(message);
      if (rightValue === undefined) return Truth.unknown;
      return truthOf((related(leftValue, rightValue) & accepted) !== 0);
    };
  }

  /** Hot: the comparison that most selectors are made of. */
  #compareConstant(
    variable: Expression,
    operator: ComparisonOperator,
    constant: LiteralValue,
  ): Condition {
    const accepted = ACCEPTED[operator];
    if (variable.kind === 'identifier' && constant.type === 'string') {
      const header = textHeader(variable.name);
      if (header !== undefined) return compareText(header, operator, constant.value);
    }
    const read = this.#value(variable);
    const related = relateTo(constant);
    const converted = this.#relate;
    const converting = this.#converting;
    return (message) => {
      const value = read(message);
      if (value === undefined) return Truth.unknown;
      const convert = converting && value.type !== constant.type;
      const bits = convert ? converted(value, constant) : related(value);
      return truthOf((bits & accepted) !== 0);
    };
  }

  /** The value of a constant expression; undefined if it is none, or NULL. */
  #constant(expression: Expression): LiteralValue | undefined {
    if (!isConstant(expression)) return undefined;
    return this.#value(expression)(NOTHING) as LiteralValue | undefined;
  }

  /** By the equivalents that the specification gives, so that unlike types are false in both. */
  #between({ subject, low, high, negated }: Of<'between'>): Condition {
    if (negated) {
      return or([this.#comparison(subject, '<', low), this.#comparison(subject, '>', high)]);
    }
    return and([this.#comparison(subject, '>=', low), this.#comparison(subject, '<=', high)]);
  }

  #in({ name, values }: Of<'in'>): Condition {
    const read = readerOf(name);
    const set = values.length > IN_LIST_SCANNED_MAX ? new Set(values) : undefined;
    const converted = values.map((value): TypedValue => ({ type: 'string', value }));
    const converting = this.#converting;
    return (message) => {
      const value = read(message);
      if (value === undefined) return Truth.unknown;
      if (value.type === 'string') {
        return truthOf(set === undefined ? values.includes(value.value) : set.has(value.value));
      }
      if (!converting) return Truth.false;
      return truthOf(
        converted.some((each) => (relateConverting(value, each) & ACCEPTED['=']) !== 0),
      );
    };
  }
}

/** Known without a message. Arithmetic only: that is where people write `60 * 60 * 1000`. */
function isConstant(expression: Expression): boolean {
  switch (expression.kind) {
    case 'literal':
      return true;
    case 'sign':
      return isConstant(expression.operand);
    case 'arithmetic':
      return isConstant(expression.left) && isConstant(expression.right);
    default:
      return false;
  }
}

function truthOf(value: boolean): Truth {
  return value ? Truth.true : Truth.false;
}

function compareText(
  read: (message: Selectable) => string | undefined,
  operator: ComparisonOperator,
  text: string,
): Condition {
  const wanted = operator === '=';
  return (message) => {
    const value = read(message);
    return value === undefined ? Truth.unknown : truthOf((value === text) === wanted);
  };
}

function like({ name, pattern, escapedBy }: Of<'like'>): Condition {
  const read = readerOf(name);
  const matches = compileLike(pattern, escapedBy);
  return (message) => {
    const value = read(message);
    if (value === undefined) return Truth.unknown;
    return truthOf(value.type === 'string' && matches(value.value));
  };
}

function negatedIf(negated: boolean, condition: Condition): Condition {
  return negated ? not(condition) : condition;
}

function not(condition: Condition): Condition {
  return (message) => {
    const truth = condition(message);
    if (truth === Truth.unknown) return truth;
    return truth === Truth.true ? Truth.false : Truth.true;
  };
}

function and(conditions: readonly Condition[]): Condition {
  const [first, second] = conditions;
  if (conditions.length === 2 && first !== undefined && second !== undefined) {
    return (message) => {
      const left = first(message);
      if (left === Truth.false) return left;
      const right = second(message);
      return right === Truth.false ? right : left === Truth.unknown ? left : right;
    };
  }
  return (message) => {
    let result: Truth = Truth.true;
    for (const condition of conditions) {
      const truth = condition(message);
      if (truth === Truth.false) return truth;
      if (truth === Truth.unknown) result = truth;
    }
    return result;
  };
}

function or(conditions: readonly Condition[]): Condition {
  return (message) => {
    let result: Truth = Truth.false;
    for (const condition of conditions) {
      const truth = condition(message);
      if (truth === Truth.true) return truth;
      if (truth === Truth.unknown) result = truth;
    }
    return result;
  };
}
