// Cuts the text of a selector into tokens, one at a time. Knows what a word, a string and a number
// look like; does not know which of them may stand where. [JMS 3.8.1.1]
//
// Invariant: every token starts at or after the end of the one before, so lexing is linear.

import { BrokerError } from '../errors.ts';
import type { LiteralValue } from './expression.ts';
import { type ExactDigits, readNumericLiteral } from './numeric-literal.ts';

/** A token and where it stands: `at` counts UTF-16 units from 0. */
export type Token =
  | { readonly kind: 'end'; readonly at: number; readonly end: number }
  /** An operator, a bracket, or a reserved word in upper case. */
  | { readonly kind: 'symbol'; readonly at: number; readonly end: number; readonly symbol: string }
  | {
      readonly kind: 'identifier';
      readonly at: number;
      readonly end: number;
      readonly name: string;
    }
  | { readonly kind: 'string'; readonly at: number; readonly end: number; readonly value: string }
  | {
      readonly kind: 'exact';
      readonly at: number;
      readonly end: number;
      readonly exact: ExactDigits;
    }
  | {
      readonly kind: 'approximate';
      readonly at: number;
      readonly end: number;
      readonly value: LiteralValue;
    };

const RESERVED: ReadonlySet<string> = new Set([
  ...['NULL', 'TRUE', 'FALSE', 'NOT', 'AND', 'OR', 'BETWEEN', 'LIKE', 'IN', 'IS', 'ESCAPE'],
]);
const RESERVED_LENGTH_MAX = 7;

/** Letters of `Character.isJavaIdentifierStart` and `isJavaIdentifierPart`. */
const IDENTIFIER_START = /[\p{L}\p{Nl}\p{Sc}\p{Pc}]/u;
const IDENTIFIER_PART =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Java lets names hold them
  /[\p{L}\p{Nl}\p{Sc}\p{Pc}\p{Nd}\p{Mn}\p{Mc}\p{Cf}\u0000-\u0008\u000e-\u001b\u007f-\u009f]/u;

/** What a message quotes of the text. Longer pieces are cut. */
const QUOTED_LENGTH_MAX = 40;

/** Refuses the text: says what was expected, where, and what came instead. */
export function invalid(expected: string, at: number, came: string): BrokerError {
  return new BrokerError(
    'selector-invalid',
    `selector: expected ${expected} at character ${at + 1}, came ${came}`,
  );
}

/** Quotes a piece of the text for a message, so that it stays on one line. */
export function excerpt(text: string): string {
  const cut = text.length > QUOTED_LENGTH_MAX ? `${text.slice(0, QUOTED_LENGTH_MAX)}…` : text;
  return cut.replaceAll(/(?! )[\p{C}\p{Z}]/gu, (hidden) => {
    return `\\u{${(hidden.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

export class Lexer {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** What a token looks like in a message. */
  show(token: Token): string {
    if (token.kind === 'end') return 'the end of the text';
    return excerpt(this.#text.slice(token.at, token.end));
  }

  /** Takes the next token. */
  next(): Token {
    const text = this.#text;
    while (isSpace(text.charCodeAt(this.#at))) this.#at++;
    const at = this.#at;
    if (at >= text.length) return { kind: 'end', at, end: at };
    const token = this.#word(at) ?? this.#number(at) ?? this.#string(at) ?? this.#operator(at);
    this.#at = token.end;
    return token;
  }

  #word(at: number): Token | undefined {
    const text = this.#text;
    if (!isIdentifierStart(text, at)) return undefined;
    let end = at;
    while (end < text.length && isIdentifierPart(text, end)) end += widthAt(text, end);
    const name = text.slice(at, end);
    // Only ASCII letters have two cases here: a Turkish dotless ı does not make an IN.
    if (name.length <= RESERVED_LENGTH_MAX && /^[a-zA-Z]+$/.test(name)) {
      const symbol = name.toUpperCase();
      if (RESERVED.has(symbol)) return { kind: 'symbol', at, end, symbol };
    }
    return { kind: 'identifier', at, end, name };
  }

  #number(at: number): Token | undefined {
    const text = this.#text;
    const first = text.charCodeAt(at);
    if (!isDigit(first) && !(first === DOT && isDigit(text.charCodeAt(at + 1)))) return undefined;
    const literal = readNumericLiteral(text, at);
    if ('expected' in literal)
      throw invalid(literal.expected, literal.at, this.#character(literal.at));
    const { end } = literal;
    if (end < text.length && (text.charCodeAt(end) === DOT || isIdentifierPart(text, end))) {
      throw invalid('the end of the number', end, this.#character(end));
    }
    if ('exact' in literal) return { kind: 'exact', at, end, exact: literal.exact };
    return { kind: 'approximate', at, end, value: literal.approximate };
  }

  #string(at: number): Token | undefined {
    const text = this.#text;
    if (text[at] !== "'") return undefined;
    let from = at + 1;
    let value = '';
    for (;;) {
      const quote = text.indexOf("'", from);
      if (quote < 0) {
        throw invalid("a closing ' of the string", text.length, 'the end of the text');
      }
      value += text.slice(from, quote);
      if (text[quote + 1] !== "'") return { kind: 'string', at, end: quote + 1, value };
      value += "'";
      from = quote + 2;
    }
  }

  #operator(at: number): Token {
    const text = this.#text;
    const two = text.slice(at, at + 2);
    if (two === '<>' || two === '<=' || two === '>=') {
      return { kind: 'symbol', at, end: at + 2, symbol: two };
    }
    const one = two[0] as string;
    if ('=<>+-*/(),'.includes(one)) return { kind: 'symbol', at, end: at + 1, symbol: one };
    if (one === '"') throw invalid("a string in single quotes ('…')", at, one);
    if (two === '!=') throw invalid("'<>' (not equal)", at, two);
    throw invalid('a name, a literal or an operator', at, this.#character(at));
  }

  #character(at: number): string {
    const code = this.#text.codePointAt(at);
    return code === undefined ? 'the end of the text' : excerpt(String.fromCodePoint(code));
  }
}

const DOT = 0x2e;

/** White space of Java: space, tab, form feed and the ends of lines. */
function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x09 || unit === 0x0a || unit === 0x0d || unit === 0x0c;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

function isAsciiLetter(unit: number): boolean {
  const lower = unit | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || unit === 0x5f || unit === 0x24;
}

function isIdentifierStart(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit < 0x80 ? isAsciiLetter(unit) : IDENTIFIER_START.test(characterAt(text, at));
}

function isIdentifierPart(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return isAsciiLetter(unit) || isDigit(unit) || IDENTIFIER_PART.test(characterAt(text, at));
}

function characterAt(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at) ?? 0);
}

function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
