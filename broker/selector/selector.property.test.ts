import test from 'ava';
import * as fc from 'fast-check';
import { BrokerError } from '../errors.ts';
import type { TypedValue } from '../view.ts';
import type { ComparisonOperator, Expression, LiteralValue } from './expression.ts';
import { formatExpression } from './expression.ts';
import { compileLike } from './like.ts';
import { parseExpression } from './parser.ts';
import type { Selectable } from './selectable.ts';
import { parseSelector } from './selector.ts';

// A second evaluator, written from the specification's sentences and for no other aim than to be
// easy to believe: it walks the tree for each message, counts exactly with bigints, and tries every
// way to match a pattern. If it and the compiler disagree, start by believing this one.

type Value = null | boolean | string | Num;
type Rank = 'int' | 'long' | 'float' | 'double';
type Num = { rank: 'int' | 'long'; value: bigint } | { rank: 'float' | 'double'; value: number };

interface World {
  readonly message: Selectable;
  readonly converting: boolean;
}

function evaluate(tree: Expression, world: World): Value {
  switch (tree.kind) {
    case 'literal':
      return fromTyped(tree.value);
    case 'identifier':
      return lookUp(tree.name, world.message);
    case 'not':
      return not(truth(tree.operand, world));
    case 'and':
      return all(tree.operands.map((operand) => truth(operand, world)));
    case 'or':
      return not(all(tree.operands.map((operand) => not(truth(operand, world)))));
    case 'comparison': {
      const left = evaluate(tree.left, world);
      return compare(left, tree.operator, evaluate(tree.right, world), world);
    }
    case 'sign': {
      const value = asNumber(evaluate(tree.operand, world), world);
      if (value === null) return null;
      return tree.operator === '+' ? value : calculate('*', value, { rank: 'int', value: -1n });
    }
    case 'arithmetic': {
      const left = asNumber(evaluate(tree.left, world), world);
      const right = asNumber(evaluate(tree.right, world), world);
      return left === null || right === null ? null : calculate(tree.operator, left, right);
    }
    case 'between': {
      const [subject, low, high] = [tree.subject, tree.low, tree.high].map((e) =>
        evaluate(e, world),
      );
      const [v, l, h] = [subject ?? null, low ?? null, high ?? null];
      if (!tree.negated) return all([compare(v, '>=', l, world), compare(v, '<=', h, world)]);
      return not(all([not(compare(v, '<', l, world)), not(compare(v, '>', h, world))]));
    }
    case 'in': {
      const value = lookUp(tree.name, world.message);
      const equal = tree.values.map((each) => not(compare(value, '=', each, world)));
      return tree.negated ? all(equal) : not(all(equal));
    }
    case 'like': {
      const value = lookUp(tree.name, world.message);
      if (value === null) return null;
      const found = typeof value === 'string' && like(tree.pattern, tree.escapedBy, value);
      return found !== tree.negated;
    }
    case 'null':
      return (lookUp(tree.name, world.message) === null) !== tree.negated;
  }
}

function truth(tree: Expression, world: World): boolean | null {
  const value = evaluate(tree, world);
  if (value === null || typeof value === 'boolean') return value;
  return world.converting && typeof value === 'string' && value.toLowerCase() === 'true';
}

function not(value: boolean | null): boolean | null {
  return value === null ? null : !value;
}

function all(values: readonly (boolean | null)[]): boolean | null {
  if (values.includes(false)) return false;
  return values.includes(null) ? null : true;
}

function lookUp(name: string, message: Selectable): Value {
  switch (name) {
    case 'JMSPriority':
      return { rank: 'int', value: BigInt(message.priority) };
    case 'JMSDeliveryMode':
      return message.persistent ? 'PERSISTENT' : 'NON_PERSISTENT';
    case 'JMSType':
      return message.type ?? null;
    case 'JMSTimestamp':
      return message.timestamp === undefined
        ? null
        : { rank: 'long', value: BigInt(message.timestamp) };
    default:
      return fromTyped(message.properties.get(name));
  }
}

function fromTyped(value: TypedValue | undefined): Value {
  switch (value?.type) {
    case 'byte':
    case 'short':
    case 'int':
      return { rank: 'int', value: BigInt(value.value) };
    case 'long':
      return { rank: 'long', value: value.value };
    case 'float':
    case 'double':
      return { rank: value.type, value: value.value };
    case 'string':
    case 'boolean':
      return value.value;
    default:
      return null;
  }
}

function compare(left: Value, operator: ComparisonOperator, right: Value, world: World) {
  if (left === null || right === null) return null;
  let [a, b] = [left, right] as [Value, Value];
  if (world.converting && typeof a === 'string' && typeof b !== 'string') a = read(a, b);
  else if (world.converting && typeof b === 'string' && typeof a !== 'string') b = read(b, a);
  if (typeof a !== typeof b || a === null || b === null) return false;
  if (typeof a !== 'object' || typeof b !== 'object') {
    if (operator === '=') return a === b;
    return operator === '<>' && a !== b;
  }
  const [x, y] = promote(a, b);
  switch (operator) {
    case '=':
      return x.value === y.value;
    case '<>':
      return x.value !== y.value;
    case '<':
      return x.value < y.value;
    case '<=':
      return x.value <= y.value;
    case '>':
      return x.value > y.value;
    case '>=':
      return x.value >= y.value;
  }
}

function read(text: string, other: Value): Value {
  if (typeof other === 'boolean') {
    return { true: true, false: false }[text.toLowerCase()] ?? null;
  }
  return readNumber(text);
}

function readNumber(text: string): Num | null {
  if (/^[+-]?[0-9]+$/.test(text)) {
    const value = BigInt(text.replace('+', ''));
    if (BigInt.asIntN(32, value) === value) return { rank: 'int', value };
    if (BigInt.asIntN(64, value) === value) return { rank: 'long', value };
  }
  return /^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)(e[+-]?[0-9]+)?$/i.test(text)
    ? { rank: 'double', value: Number(text) }
    : null;
}

function asNumber(value: Value, world: World): Num | null {
  if (typeof value === 'string' && world.converting) return readNumber(value);
  return typeof value === 'object' ? value : null;
}

const RANKS: readonly Rank[] = ['int', 'long', 'float', 'double'];

function promote(left: Num, right: Num): [Num, Num] {
  const rank = RANKS[Math.max(RANKS.indexOf(left.rank), RANKS.indexOf(right.rank))] as Rank;
  return [convert(left, rank), convert(right, rank)];
}

function convert(number: Num, rank: Rank): Num {
  if (rank === 'int' || rank === 'long') return { rank, value: BigInt(number.value) };
  if (rank === 'double') return { rank, value: Number(number.value) };
  if (typeof number.value === 'number') return { rank, value: number.value };
  return { rank, value: nearestFloat(number.value) };
}

/** Looks at the floats around and takes the nearest, of two as near the even one. */
function nearestFloat(exact: bigint): number {
  const bits = new Int32Array(1);
  const floats = new Float32Array(bits.buffer);
  floats[0] = Number(exact);
  const middle = bits[0] as number;
  const around = [middle - 1, middle, middle + 1].map((pattern) => {
    bits[0] = pattern;
    const value = floats[0] as number;
    const far = Number.isInteger(value) ? BigInt(value) - exact : 1n << 70n;
    return { value, far: far < 0n ? -far : far, odd: pattern & 1 };
  });
  around.sort((a, b) => (a.far < b.far ? -1 : a.far > b.far ? 1 : a.odd - b.odd));
  return (around[0] as { value: number }).value;
}

function calculate(operator: '+' | '-' | '*' | '/', left: Num, right: Num): Num | null {
  const [a, b] = promote(left, right);
  if (typeof a.value === 'bigint' && typeof b.value === 'bigint') {
    if (operator === '/' && b.value === 0n) return null;
    const results = {
      '+': () => BigInt(a.value) + BigInt(b.value),
      '-': () => BigInt(a.value) - BigInt(b.value),
      '*': () => BigInt(a.value) * BigInt(b.value),
      '/': () => BigInt(a.value) / BigInt(b.value),
    };
    const rank = a.rank as 'int' | 'long';
    return { rank, value: BigInt.asIntN(rank === 'int' ? 32 : 64, results[operator]()) };
  }
  const [x, y] = [Number(a.value), Number(b.value)];
  const value = { '+': x + y, '-': x - y, '*': x * y, '/': x / y }[operator];
  const rank = a.rank as 'float' | 'double';
  return { rank, value: rank === 'float' ? Math.fround(value) : value };
}

function like(pattern: string, escapedBy: string | undefined, text: string): boolean {
  return likeFrom([...pattern], escapedBy, [...text]);
}

function likeFrom(pattern: string[], escapedBy: string | undefined, text: string[]): boolean {
  const [first, second, ...others] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === escapedBy && second !== undefined && ['_', '%', escapedBy].includes(second)) {
    return text[0] === second && likeFrom(others, escapedBy, text.slice(1));
  }
  const rest = pattern.slice(1);
  if (first === '%') {
    return (
      text.some((_, at) => likeFrom(rest, escapedBy, text.slice(at))) ||
      likeFrom(rest, escapedBy, [])
    );
  }
  return (
    text.length > 0 &&
    (first === '_' || first === text[0]) &&
    likeFrom(rest, escapedBy, text.slice(1))
  );
}

// Random trees, each node in brackets when printed, so that no precedence is taken for granted.

const NAMES = ['a', 'b', 'c', 'd', 'JMSPriority', 'JMSType', 'JMSDeliveryMode', 'JMSTimestamp'];
const WORDS = [
  '',
  'a',
  'A',
  "it''s",
  'PERSISTENT',
  '5',
  '-2147483649',
  '2.5',
  'TRUE',
  'false',
  '9e1',
];

const ints = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.integer(),
  fc.constantFrom(2 ** 31 - 1, -(2 ** 31), 2 ** 24 + 1),
);
const longs = fc.oneof(
  fc.bigInt({ min: -3n, max: 3n }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 2n ** 24n + 1n),
);
const doubles = fc.oneof(fc.constantFrom(0, -0, 0.5, 2, 2 ** 24, 2 ** 53), fc.double());
const floats = fc.oneof(fc.constantFrom(0, -0, 0.5, 2, 2 ** 24), fc.float());
const words = fc.constantFrom(...WORDS);

const finite = (value: number): boolean => Number.isFinite(value);

const literals: fc.Arbitrary<LiteralValue> = fc.oneof(
  ints.map((value): LiteralValue => ({ type: 'int', value: value | 0 })),
  longs.map((value): LiteralValue => ({ type: 'long', value })),
  doubles.filter(finite).map((value): LiteralValue => ({ type: 'double', value })),
  floats.filter(finite).map((value): LiteralValue => ({ type: 'float', value })),
);

const values: fc.Arbitrary<TypedValue> = fc.oneof(
  ints.map((value): TypedValue => ({ type: 'int', value: value | 0 })),
  fc.integer({ min: -128, max: 127 }).map((value): TypedValue => ({ type: 'byte', value })),
  fc.integer({ min: -32768, max: 32767 }).map((value): TypedValue => ({ type: 'short', value })),
  longs.map((value): TypedValue => ({ type: 'long', value })),
  doubles.map((value): TypedValue => ({ type: 'double', value })),
  floats.map((value): TypedValue => ({ type: 'float', value })),
  words.map((value): TypedValue => ({ type: 'string', value })),
  fc.boolean().map((value): TypedValue => ({ type: 'boolean', value })),
  fc.constant<TypedValue>({ type: 'null', value: null }),
);

const messages: fc.Arbitrary<Selectable> = fc.record({
  persistent: fc.boolean(),
  priority: fc.integer({ min: 0, max: 9 }),
  type: fc.option(words, { nil: undefined }),
  timestamp: fc.option(fc.maxSafeNat(), { nil: undefined }),
  properties: fc
    .dictionary(fc.constantFrom('a', 'b', 'c', 'd'), values)
    .map((entries) => new Map(Object.entries(entries))),
});

const names = fc.constantFrom(...NAMES);
const negated = fc.boolean();
const identifiers = names.map((name): Expression => ({ kind: 'identifier', name }));

const { condition } = fc.letrec((tie) => {
  const number = tie('number') as fc.Arbitrary<Expression>;
  const condition = tie('condition') as fc.Arbitrary<Expression>;
  return {
    number: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      identifiers,
      literals.map((value): Expression => ({ kind: 'literal', value })),
      fc.record({
        kind: fc.constant('sign' as const),
        operator: fc.constantFrom('+', '-'),
        operand: number,
      }),
      fc.record({
        kind: fc.constant('arithmetic' as const),
        operator: fc.constantFrom('+', '-', '*', '/'),
        left: number,
        right: number,
      }),
    ),
    condition: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      identifiers,
      fc
        .boolean()
        .map((value): Expression => ({ kind: 'literal', value: { type: 'boolean', value } })),
      fc.record({ kind: fc.constant('null' as const), negated, name: names }),
      fc.record({
        kind: fc.constant('in' as const),
        negated,
        name: names,
        values: fc.array(words, { minLength: 1, maxLength: 12 }),
      }),
      fc.record({
        kind: fc.constant('like' as const),
        negated,
        name: names,
        pattern: fc.constantFrom('%', '_', 'a%', '%s', 'P!_%', '__'),
        escapedBy: fc.constantFrom(undefined, '!', '%'),
      }),
      fc.record({
        kind: fc.constant('comparison' as const),
        operator: fc.constantFrom('=', '<>', '<', '<=', '>', '>='),
        left: number,
        right: number,
      }),
      fc.record({
        kind: fc.constant('comparison' as const),
        operator: fc.constantFrom('=', '<>'),
        left: fc.oneof(number, condition),
        right: fc.oneof(
          condition,
          words.map((value): Expression => ({ kind: 'literal', value: { type: 'string', value } })),
        ),
      }),
      fc.record({
        kind: fc.constant('between' as const),
        negated,
        subject: number,
        low: number,
        high: number,
      }),
      fc.record({ kind: fc.constant('not' as const), operand: condition }),
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        operands: fc.array(condition, { minLength: 2, maxLength: 4 }),
      }),
    ),
  };
});

const conditions = condition as fc.Arbitrary<Expression>;

function bracketed(tree: Expression): string {
  switch (tree.kind) {
    case 'not':
      return `(NOT ${bracketed(tree.operand)})`;
    case 'and':
    case 'or':
      return `(${tree.operands.map(bracketed).join(` ${tree.kind} `)})`;
    case 'comparison':
    case 'arithmetic':
      return `(${bracketed(tree.left)}${tree.operator}${bracketed(tree.right)})`;
    case 'sign':
      return `(${tree.operator}${bracketed(tree.operand)})`;
    case 'between': {
      const [subject, low, high] = [tree.subject, tree.low, tree.high].map(bracketed);
      return `(${subject}${tree.negated ? ' NOT' : ''} BETWEEN ${low} AND ${high})`;
    }
    default:
      return `(${formatExpression(tree)})`;
  }
}

test('[JMS 3.8.1] the compiled selector and the naive evaluator agree', (t) => {
  void fc.assert(
    fc.property(conditions, fc.array(messages, { minLength: 1, maxLength: 5 }), (tree, views) => {
      const text = bracketed(tree);
      const plain = formatExpression(parseExpression(text));
      for (const converting of [false, true]) {
        const selector = parseSelector(text, { convertStrings: converting });
        const negation = parseSelector(`NOT ${text}`, { convertStrings: converting });
        const again = parseSelector(plain, { convertStrings: converting });
        for (const message of views) {
          const expected = truth(tree, { message, converting });
          const came = selector?.matches(message)
            ? true
            : negation?.matches(message)
              ? false
              : null;
          if (came !== expected || again?.matches(message) !== (expected === true)) {
            throw new Error(`${text}\n${plain}\nexpected ${expected}, came ${came}`);
          }
          const equality = selector?.equality;
          if (expected && equality) {
            const property = message.properties.get(equality.property);
            if (property?.type !== 'string' || property.value !== equality.value) {
              throw new Error(`${text} matches without its required equality`);
            }
          }
        }
      }
    }),
    { numRuns: 3000 },
  );
  t.pass();
});

test('[JMS 3.8.1] a tree printed and read again is the same tree', (t) => {
  void fc.assert(
    fc.property(conditions, (tree) => {
      const parsed = parseExpression(bracketed(tree));
      t.deepEqual(parseExpression(formatExpression(parsed)), parsed);
    }),
    { numRuns: 1000 },
  );
});

test('[JMS 3.8.1] any text gives a selector or a BrokerError', (t) => {
  const pieces = fc.constantFrom(
    ...[
      'a',
      'b',
      'JMSType',
      'JMSX',
      '1',
      '08',
      '0x',
      '5L',
      '1.5',
      '.5',
      '7.',
      "'",
      "'a'",
      "''",
      '(',
    ],
    ...[')', ',', '=', '<>', '<', '>=', '+', '-', '*', '/', 'NOT', 'AND', 'OR', 'IN', 'LIKE', 'IS'],
    ...[
      'NULL',
      'TRUE',
      'BETWEEN',
      'ESCAPE',
      "('a','b')",
      '9223372036854775808',
      '😀',
      '"',
      '_',
      ' ',
    ],
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(pieces, { maxLength: 20 }).map((some) => some.join(' ')),
    fc.array(pieces, { maxLength: 20 }).map((some) => some.join('')),
    // One mistake in a text that was right.
    fc.tuple(conditions, fc.nat(), fc.nat({ max: 3 }), pieces).map(([tree, at, length, piece]) => {
      const text = bracketed(tree);
      const from = at % text.length;
      return text.slice(0, from) + piece + text.slice(from + length);
    }),
  );
  let accepted = 0;
  void fc.assert(
    fc.property(texts, messages, (text, message) => {
      try {
        const matches = parseSelector(text)?.matches(message);
        accepted++;
        if (matches === undefined) return;
        const tree = parseExpression(text);
        t.deepEqual(parseExpression(formatExpression(tree)), tree);
      } catch (error) {
        if (!(error instanceof BrokerError)) throw error;
        if (/[\n\r]/.test(error.message)) throw new Error('a message of two lines');
      }
    }),
    { numRuns: 10_000 },
  );
  t.true(accepted > 100);
});

test('[JMS 3.8.1.1] LIKE agrees with trying every way', (t) => {
  const characters = fc.constantFrom('a', 'b', '😀', '_', '%', '!', '\ud83d');
  const texts = fc.array(characters, { maxLength: 9 }).map((some) => some.join(''));
  const long = fc
    .array(fc.constantFrom('a', 'b'), { maxLength: 80, size: 'max' })
    .map((some) => some.join(''));
  const escapes = fc.constantFrom(undefined, '!', '_', '%', '😀');
  void fc.assert(
    fc.property(texts, escapes, texts, (pattern, escapedBy, text) => {
      return compileLike(pattern, escapedBy)(text) === like(pattern, escapedBy, text);
    }),
    { numRuns: 20_000 },
  );
  // Segments of more than one word of bits.
  void fc.assert(
    fc.property(long, long, long, fc.nat({ max: 80 }), (before, middle, after, hole) => {
      const holed = [...middle].map((character, at) => (at === hole ? '_' : character)).join('');
      const matches = compileLike(`%${holed}%`, undefined);
      const other = [...middle].map((character) => (character === 'a' ? 'b' : 'a')).join('');
      const matched = matches(before + other + after);
      return (
        matches(before + middle + after) &&
        matched === like(`%${holed}%`, undefined, before + other + after)
      );
    }),
    { numRuns: 500 },
  );
  t.pass();
});
