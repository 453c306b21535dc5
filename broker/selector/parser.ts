// From text to tree: a Pratt parser over the levels of `expression.ts`. It also checks what can be
// known of types before any message came: a selector is a condition, arithmetic and order are for
// numbers, a header must be one that may be named. [JMS 3.8.1, 3.8.1.1]
//
// Invariant: no call goes deeper than `limits.selectorDepthMax`, and no tree is higher, so neither
// reading, compiling nor evaluating a selector can exhaust the stack.

import { BrokerError } from '../errors.ts';
import { limits } from '../limits.ts';
import {
  type ArithmeticOperator,
  type ComparisonOperator,
  type Expression,
  Level,
  type LiteralValue,
  next,
} from './expression.ts';
import { invalid, Lexer, type Token } from './lexer.ts';
import { negate } from './number.ts';
import { exactLiteral } from './numeric-literal.ts';

/** What an expression is known to yield; a name may hold anything. */
type Yield = 'condition' | 'number' | 'string' | 'anything';

interface Parsed {
  readonly expression: Expression;
  readonly yields: Yield;
  readonly height: number;
  /** The token it starts with, to point at. */
  readonly first: Token;
}

type Word = Extract<Token, { kind: 'symbol' }>;

const HEADERS: ReadonlySet<string> = new Set([
  ...['JMSDeliveryMode', 'JMSPriority', 'JMSMessageID', 'JMSTimestamp', 'JMSCorrelationID'],
  'JMSType',
]);

const INFIX: ReadonlyMap<string, Level> = new Map([
  ['OR', Level.or],
  ['AND', Level.and],
  ...['=', '<>', '<', '<=', '>', '>=', 'NOT', 'BETWEEN', 'IN', 'LIKE', 'IS'].map(
    (symbol): [string, Level] => [symbol, Level.comparison],
  ),
  ['+', Level.addition],
  ['-', Level.addition],
  ['*', Level.multiplication],
  ['/', Level.multiplication],
]);

/**
 * Reads a selector.
 *
 * @throws {BrokerError} `selector-invalid` naming the place, what was expected and what came;
 *   `limit-exceeded` if it is longer or deeper than `limits.ts` allows
 */
export function parseExpression(text: string): Expression {
  if (text.length > limits.selectorLengthMax) {
    throw tooMuch(`${text.length} characters exceed ${limits.selectorLengthMax}`);
  }
  return new Parser(text).parse();
}

class Parser {
  readonly #lexer: Lexer;
  #token: Token;
  #depth = 0;

  constructor(text: string) {
    this.#lexer = new Lexer(text);
    this.#token = this.#lexer.next();
  }

  parse(): Expression {
    const parsed = this.#expression(Level.or);
    if (this.#token.kind !== 'end') throw this.#unexpected('an operator or the end of the text');
    this.#require(parsed, 'condition', 'a condition');
    return parsed.expression;
  }

  /** Reads as far as operators bind at least as tightly as `level`. */
  #expression(level: Level): Parsed {
    if (++this.#depth > limits.selectorDepthMax) throw this.#tooDeep();
    let left = this.#prefix(level);
    for (;;) {
      const token = this.#token;
      if (token.kind !== 'symbol') break;
      const binding = INFIX.get(token.symbol);
      if (binding === undefined || binding < level) break;
      left = this.#infix(left, token, binding);
    }
    this.#depth--;
    return left;
  }

  #prefix(level: Level): Parsed {
    const first = this.#token;
    if (first.kind === 'symbol') {
      if (first.symbol === 'NOT' && level <= Level.not) return this.#not();
      if (first.symbol === '-' || first.symbol === '+') return this.#sign(first.symbol);
      if (first.symbol === '(') return this.#parentheses();
    }
    return this.#operand(false);
  }

  #not(): Parsed {
    const first = this.#take();
    const operand = this.#expression(Level.not);
    this.#require(operand, 'condition', 'a condition after NOT');
    const expression: Expression = { kind: 'not', operand: operand.expression };
    return this.#node(expression, 'condition', first, operand);
  }

  #sign(operator: '+' | '-'): Parsed {
    const first = this.#take();
    // Only right behind its minus may the digits of the smallest long stand. [JLS 3.10.1]
    if (this.#token.kind === 'exact') return { ...this.#operand(operator === '-'), first };
    const operand = this.#expression(Level.sign);
    this.#require(operand, 'number', `a number after ${operator}`);
    const inner = operand.expression;
    if (inner.kind === 'literal') {
      const value = operator === '-' ? (negate(inner.value) as LiteralValue) : inner.value;
      return { ...operand, expression: { kind: 'literal', value }, first };
    }
    const expression: Expression = { kind: 'sign', operator, operand: inner };
    return this.#node(expression, 'number', first, operand);
  }

  #parentheses(): Parsed {
    const first = this.#take();
    const inside = this.#expression(Level.or);
    this.#takeSymbol(')', "an operator or ')'");
    return { ...inside, first };
  }

  #operand(negative: boolean): Parsed {
    const first = this.#token;
    switch (first.kind) {
      case 'identifier':
        return this.#identifier(first);
      case 'string':
        return this.#literal({ type: 'string', value: first.value }, 'string');
      case 'approximate':
        return this.#literal(first.value, 'number');
      case 'exact': {
        const value = exactLiteral(first.exact, negative);
        if (value === undefined) throw this.#unexpected('a number that a long can hold');
        return this.#literal(value, 'number');
      }
      case 'symbol':
        if (first.symbol === 'TRUE' || first.symbol === 'FALSE') {
          return this.#literal({ type: 'boolean', value: first.symbol === 'TRUE' }, 'condition');
        }
        if (first.symbol === 'NULL') throw this.#unexpected('a value (NULL: say IS NULL)');
        if (first.symbol === 'NOT') throw this.#unexpected('a value (NOT: set parentheses)');
    }
    throw this.#unexpected("a name, a literal, a sign, NOT or '('");
  }

  #literal(value: LiteralValue, yields: Yield): Parsed {
    return { expression: { kind: 'literal', value }, yields, height: 1, first: this.#take() };
  }

  #identifier(token: Extract<Token, { kind: 'identifier' }>): Parsed {
    const { name } = token;
    const free = !name.startsWith('JMS') || name.startsWith('JMSX') || name.startsWith('JMS_');
    if (!free && !HEADERS.has(name)) {
      throw this.#unexpected(`a property, or one of the headers ${[...HEADERS].join(', ')}`);
    }
    return {
      expression: { kind: 'identifier', name },
      yields: 'anything',
      height: 1,
      first: this.#take(),
    };
  }

  #infix(left: Parsed, token: Word, level: Level): Parsed {
    this.#take();
    switch (token.symbol) {
      case 'AND':
      case 'OR':
        return this.#junction(left, token.symbol === 'AND' ? 'and' : 'or', token, level);
      case 'NOT':
        return this.#test(left, true);
      case 'BETWEEN':
      case 'IN':
      case 'LIKE':
        return this.#test(left, false, token);
      case 'IS':
        return this.#isNull(left);
      case '+':
      case '-':
      case '*':
      case '/': {
        const right = this.#expression(next(level));
        this.#require(left, 'number', `a number before ${token.symbol}`);
        this.#require(right, 'number', `a number after ${token.symbol}`);
        const operator: ArithmeticOperator = token.symbol;
        const expression: Expression = {
          kind: 'arithmetic',
          operator,
          left: left.expression,
          right: right.expression,
        };
        return this.#node(expression, 'number', left.first, left, right);
      }
      default:
        return this.#comparison(left, token.symbol as ComparisonOperator);
    }
  }

  #comparison(left: Parsed, operator: ComparisonOperator): Parsed {
    const right = this.#expression(next(Level.comparison));
    if (operator !== '=' && operator !== '<>') {
      this.#require(left, 'number', `a number before ${operator}`);
      this.#require(right, 'number', `a number after ${operator}`);
    }
    const expression: Expression = {
      kind: 'comparison',
      operator,
      left: left.expression,
      right: right.expression,
    };
    return this.#node(expression, 'condition', left.first, left, right);
  }

  /** A row of AND or OR becomes one flat node, however long. */
  #junction(left: Parsed, kind: 'and' | 'or', token: Word, level: Level): Parsed {
    const operands: Expression[] = [];
    const add = (side: Parsed): void => {
      const { expression } = side;
      if (expression.kind === kind) for (const each of expression.operands) operands.push(each);
      else operands.push(expression);
    };
    this.#require(left, 'condition', `a condition before ${token.symbol}`);
    add(left);
    let height = left.height;
    for (;;) {
      const right = this.#expression(next(level));
      this.#require(right, 'condition', `a condition after ${token.symbol}`);
      add(right);
      height = Math.max(height, right.height);
      if (this.#token.kind !== 'symbol' || this.#token.symbol !== token.symbol) break;
      this.#take();
    }
    return this.#node({ kind, operands }, 'condition', left.first, { ...left, height });
  }

  #test(left: Parsed, negated: boolean, word: Token = this.#token): Parsed {
    if (negated) {
      if (word.kind !== 'symbol' || !['BETWEEN', 'IN', 'LIKE'].includes(word.symbol)) {
        throw this.#unexpected('BETWEEN, IN or LIKE after NOT');
      }
      this.#take();
    }
    const symbol = (word as Word).symbol;
    if (symbol === 'BETWEEN') return this.#between(left, negated);
    const name = this.#name(left, symbol);
    return symbol === 'IN' ? this.#in(left, name, negated) : this.#like(left, name, negated);
  }

  #between(left: Parsed, negated: boolean): Parsed {
    const low = this.#expression(Level.addition);
    this.#takeSymbol('AND', 'AND between the two bounds of BETWEEN');
    const high = this.#expression(Level.addition);
    this.#require(left, 'number', 'a number before BETWEEN');
    this.#require(low, 'number', 'a number after BETWEEN');
    this.#require(high, 'number', 'a number after AND');
    const expression: Expression = {
      kind: 'between',
      negated,
      subject: left.expression,
      low: low.expression,
      high: high.expression,
    };
    return this.#node(expression, 'condition', left.first, left, low, high);
  }

  #in(left: Parsed, name: string, negated: boolean): Parsed {
    this.#takeSymbol('(', "'(' after IN");
    const values: string[] = [];
    for (;;) {
      values.push(this.#takeString('a string in the list of IN'));
      if (values.length > limits.selectorInListMax) {
        throw tooMuch(`the list of IN is longer than ${limits.selectorInListMax}`);
      }
      if (this.#token.kind !== 'symbol' || this.#token.symbol !== ',') break;
      this.#take();
    }
    this.#takeSymbol(')', "',' or ')' in the list of IN");
    return this.#node({ kind: 'in', negated, name, values }, 'condition', left.first);
  }

  #like(left: Parsed, name: string, negated: boolean): Parsed {
    const pattern = this.#takeString('a string as the pattern of LIKE');
    if (pattern.length > limits.selectorPatternLengthMax) {
      throw tooMuch(`the pattern of LIKE is longer than ${limits.selectorPatternLengthMax}`);
    }
    let escapedBy: string | undefined;
    if (this.#token.kind === 'symbol' && this.#token.symbol === 'ESCAPE') {
      this.#take();
      const token = this.#token;
      escapedBy = this.#takeString('a string after ESCAPE');
      if ([...escapedBy].length !== 1) {
        throw invalid('one character after ESCAPE', token.at, this.#lexer.show(token));
      }
    }
    const expression: Expression = { kind: 'like', negated, name, pattern, escapedBy };
    return this.#node(expression, 'condition', left.first);
  }

  #isNull(left: Parsed): Parsed {
    const name = this.#name(left, 'IS');
    const negated = this.#token.kind === 'symbol' && this.#token.symbol === 'NOT';
    if (negated) this.#take();
    this.#takeSymbol('NULL', negated ? 'NULL after IS NOT' : 'NULL or NOT NULL after IS');
    return this.#node({ kind: 'null', negated, name }, 'condition', left.first);
  }

  /** The name on the left of IN, LIKE and IS, where no other expression may stand. */
  #name(left: Parsed, symbol: string): string {
    if (left.expression.kind === 'identifier') return left.expression.name;
    throw invalid(`a name before ${symbol}`, left.first.at, KINDS[left.yields]);
  }

  #require(parsed: Parsed, yields: 'condition' | 'number', expected: string): void {
    if (parsed.yields === 'anything' || parsed.yields === yields) return;
    throw invalid(expected, parsed.first.at, KINDS[parsed.yields]);
  }

  #node(expression: Expression, yields: Yield, first: Token, ...children: Parsed[]): Parsed {
    let height = 1;
    for (const child of children) height = Math.max(height, child.height + 1);
    if (height > limits.selectorDepthMax) throw this.#tooDeep();
    return { expression, yields, height, first };
  }

  #take(): Token {
    const token = this.#token;
    this.#token = this.#lexer.next();
    return token;
  }

  #takeSymbol(symbol: string, expected: string): void {
    const token = this.#token;
    if (token.kind !== 'symbol' || token.symbol !== symbol) throw this.#unexpected(expected);
    this.#take();
  }

  #takeString(expected: string): string {
    const token = this.#token;
    if (token.kind !== 'string') throw this.#unexpected(expected);
    this.#take();
    return token.value;
  }

  #unexpected(expected: string): BrokerError {
    return invalid(expected, this.#token.at, this.#lexer.show(this.#token));
  }

  #tooDeep(): BrokerError {
    const where = `at character ${this.#token.at + 1}`;
    return tooMuch(`nested deeper than ${limits.selectorDepthMax} ${where}`);
  }
}

const KINDS = {
  condition: 'a condition',
  number: 'a number',
  string: 'a string',
  anything: 'a name',
} as const;

function tooMuch(what: string): BrokerError {
  return new BrokerError('limit-exceeded', `selector: ${what}`);
}
