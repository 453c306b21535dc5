// The tree of a selector, and its one spelling as text. The parser makes trees that are already in
// order: AND and OR are flat lists, a sign before a number is part of the number, parentheses are
// gone. So `parseExpression(formatExpression(tree))` gives the same tree again.

import type { TypedValue } from '../view.ts';

/** A value that a selector can write down. [JMS 3.8.1.1] */
export type LiteralValue =
  | Extract<TypedValue, { type: 'boolean' | 'long' | 'string' }>
  | { readonly type: 'int' | 'float' | 'double'; readonly value: number };

export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>=';
export type ArithmeticOperator = '+' | '-' | '*' | '/';

/** One node of the tree. `name` is a property or one of the headers that may be named. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: LiteralValue }
  | { readonly kind: 'identifier'; readonly name: string }
  | { readonly kind: 'not'; readonly operand: Expression }
  /** Two or more, none of them of the same kind. */
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Expression[] }
  | {
      readonly kind: 'comparison';
      readonly operator: ComparisonOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'sign'; readonly operator: '+' | '-'; readonly operand: Expression }
  | {
      readonly kind: 'arithmetic';
      readonly operator: ArithmeticOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'between';
      readonly negated: boolean;
      readonly subject: Expression;
      readonly low: Expression;
      readonly high: Expression;
    }
  | {
      readonly kind: 'in';
      readonly negated: boolean;
      readonly name: string;
      readonly values: readonly string[];
    }
  | {
      readonly kind: 'like';
      readonly negated: boolean;
      readonly name: string;
      readonly pattern: string;
      /** One character, as a string; absent: no escape. */
      readonly escapedBy: string | undefined;
    }
  | { readonly kind: 'null'; readonly negated: boolean; readonly name: string };

/**
 * How tightly each operator binds, loosest first. The parser climbs these levels and the printer
 * sets parentheses by them. [JMS 3.8.1.1]
 */
export const Level = {
  or: 1,
  and: 2,
  not: 3,
  comparison: 4,
  addition: 5,
  multiplication: 6,
  sign: 7,
  operand: 8,
} as const;

export type Level = (typeof Level)[keyof typeof Level];

/** Writes a tree as text, with no more parentheses than it needs. */
export function formatExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'literal':
      return formatLiteral(expression.value);
    case 'identifier':
      return expression.name;
    case 'not':
      return `NOT ${within(expression.operand, Level.not)}`;
    case 'and':
      return expression.operands.map((each) => within(each, Level.not)).join(' AND ');
    case 'or':
      return expression.operands.map((each) => within(each, Level.and)).join(' OR ');
    case 'comparison':
    case 'arithmetic': {
      const level = levelOf(expression);
      // Left to right: only the right side of equals needs parentheses.
      const left = within(expression.left, level);
      return `${left} ${expression.operator} ${within(expression.right, next(level))}`;
    }
    case 'sign':
      return `${expression.operator} ${within(expression.operand, Level.sign)}`;
    default:
      return formatTest(expression);
  }
}

type Test = Extract<Expression, { kind: 'between' | 'in' | 'like' | 'null' }>;

function formatTest(test: Test): string {
  const not = test.negated ? 'NOT ' : '';
  switch (test.kind) {
    case 'between': {
      const subject = within(test.subject, Level.comparison);
      const [low, high] = [test.low, test.high].map((bound) => within(bound, Level.addition));
      return `${subject} ${not}BETWEEN ${low} AND ${high}`;
    }
    case 'in':
      return `${test.name} ${not}IN (${test.values.map(quote).join(', ')})`;
    case 'like': {
      const suffix = test.escapedBy === undefined ? '' : ` ESCAPE ${quote(test.escapedBy)}`;
      return `${test.name} ${not}LIKE ${quote(test.pattern)}${suffix}`;
    }
    case 'null':
      return `${test.name} IS ${not}NULL`;
  }
}

function levelOf(expression: Expression): Level {
  switch (expression.kind) {
    case 'literal':
    case 'identifier':
      return Level.operand;
    case 'sign':
      return Level.sign;
    case 'arithmetic':
      return expression.operator === '+' || expression.operator === '-'
        ? Level.addition
        : Level.multiplication;
    case 'not':
      return Level.not;
    case 'and':
      return Level.and;
    case 'or':
      return Level.or;
    default:
      return Level.comparison;
  }
}

/** The level that binds tighter by one. */
export function next(level: Level): Level {
  return (level + 1) as Level;
}

function within(expression: Expression, level: Level): string {
  const text = formatExpression(expression);
  return levelOf(expression) < level ? `(${text})` : text;
}

function formatLiteral(literal: LiteralValue): string {
  switch (literal.type) {
    case 'string':
      return quote(literal.value);
    case 'boolean':
      return literal.value ? 'TRUE' : 'FALSE';
    case 'int':
      return String(literal.value);
    case 'long':
      return `${literal.value}L`;
    case 'float':
      return `${formatApproximate(literal.value)}f`;
    case 'double':
      return `${formatApproximate(literal.value)}d`;
  }
}

function formatApproximate(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
