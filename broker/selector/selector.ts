// A message selector: read once, when a consumer brings it, and asked once for each message that
// could be for that consumer. What happens to a message that does not match is the business of the
// queue or the topic. [JMS 3.8.1]

import { type Condition, compileCondition, Truth } from './compile.ts';
import type { Expression } from './expression.ts';
import { parseExpression } from './parser.ts';
import type { Selectable } from './selectable.ts';
import { booleanOf, numberOf } from './text-value.ts';

/** How a selector is to be understood. */
export interface SelectorOptions {
  /**
   * A string that is compared with a number or a boolean is read as one, if it can be: for messages
   * of peers that can only send text. Off by default, as JMS says. [JMS 3.8.1.1]
   */
  readonly convertStrings?: boolean;
}

/** A condition without which a selector cannot match: this property is this string. */
export interface RequiredEquality {
  readonly property: string;
  readonly value: string;
}

/**
 * Reads a selector.
 *
 * @returns undefined for no text and for blank text, which select every message. [JMS 3.8.1]
 * @throws {BrokerError} `selector-invalid` naming the place, what was expected and what came;
 *   `limit-exceeded` if it is larger than `limits.ts` allows
 */
export function parseSelector(
  text: string | null | undefined,
  options: SelectorOptions = {},
): Selector | undefined {
  if (text === null || text === undefined || text.trim() === '') return undefined;
  return new Selector(text, parseExpression(text), options.convertStrings ?? false);
}

export class Selector {
  /** As the consumer wrote it. */
  readonly text: string;
  /** Two selectors with the same key select the same messages. */
  readonly key: string;
  /** Strings are read as numbers and booleans where they meet some. */
  readonly converting: boolean;
  /**
   * For indexing many selectors by a property: of those that ask for another string of this
   * property, none can match. Undefined if the selector says nothing so simple.
   */
  readonly equality: RequiredEquality | undefined;
  readonly #condition: Condition;

  /** @internal */
  constructor(text: string, expression: Expression, converting: boolean) {
    this.text = text;
    this.key = converting ? `converting ${text}` : text;
    this.converting = converting;
    this.equality = requiredEquality(expression, converting);
    this.#condition = compileCondition(expression, converting);
  }

  /** Tells whether the selector is true of a message; unknown is not true. [JMS 3.8.1.2] */
  matches(message: Selectable): boolean {
    return this.#condition(message) === Truth.true;
  }
}

function requiredEquality(
  expression: Expression,
  converting: boolean,
): RequiredEquality | undefined {
  const conjuncts = expression.kind === 'and' ? expression.operands : [expression];
  for (const conjunct of conjuncts) {
    if (conjunct.kind !== 'comparison' || conjunct.operator !== '=') continue;
    const { left, right } = conjunct;
    const [name, constant] = left.kind === 'identifier' ? [left, right] : [right, left];
    if (name.kind !== 'identifier' || isHeader(name.name)) continue;
    if (constant.kind !== 'literal' || constant.value.type !== 'string') continue;
    const { value } = constant.value;
    // A number may equal '5' when strings are converted: then the string alone tells too little.
    const ambiguous = numberOf(value) !== undefined || booleanOf(value) !== undefined;
    if (!(converting && ambiguous)) return { property: name.name, value };
  }
  return undefined;
}

function isHeader(name: string): boolean {
  return name.startsWith('JMS') && !name.startsWith('JMSX') && !name.startsWith('JMS_');
}
