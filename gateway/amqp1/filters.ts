// The filters of a source: which messages a receiver wants. They are known by their descriptors; the
// keys are the peer's own words. Only what is in effect is echoed. [AMQP 3.5.8] [JMS mapping WD10]
//
// The bindings that clients of old Qpid brokers send compare the subject: one for equality, one with
// the words of a pattern. They become selectors.

import { parseSelector, type Selector } from '#broker';
import { ProtocolError } from './errors.ts';
import type { Fields, Value } from './types.ts';

type Filter = 'selector' | 'no-local' | 'direct-binding' | 'topic-binding';

const FILTERS: ReadonlyMap<number | string, Filter> = new Map<number | string, Filter>([
  [0x468c_0000_0000, 'direct-binding'],
  ['apache.org:legacy-amqp-direct-binding:string', 'direct-binding'],
  [0x468c_0000_0001, 'topic-binding'],
  ['apache.org:legacy-amqp-topic-binding:string', 'topic-binding'],
  [0x468c_0000_0003, 'no-local'],
  ['apache.org:no-local-filter:list', 'no-local'],
  [0x468c_0000_0004, 'selector'],
  ['apache.org:selector-filter:string', 'selector'],
]);

/** What the filters ask for. */
export interface Filters {
  readonly selector: Selector | undefined;
  readonly noLocal: boolean;
  /** Those in effect, as they came. */
  readonly echo: Fields;
}

/**
 * Understands a filter set.
 *
 * @param topic - noLocal is for topics only
 * @throws {ProtocolError} scope link, `amqp:invalid-field`
 * @throws {BrokerError} `selector-invalid`, `limit-exceeded`
 */
export function readFilters(filters: Fields, topic: boolean): Filters {
  const echo = new Map<string, Value>();
  const conditions: string[] = [];
  let noLocal = false;
  for (const [key, value] of filters) {
    const name = nameOf(value);
    if (value.type !== 'described' || name === undefined) continue;
    if (name === 'no-local') {
      if (!topic) continue;
      noLocal = true;
    } else {
      const condition = conditionOf(name, value.value);
      if (condition === undefined) continue;
      conditions.push(condition);
    }
    echo.set(key, value);
  }
  const given = conditions.filter((condition) => condition.trim() !== '');
  const text = given.length > 1 ? given.map((one) => `(${one})`).join(' AND ') : given[0];
  return { selector: parseSelector(text), noLocal, echo };
}

function nameOf(value: Value): Filter | undefined {
  if (value.type !== 'described') return undefined;
  const { descriptor } = value;
  if (descriptor.type === 'symbol') return FILTERS.get(descriptor.value);
  return descriptor.type === 'ulong' ? FILTERS.get(Number(descriptor.value)) : undefined;
}

/** The condition that a filter stands for; undefined: it cannot be said, and is not in effect. */
function conditionOf(name: Filter, value: Value): string | undefined {
  if (value.type !== 'string') {
    throw new ProtocolError(
      'link',
      'amqp:invalid-field',
      `filter ${name} is a ${value.type}, a string was expected`,
    );
  }
  if (name === 'selector') return value.value;
  if (name === 'direct-binding') return `JMSType = ${quoted(value.value)}`;
  return bindingOf(value.value);
}

/** `*` is one word, `#` at the end any number of them; words end with dots. */
function bindingOf(key: string): string | undefined {
  const words = key.split('.');
  const open = words.at(-1) === '#';
  if (open) words.pop();
  if (words.includes('#')) return undefined;
  if (words.length === 0) return '';
  const like = words.map((word) => (word === '*' ? '%' : escaped(word))).join('.');
  const more = `JMSType LIKE ${quoted(`${'%.'.repeat(words.length)}%`)}`;
  const exact = `JMSType LIKE ${quoted(like)} ESCAPE '\\' AND NOT (${more})`;
  return open ? `${exact} OR JMSType LIKE ${quoted(`${like}.%`)} ESCAPE '\\'` : exact;
}

function escaped(word: string): string {
  return word.replace(/[\\%_]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
