import test, { type ExecutionContext } from 'ava';
import { BrokerError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { MessageView, TypedValue } from '../view.ts';
import { parseSelector, type SelectorOptions } from './selector.ts';

// In the tables a JavaScript value stands for the JMS type next to it: number int, bigint long,
// string, boolean; the other types are said.

type Shorthand = number | bigint | string | boolean | TypedValue;

const byte = (value: number): TypedValue => ({ type: 'byte', value });
const short = (value: number): TypedValue => ({ type: 'short', value });
const float = (value: number): TypedValue => ({ type: 'float', value: Math.fround(value) });
const double = (value: number): TypedValue => ({ type: 'double', value });

function typed(value: Shorthand): TypedValue {
  switch (typeof value) {
    case 'number':
      return { type: 'int', value };
    case 'bigint':
      return { type: 'long', value };
    case 'string':
      return { type: 'string', value };
    case 'boolean':
      return { type: 'boolean', value };
    default:
      return value;
  }
}

function message(
  properties: Record<string, Shorthand> = {},
  headers: Partial<MessageView> = {},
): MessageView {
  const entries = Object.entries(properties).map(([name, value]): [string, TypedValue] => [
    name,
    typed(value),
  ]);
  return {
    persistent: true,
    priority: 4,
    ...headers,
    properties: new Map(entries),
    body: { kind: 'none' },
  };
}

/** Selector, does it match, does its negation match: so unknown (no, no) differs from false. */
type Case = readonly [string, 'true' | 'false' | 'unknown'];

function check(
  t: ExecutionContext,
  view: MessageView,
  cases: readonly Case[],
  options?: SelectorOptions,
): void {
  for (const [text, expected] of cases) {
    const matches = parseSelector(text, options)?.matches(view);
    const negated = parseSelector(`NOT (${text})`, options)?.matches(view);
    const came = matches ? 'true' : negated ? 'false' : 'unknown';
    t.is(came, expected, text);
    t.false(matches && negated, text);
  }
}

/** What may stand in no selector, and where the message must point (from 1). */
function checkInvalid(t: ExecutionContext, cases: readonly (readonly [string, number, RegExp])[]) {
  for (const [text, at, words] of cases) {
    const error = t.throws(() => parseSelector(text), { instanceOf: BrokerError }, text);
    t.is(error?.code, 'selector-invalid', text);
    t.true(error?.message.includes(`at character ${at}, came `), `${text}: ${error?.message}`);
    t.regex(error?.message ?? '', words, text);
  }
}

test('[JMS 3.8.1] no text and blank text are no selector', (t) => {
  for (const text of [null, undefined, '', ' ', '\n\t']) t.is(parseSelector(text), undefined);
});

test('[JMS 3.8.1] the example of the specification', (t) => {
  const text = "JMSType = 'car' AND color = 'blue' AND weight > 2500";
  const selector = parseSelector(text);
  t.is(selector?.text, text);
  const properties = { color: 'blue', weight: 2501 };
  t.true(selector?.matches(message(properties, { type: 'car' })));
  t.false(selector?.matches(message(properties)));
  t.false(selector?.matches(message(properties, { type: 'Car' })));
  t.false(selector?.matches(message({ ...properties, weight: 2500 }, { type: 'car' })));
});

test('[JMS 3.8.1.1] string literals', (t) => {
  check(t, message({ s: "literal's", empty: '', cyrillic: 'Ж', quotes: "''" }), [
    ["s = 'literal''s'", 'true'],
    ["s = 'Literal''s'", 'false'],
    ["empty = ''", 'true'],
    ["quotes = ''''''", 'true'],
    ["cyrillic = 'Ж'", 'true'],
    ["cyrillic <> 'ж'", 'true'],
    ["s = '--'", 'false'],
  ]);
});

test('[JMS 3.8.1.1] exact numeric literals are Java integer literals', (t) => {
  check(t, message(), [
    ['57 = 57', 'true'],
    ['-957 < +62', 'true'],
    ['0x1F = 31', 'true'],
    ['0XfF = 255', 'true'],
    ['017 = 15', 'true'],
    ['00 = 0', 'true'],
    ['0 = -0', 'true'],
    ['0b101 = 5', 'true'],
    ['1_000_000 = 1000000', 'true'],
    ['5L = 5', 'true'],
    ['5l = 5', 'true'],
    ['0xFFFFFFFF = -1', 'true'],
    ['0xFFFFFFFFL = 4294967295', 'true'],
    ['037777777777 = -1', 'true'],
    ['0x7fffffffffffffff = 9223372036854775807', 'true'],
    ['0xFFFFFFFFFFFFFFFF = -1', 'true'],
    ['-0x8000000000000000 = -9223372036854775808', 'true'],
    ['9223372036854775807 > 9223372036854775806', 'true'],
    ['-9223372036854775808 < -9223372036854775807', 'true'],
    ['-2147483648 - 1 = 2147483647', 'true'],
    ['2147483648 + 1 = 2147483649', 'true'],
    ['9007199254740993 = 9007199254740992', 'false'],
    ['1 = 1.0', 'true'],
  ]);
  checkInvalid(t, [
    ['08 = 8', 2, /an octal digit .*came 8/],
    ['x = 09', 6, /octal/],
    ['x = 0x', 7, /a hexadecimal digit.*came the end of the text/],
    ['x = 0b12', 8, /a binary digit.*came 2/],
    ['x = 1_', 7, /a digit/],
    ['x = 9223372036854775808', 5, /a number that a long can hold.*came 9223372036854775808/],
    ['x = -(9223372036854775808)', 7, /a number that a long can hold/],
    ['x = -9223372036854775809', 6, /a number that a long can hold/],
    ['x = 0x10000000000000000', 5, /a number that a long can hold/],
    [`x = ${'9'.repeat(60_000)}`, 5, /a number that a long can hold/],
    ['x = 12abc', 7, /the end of the number.*came a/],
    ['x = 5LL', 7, /the end of the number/],
    ['x = 0x1.8p3', 8, /the end of the number/],
  ]);
});

test('[JMS 3.8.1.1] approximate numeric literals are Java floating-point literals', (t) => {
  check(t, message({ f: float(0.1), d: 0.5 }), [
    ['7. = 7', 'true'],
    ['7E3 = 7000', 'true'],
    ['-57.9E2 = -5790', 'true'],
    ['-95.7 < +6.2', 'true'],
    ['.5 = 0.5', 'true'],
    ['.5E1 = 5e0', 'true'],
    ['1.E1 = 1e+1', 'true'],
    ['4E-10 < 5E-10', 'true'],
    ['1.5f = 1.5', 'true'],
    ['1.5F = 1.5D', 'true'],
    ['2d = 2', 'true'],
    ['3f = 3', 'true'],
    ['08.5 = 8.5', 'true'],
    ['09f = 9', 'true'],
    ['1_0.2_5 = 10.25', 'true'],
    ['f = 0.1', 'false'],
    ['f = 0.1f', 'true'],
    ['0.0 = -0.0', 'true'],
  ]);
  checkInvalid(t, [
    ['x > 1e', 6, /the end of the number.*came e/],
    ['x > 1e999', 5, /a number a double can hold/],
    ['x > 1e-999', 5, /a number a double can hold/],
    ['x > 1e39f', 5, /a number a float can hold/],
    ['x > 1.5.5', 8, /the end of the number/],
    ['x > 1_.5', 7, /a digit/],
    ['x > .', 5, /a name, a literal or an operator/],
  ]);
});

test('[JMS 3.8.1.1] keywords have no case, identifiers have', (t) => {
  check(t, message({ flag: true, Flag: false, n: 3, s: 'a' }), [
    ['flag = TRUE', 'true'],
    ['flag = tRuE', 'true'],
    ['Flag = false', 'true'],
    ['FLAG = true', 'unknown'],
    ['n between 1 aNd 5 Or n iS nUlL', 'true'],
    ["s nOt lIkE 'b' eScApE '!' AnD s In ('a')", 'true'],
  ]);
});

test('[JMS 3.8.1.1] identifiers are those of Java', (t) => {
  check(t, message({ _a: 1, $b: 1, über: 1, 日本: 1, a1_$: 1, '€': 1, 𝒳y: 1, orange: 1, ın: 1 }), [
    ['_a = 1 AND $b = 1 AND a1_$ = 1', 'true'],
    ['über = 1 AND 日本 = 1 AND € = 1 AND 𝒳y = 1', 'true'],
    ['orange = 1', 'true'],
    ['ın = 1', 'true'],
  ]);
  checkInvalid(t, [
    ['a.b = 1', 2, /came \./],
    ['a-b', 1, /expected a condition .*came a number/],
    ['1a = 1', 2, /the end of the number/],
    ['"a" = 1', 1, /single quotes/],
    ['a b', 3, /an operator or the end of the text.*came b/],
    ['NULL = 1', 1, /IS NULL/],
    ['AND = 1', 1, /a name, a literal/],
    ['x = escape', 5, /came escape/],
    ['Like LIKE 1', 1, /came Like/],
    ['a\u00a0= 1', 2, /came \\u\{a0\}/],
    ['x\ud800 = 1', 2, /came \\u\{d800\}/],
  ]);
});

test('[JMS 3.8.1.1] white space is that of Java', (t) => {
  check(t, message({ a: 1 }), [
    [' \t\n\r\fa\n=\t1 ', 'true'],
    ['a=1AND a=1'.replace('1A', '1 A'), 'true'],
    ["a=1 and(a)in('x')or not(a=2)", 'true'],
  ]);
});

test('[JMS 3.8.1.1] order of evaluation: NOT, AND, OR; signs, * /, + -; left to right', (t) => {
  check(t, message({ t: true, f: false, two: 2, three: 3 }), [
    ['t OR t AND f', 'true'],
    ['(t OR t) AND f', 'false'],
    ['NOT f AND f', 'false'],
    ['NOT (f AND f)', 'true'],
    ['NOT NOT t', 'true'],
    ['NOT two = 3', 'true'],
    ['f AND f OR t', 'true'],
    ['2 + 3 * 4 = 14', 'true'],
    ['(2 + 3) * 4 = 20', 'true'],
    ['7 - 2 - 1 = 4', 'true'],
    ['16 / 4 / 2 = 2', 'true'],
    ['16 / (4 / 2) = 8', 'true'],
    ['- two + three = 1', 'true'],
    ['- two * - three = 6', 'true'],
    ['-(two + three) = -5', 'true'],
    ['- - - two = -2', 'true'],
    ['+two = two', 'true'],
    ['two-1=1', 'true'],
    ['two -1 = 1', 'true'],
    ['two - -1 = three', 'true'],
    ['two -- 1 = three', 'true'],
    ['two < three = TRUE', 'true'],
    ['two = 3 = f', 'true'],
    ['(two = 2) = (three = 3)', 'true'],
    ['two + 1 BETWEEN three - 1 AND three * 1 AND t', 'true'],
  ]);
});

test('[JMS 3.8.1.1] arithmetic is that of Java', (t) => {
  const max = 9223372036854775807n;
  check(t, message({ i: 2147483647, l: max, b: byte(127), s: short(-32768), f: float(16777216) }), [
    ['i + 1 = -2147483648', 'true'],
    ['i + 1L = 2147483648', 'true'],
    ['i * i = 1', 'true'],
    ['b + 1 = 128', 'true'],
    ['s - 1 = -32769', 'true'],
    ['-(-2147483648) = -2147483648', 'true'],
    ['-2147483648 / -1 = -2147483648', 'true'],
    ['l + 1 = -9223372036854775808', 'true'],
    ['l * 2 = -2', 'true'],
    ['l + 1 < l', 'true'],
    ['l - 1 = 9223372036854775806', 'true'],
    ['-7 / 2 = -3', 'true'],
    ['-7L / 2 = -3', 'true'],
    ['7 / 2.0 = 3.5', 'true'],
    ['i + 0.5 = 2147483647.5', 'true'],
    ['i + 0.0f = 2147483648', 'true'],
    ['1 / 0 = 1', 'unknown'],
    ['1L / 0 = 1', 'unknown'],
    ['i / 0 = 1', 'unknown'],
    ['1 / 0.0 > l', 'true'],
    ['0.0 / 0 = 0.0 / 0', 'false'],
    ['0.0 / 0 <> 0.0 / 0', 'true'],
    ['f + 1 = f', 'true'],
    ['f + 1d = f', 'false'],
    ['0.1f + 0.2f = 0.3f', 'true'],
    ['0.1f + 0.2f = 0.3', 'false'],
  ]);
});

test('[JMS 3.8.1.1] exact and approximate numbers compare by numeric promotion', (t) => {
  const odd = 9007199254740993n;
  check(
    t,
    message({
      l: odd,
      i: 16777217,
      b: byte(5),
      s: short(5),
      f: float(5),
      d: double(5),
      big: float(16777216),
    }),
    [
      ['b = s AND s = f AND f = d AND d = 5 AND d = 5L', 'true'],
      ['l = 9007199254740993', 'true'],
      ['l = 9007199254740992', 'false'],
      ['l > 9007199254740992', 'true'],
      ['l = 9007199254740992.0', 'true'],
      ['i = 16777216f', 'true'],
      ['16777216f = i', 'true'],
      ['big = 16777217', 'true'],
      ['big = 16777217L', 'true'],
      ['big = 16777217d', 'false'],
      ['i = 16777216d', 'false'],
      ['i < 9223372036854775807', 'true'],
      ['i > -9223372036854775808', 'true'],
      ['9223372036854775807 = 9223372036854775807.0', 'true'],
      // (float) 9007199791611905L is 9007200328482816f; by way of a double it would be one less.
      ['9007199791611905 = 9007200328482816f', 'true'],
      ['-9007199791611905 = -9007200328482816f', 'true'],
      ['9007199791611904 = 9007199254740992f', 'true'],
    ],
  );
});

test('[JMS 3.8.1.1] the six comparisons, either way around', (t) => {
  check(t, message({ n: 5 }), [
    ['n = 5', 'true'],
    ['n <> 5', 'false'],
    ['n < 5', 'false'],
    ['n <= 5', 'true'],
    ['n > 4', 'true'],
    ['n >= 6', 'false'],
    ['5 = n', 'true'],
    ['5 <> n', 'false'],
    ['4 < n', 'true'],
    ['6 <= n', 'false'],
    ['6 > n', 'true'],
    ['5 >= n', 'true'],
    ['n = n AND n >= n AND NOT n < n', 'true'],
  ]);
});

test('[JMS 3.8.1.1] unlike types: the value of the comparison is false', (t) => {
  const view = message({
    NumberOfOrders: '2',
    n: 2,
    flag: true,
    s: 'true',
    c: { type: 'char', value: 'a' },
  });
  check(t, view, [
    ['NumberOfOrders > 1', 'false'],
    ['NumberOfOrders = 2', 'false'],
    ['NumberOfOrders <> 2', 'false'],
    ["n = '2'", 'false'],
    ["n <> '2'", 'false'],
    ['n = TRUE', 'false'],
    ['flag = 1', 'false'],
    ["flag = 'true'", 'false'],
    ['s = TRUE', 'false'],
    ['flag <> s', 'false'],
    ['flag > 0', 'false'],
    ['flag >= flag', 'false'],
    ['NumberOfOrders >= NumberOfOrders', 'false'],
    ["1 = '1'", 'false'],
    ['TRUE <> 1', 'false'],
    ["c = 'a'", 'false'],
    ["JMSPriority = '4'", 'false'],
    ['NumberOfOrders BETWEEN 1 AND 3', 'false'],
    ['NumberOfOrders NOT BETWEEN 1 AND 3', 'false'],
    ["n IN ('2')", 'false'],
    ["n NOT IN ('2')", 'true'],
    ["n LIKE '2'", 'false'],
    ["n NOT LIKE '2'", 'true'],
    ['s', 'false'],
    ['n OR n', 'false'],
  ]);
});

test('[JMS 3.8.1.1] a string in arithmetic has no number', (t) => {
  check(t, message({ s: '2', flag: true }), [
    ['s + 1 = 3', 'unknown'],
    ['s + 1 <> 3', 'unknown'],
    ['-s < 0', 'unknown'],
    ["+s = '2'", 'unknown'],
    ['flag * 1 = 1', 'unknown'],
    ['(s + 1 > 0) OR flag', 'true'],
  ]);
});

test('[JMS 3.8.1.1] what is surely of the wrong type is refused', (t) => {
  checkInvalid(t, [
    ['5', 1, /a condition .*came a number/],
    ["'red'", 1, /a condition .*came a string/],
    ['3 + 5', 1, /a condition/],
    ['TRUE AND 3+5', 10, /a condition after AND .*came a number/],
    ["'a' OR TRUE", 1, /a condition before OR/],
    ['NOT 5', 5, /a condition after NOT/],
    ["x > 'a'", 5, /a number after > .*came a string/],
    ["'a' <= x", 1, /a number before <=/],
    ['x >= FALSE', 6, /a number after >= .*came a condition/],
    ['1 < 2 < 3', 1, /a number before < .*came a condition/],
    ["x + 'a' = 1", 5, /a number after \+/],
    ["-'a' = 1", 2, /a number after -/],
    ["x BETWEEN 'a' AND 'b'", 11, /a number after BETWEEN/],
    ['x BETWEEN 1 AND TRUE', 17, /a number after AND/],
    ['(x = 1) * 2 = 2', 1, /a number before \*/],
  ]);
});

test('[JMS 3.8.1.1] BETWEEN', (t) => {
  check(t, message({ age: 17, old: double(19), l: 15n }), [
    ['age BETWEEN 15 AND 19', 'true'],
    ['age >= 15 AND age <= 19', 'true'],
    ['age NOT BETWEEN 15 AND 19', 'false'],
    ['old BETWEEN 15 AND 19', 'true'],
    ['l BETWEEN 15 AND 19', 'true'],
    ['old NOT BETWEEN 15 AND 18', 'true'],
    ['age BETWEEN 19 AND 15', 'false'],
    ['age NOT BETWEEN 19 AND 15', 'true'],
    ['age BETWEEN l AND old', 'true'],
    ['16 BETWEEN l AND age', 'true'],
    ['none BETWEEN 15 AND 19', 'unknown'],
    ['none NOT BETWEEN 15 AND 19', 'unknown'],
    ['age BETWEEN none AND 19', 'unknown'],
    ['age BETWEEN none AND 16', 'false'],
    ['age NOT BETWEEN none AND 16', 'true'],
  ]);
  checkInvalid(t, [
    ['x BETWEEN 1', 12, /AND between the two bounds.*came the end of the text/],
    ['x BETWEEN 1 OR 2', 13, /AND between.*came OR/],
    ['x BETWEEN 1 AND', 16, /came the end/],
    ['BETWEEN 1 AND 2', 1, /came BETWEEN/],
  ]);
});

test('[JMS 3.8.1.1] IN', (t) => {
  const cases: readonly Case[] = [
    ["Country IN (' UK', 'US', 'France')", 'true'],
    ["Country NOT IN (' UK', 'US', 'France')", 'false'],
    ["NOT Country IN (' UK')", 'false'],
    ["Country IN ('UK')", 'false'],
    ["Country IN ('a','b','c','d','e','f','g','h','i',' UK')", 'true'],
  ];
  check(t, message({ Country: ' UK' }), cases);
  check(t, message({ Country: 'Peru' }), [
    ["Country IN (' UK', 'US', 'France')", 'false'],
    ["Country NOT IN (' UK', 'US', 'France')", 'true'],
    ["(Country = ' UK') OR (Country = ' US') OR (Country = 'France')", 'false'],
    ["Country IN ('a','b','c','d','e','f','g','h','i',' UK')", 'false'],
    ["NOT Country IN ('a')", 'true'],
    ["JMSDeliveryMode IN ('PERSISTENT')", 'true'],
  ]);
  check(
    t,
    message(),
    cases.map(([text]): Case => [text, 'unknown']),
  );
  checkInvalid(t, [
    ['x IN ()', 7, /a string in the list of IN.*came \)/],
    ['x IN (1)', 7, /a string in the list of IN.*came 1/],
    ["x IN ('a',)", 11, /a string in the list/],
    ["x IN ('a' 'b')", 11, /',' or '\)'/],
    ["x IN ('a'", 10, /came the end/],
    ["x IN 'a'", 6, /'\(' after IN/],
    ["'a' IN ('a')", 1, /a name before IN.*came a string/],
    ["a + 1 IN ('a')", 1, /a name before IN/],
    ["x NOT ('a')", 7, /BETWEEN, IN or LIKE after NOT/],
    ['x NOT = 1', 7, /BETWEEN, IN or LIKE after NOT.*came =/],
  ]);
});

test('[JMS 3.8.1.1] LIKE, the examples of the specification', (t) => {
  const matches = (text: string, name: string, value: string): boolean | undefined =>
    parseSelector(text)?.matches(message({ [name]: value }));
  t.true(matches("phone LIKE '12%3'", 'phone', '123'));
  t.true(matches("phone LIKE '12%3'", 'phone', '12993'));
  t.false(matches("phone LIKE '12%3'", 'phone', '1234'));
  t.true(matches("word LIKE 'l_se'", 'word', 'lose'));
  t.false(matches("word LIKE 'l_se'", 'word', 'loose'));
  t.true(matches("underscored LIKE '\\_%' ESCAPE '\\'", 'underscored', '_foo'));
  t.false(matches("underscored LIKE '\\_%' ESCAPE '\\'", 'underscored', 'bar'));
  t.false(matches("phone NOT LIKE '12%3'", 'phone', '123'));
  t.false(matches("phone NOT LIKE '12%3'", 'phone', '12993'));
  t.true(matches("phone NOT LIKE '12%3'", 'phone', '1234'));
});

test('[JMS 3.8.1.1] LIKE, further', (t) => {
  const s = 'abcabd';
  check(t, message({ s, empty: '', multi: 'a\nb', face: '😀!', p: '50%', re: '.*[a', u: 'XD7_' }), [
    ["s LIKE 'abcabd'", 'true'],
    ["s LIKE 'abc'", 'false'],
    ["s LIKE '%'", 'true'],
    ["s LIKE '%%'", 'true'],
    ["s LIKE '______'", 'true'],
    ["s LIKE '_____'", 'false'],
    ["s LIKE '%abd'", 'true'],
    ["s LIKE '%bca%'", 'true'],
    ["s LIKE '%a_d%'", 'true'],
    ["s LIKE 'abc%abd'", 'true'],
    ["s LIKE 'abca%abd'", 'false'],
    ["s LIKE '%ab%ab%'", 'true'],
    ["s LIKE '%ab%ab%ab%'", 'false'],
    ["s LIKE '_%_%_%_%_%_'", 'true'],
    ["s LIKE '_%_%_%_%_%_%_'", 'false'],
    ["s LIKE ''", 'false'],
    ["empty LIKE ''", 'true'],
    ["empty LIKE '%'", 'true'],
    ["empty LIKE '_'", 'false'],
    ["multi LIKE 'a_b'", 'true'],
    ["multi LIKE 'a%'", 'true'],
    ["face LIKE '_!'", 'true'],
    ["face LIKE '😀%'", 'true'],
    ["face LIKE '%😀!'", 'true'],
    ["p LIKE '50!%' ESCAPE '!'", 'true'],
    ["s LIKE 'abc!%' ESCAPE '!'", 'false'],
    ["re LIKE '.*[a'", 'true'],
    ["re LIKE '%[%'", 'true'],
    ["s LIKE '.*'", 'false'],
    // An escape that is a wildcard itself, as ActiveMQ's own tests have it.
    ["u LIKE '_D7__' ESCAPE '_'", 'true'],
    ["u LIKE '%D7%_' ESCAPE '%'", 'true'],
    ["u LIKE '%D7%%' ESCAPE '%'", 'false'],
    ["s LIKE 'ab!cabd' ESCAPE '!'", 'false'],
    ["none LIKE '%'", 'unknown'],
    ["none NOT LIKE '%'", 'unknown'],
    ["JMSType LIKE 'a%'", 'unknown'],
  ]);
  check(t, message({ path: 'c:\\x' }), [
    ["path LIKE 'c:\\\\%' ESCAPE '\\'", 'true'],
    ["path LIKE '%\\x' ESCAPE '\\'", 'true'],
  ]);
  checkInvalid(t, [
    ['x LIKE y', 8, /a string as the pattern of LIKE.*came y/],
    ["x LIKE 'a' ESCAPE 'ab'", 19, /one character after ESCAPE.*came 'ab'/],
    ["x LIKE 'a' ESCAPE ''", 19, /one character/],
    ["x LIKE 'a' ESCAPE", 18, /a string after ESCAPE/],
    ["'a' LIKE 'a'", 1, /a name before LIKE/],
    ["x = 'a' ESCAPE 'b'", 9, /an operator or the end.*came ESCAPE/],
  ]);
});

test('[JMS 3.8.1.1] IS NULL', (t) => {
  const view = message({ here: 0, nothing: { type: 'null', value: null } }, { messageId: 'ID:1' });
  check(t, view, [
    ['prop_name IS NULL', 'true'],
    ['prop_name IS NOT NULL', 'false'],
    ['here IS NULL', 'false'],
    ['here IS NOT NULL', 'true'],
    ['nothing IS NULL', 'true'],
    ['JMSType IS NULL', 'true'],
    ['JMSTimestamp IS NULL', 'true'],
    ['JMSMessageID IS NOT NULL', 'true'],
    ['JMSPriority IS NULL', 'false'],
    ['NOT here IS NULL AND here = 0', 'true'],
  ]);
  checkInvalid(t, [
    ['x IS', 5, /NULL or NOT NULL after IS/],
    ['x IS TRUE', 6, /NULL or NOT NULL.*came TRUE/],
    ['x IS NOT 5', 10, /NULL after IS NOT/],
    ['5 IS NULL', 1, /a name before IS/],
    ['a = b IS NULL', 1, /a name before IS.*came a condition/],
    ['x = NULL', 5, /IS NULL/],
  ]);
});

test('[JMS 3.8.1.2] the tables of three-valued logic', (t) => {
  const view = message({ T: true, F: false });
  const rows = ['T', 'F', 'U'] as const;
  const name = { T: 'true', F: 'false', U: 'unknown' } as const;
  const and = {
    TT: 'T',
    TF: 'F',
    TU: 'U',
    FT: 'F',
    FF: 'F',
    FU: 'F',
    UT: 'U',
    UF: 'F',
    UU: 'U',
  } as const;
  const or = {
    TT: 'T',
    TF: 'T',
    TU: 'T',
    FT: 'T',
    FF: 'F',
    FU: 'U',
    UT: 'T',
    UF: 'U',
    UU: 'U',
  } as const;
  const cases: Case[] = [];
  for (const left of rows) {
    cases.push([left, name[left]]);
    for (const right of rows) {
      cases.push([`${left} AND ${right}`, name[and[`${left}${right}`]]]);
      cases.push([`${left} OR ${right}`, name[or[`${left}${right}`]]]);
      // Three operands take another way through the compiler than two.
      cases.push([`${left} AND ${right} AND ${right}`, name[and[`${left}${right}`]]]);
      cases.push([`${left} OR ${right} OR ${right}`, name[or[`${left}${right}`]]]);
    }
  }
  check(t, view, cases);
  t.is(cases.length, 39);
});

test('[JMS 3.8.1.2] NULL makes comparison and arithmetic unknown', (t) => {
  check(t, message({ n: 1 }), [
    ['none = 1', 'unknown'],
    ['none <> 1', 'unknown'],
    ['none = none', 'unknown'],
    ['n = none', 'unknown'],
    ['none + n = 1', 'unknown'],
    ['n * none > 0', 'unknown'],
    ['-none < 0', 'unknown'],
    ["none = 'a'", 'unknown'],
    ['(none = 1) = TRUE', 'unknown'],
    ['none', 'unknown'],
    ['none = 1 OR n = 1', 'true'],
    ['none = 1 AND n = 2', 'false'],
  ]);
});

test('[JMS 3.8.1.1] the headers that may be named', (t) => {
  const headers = {
    messageId: 'ID:7',
    correlationId: 'c-1',
    type: 'car',
    timestamp: 1_700_000_000_000,
    persistent: false,
    priority: 9,
  };
  check(
    t,
    message(
      { JMSXGroupID: 'g', JMSXDeliveryCount: 2, JMS_Angelia_x: true, JMSish: 1 } as never,
      headers,
    ),
    [
      ["JMSDeliveryMode = 'NON_PERSISTENT'", 'true'],
      ["JMSDeliveryMode <> 'PERSISTENT'", 'true'],
      ['JMSDeliveryMode = 1', 'false'],
      ['JMSPriority = 9', 'true'],
      ['JMSPriority / 2 = 4', 'true'],
      ["JMSMessageID = 'ID:7'", 'true'],
      ["'ID:7' <> JMSMessageID", 'false'],
      ["JMSCorrelationID = 'c-1'", 'true'],
      ["JMSType = 'car'", 'true'],
      ["JMSType > 4 OR JMSType LIKE 'c_r'", 'true'],
      ['JMSType = type', 'unknown'],
      ['JMSTimestamp = 1700000000000', 'true'],
      ['JMSTimestamp + 60 * 1000 > 1700000059999', 'true'],
      ["JMSXGroupID = 'g' AND JMSXDeliveryCount > 1 AND JMS_Angelia_x", 'true'],
      ['jmspriority IS NULL', 'true'],
    ],
  );
  check(t, message({}, { correlationId: Uint8Array.of(1) }), [
    ["JMSCorrelationID = 'a'", 'unknown'],
    ['JMSCorrelationID IS NULL', 'true'],
    ["JMSDeliveryMode = 'PERSISTENT'", 'true'],
  ]);
  checkInvalid(t, [
    ["JMSDestination = 'a'", 1, /one of the headers JMSDeliveryMode, .*came JMSDestination/],
    ['a = 1 AND JMSExpiration > 1', 11, /one of the headers/],
    ['JMSRedelivered', 1, /one of the headers/],
    ['JMSReplyTo IS NULL', 1, /one of the headers/],
    ['JMSDeliveryTime > 1', 1, /one of the headers/],
    ['JMSish = 1', 1, /one of the headers/],
    ['JMS = 1', 1, /one of the headers/],
  ]);
});

test('[JMS 3.8.1] what is not in the grammar is refused, by place', (t) => {
  checkInvalid(t, [
    ["'a' 'b'", 5, /an operator or the end of the text.*came 'b'/],
    ["=TEST 'test'", 1, /came =/],
    ["prop1 = prop2 foo AND string = 'Test'", 15, /came foo/],
    ['a = 1 AMD b = 2', 7, /came AMD/],
    ["color = 'red", 13, /a closing '/],
    ["color = 'it''s", 15, /a closing '/],
    ['a != 1', 3, /'<>'/],
    ['a == 1', 4, /came =/],
    ['a = 1;', 6, /came ;/],
    ['a = 1 -- a note', 12, /came note/],
    ['a = 1 /* note */', 8, /came \*/],
    ['(a = 1', 7, /an operator or '\)'/],
    ['a = 1)', 6, /an operator or the end of the text.*came \)/],
    ['()', 2, /came \)/],
    ['a = ', 5, /came the end of the text/],
    ['AND a', 1, /came AND/],
    ['a AND', 6, /came the end of the text/],
    ['a OR OR b', 6, /came OR/],
    ['NOT', 4, /came the end of the text/],
    ['a = NOT b', 5, /set parentheses/],
    ['a + * b = 1', 5, /came \*/],
    ['a > > 1', 5, /came >/],
    ['a < > 1', 5, /came >/],
    ['a, b', 2, /came ,/],
    ['x = ?', 5, /came \?/],
    ['x = #1', 5, /came #/],
    ['convert_string_expressions:a = 1', 27, /came :/],
  ]);
});

test('bounds of a selector: its length, its depth, its lists and its patterns', (t) => {
  const refused = (text: string): void => {
    const error = t.throws(() => parseSelector(text), { instanceOf: BrokerError });
    t.is(error?.code, 'limit-exceeded', text.slice(0, 40));
  };
  const accepted = (text: string): void => {
    t.notThrows(() => parseSelector(text)?.matches(message()));
  };
  const depth = limits.selectorDepthMax;
  const length = limits.selectorLengthMax;
  accepted(`a${' '.repeat(length - 1)}`);
  refused(`a${' '.repeat(length)}`);
  accepted(`${'('.repeat(depth - 1)}a${')'.repeat(depth - 1)}`);
  refused(`${'('.repeat(depth)}a${')'.repeat(depth)}`);
  refused('('.repeat(60_000));
  refused(`${'NOT '.repeat(15_000)}a`);
  refused(`${'- '.repeat(30_000)}a = 1`);
  refused(`a${' + a'.repeat(15_000)} = 1`);
  refused(`a${' = a'.repeat(15_000)}`);
  accepted(`a${' OR a'.repeat(13_000)}`);
  accepted(`a${' AND a'.repeat(10_000)}`);
  accepted(`a IN (${Array(limits.selectorInListMax).fill("'b'").join()})`);
  refused(
    `a IN (${Array(limits.selectorInListMax + 1)
      .fill("'b'")
      .join()})`,
  );
  accepted(`a LIKE '${'%'.repeat(limits.selectorPatternLengthMax)}'`);
  refused(`a LIKE '${'%'.repeat(limits.selectorPatternLengthMax + 1)}'`);
});

test('LIKE takes no more than its search steps, whatever the pattern', (t) => {
  const long = 'a'.repeat(100_000);
  const steps = limits.selectorPatternLengthMax;
  for (const pattern of [
    '%a'.repeat(steps / 2),
    `%${'a'.repeat(steps - 3)}b%`,
    `%${'_'.repeat(40)}b%`,
  ]) {
    t.is(
      parseSelector(`s LIKE '${pattern}'`)?.matches(message({ s: long })),
      !pattern.includes('b'),
    );
  }
});

test('strings are converted where that was asked for, and only there', (t) => {
  const view = message({
    n: '21',
    d: '2.5',
    flag: 'True',
    word: 'red',
    i: 5,
    l: 10n,
    int: '2147483647',
    big: '9007199254740993',
    long: '9'.repeat(100),
  });
  const converted: readonly Case[] = [
    ['n > 18', 'true'],
    ['n = 21', 'true'],
    ['18 < n', 'true'],
    ['n = 21L AND n = 21.0', 'true'],
    ['n + 1 = 22', 'true'],
    ['int + 1 = -2147483648', 'true'],
    ['-n = -21', 'true'],
    ['n BETWEEN 20 AND 22', 'true'],
    ['n > d', 'false'],
    ['d > i - 3', 'true'],
    ['d = 2.5', 'true'],
    ['big = 9007199254740993', 'true'],
    ['big = 9007199254740992', 'false'],
    ['flag', 'true'],
    ['flag = TRUE', 'true'],
    ['flag <> TRUE', 'false'],
    ['NOT flag', 'false'],
    ["n = '21'", 'true'],
    ["n = '021'", 'false'],
    ["i = '5'", 'true'],
    ["i IN ('4', '5')", 'true'],
    ["l = '10'", 'true'],
    ['word > 1', 'false'],
    ['word <> 1', 'false'],
    ['word = FALSE', 'false'],
    ['word + 1 = 1', 'unknown'],
    ['long > 1', 'false'],
    ["word = 'red'", 'true'],
    ["JMSPriority = '4'", 'true'],
  ];
  check(t, view, converted, { convertStrings: true });
  check(t, view, [
    ['n > 18', 'false'],
    ['flag = TRUE', 'false'],
  ]);
});

test('a required equality is found where it is simple', (t) => {
  const of = (text: string, options?: SelectorOptions): unknown =>
    parseSelector(text, options)?.equality;
  const red = { property: 'color', value: 'red' };
  t.deepEqual(of("color = 'red'"), red);
  t.deepEqual(of("weight > 2500 AND 'red' = color"), red);
  t.deepEqual(of("(a OR b) AND (c AND color = 'red')"), red);
  t.is(of("color = 'red' OR weight > 1"), undefined);
  t.is(of("NOT color = 'red'"), undefined);
  t.is(of("color <> 'red' AND n = 5"), undefined);
  t.is(of("JMSType = 'car'"), undefined);
  t.deepEqual(of("color = 'red'", { convertStrings: true }), red);
  t.is(of("color = '5'", { convertStrings: true }), undefined);
  t.is(of("color = 'TRUE'", { convertStrings: true }), undefined);
});

test('only what is needed of a message is read', (t) => {
  const asked: string[] = [];
  const lazy = {
    persistent: true,
    get priority(): number {
      throw new Error('read for nothing');
    },
    properties: {
      get(name: string): TypedValue {
        asked.push(name);
        return { type: 'string', value: 'red' };
      },
    },
  };
  t.false(parseSelector("color = 'blue' AND JMSPriority > 3 AND size = 'L'")?.matches(lazy));
  t.deepEqual(asked, ['color']);
});
