import test from 'ava';
import fc from 'fast-check';
import { NumberFormatException } from './errors.ts';
import {
  formatDouble,
  formatFloat,
  parseDouble,
  parseFloatValue,
  parseInteger,
  parseLong,
} from './java-number.ts';

// Each pair is what a Java virtual machine prints.
const DOUBLES: readonly (readonly [number, string])[] = [
  [0, '0.0'],
  [-0, '-0.0'],
  [1, '1.0'],
  [100, '100.0'],
  [0.001, '0.001'],
  [0.0001, '1.0E-4'],
  [9999999, '9999999.0'],
  [10000000, '1.0E7'],
  [1.5e300, '1.5E300'],
  [-2.5e-10, '-2.5E-10'],
  [Number.MAX_VALUE, '1.7976931348623157E308'],
  [Number.NaN, 'NaN'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
];

test('[JMS 3.5.4] doubles as texts are spelled as Double.toString spells them', (t) => {
  for (const [value, text] of DOUBLES) t.is(formatDouble(value), text);
});

test('[JMS 3.5.4] floats as texts have the fewest digits that name them', (t) => {
  t.is(formatFloat(Math.fround(0.1)), '0.1');
  t.is(formatFloat(Math.fround(3.4028234663852886e38)), '3.4028235E38');
  t.is(formatFloat(Math.fround(16777216)), '1.6777216E7');
  t.is(formatFloat(Number.NaN), 'NaN');
  t.is(formatFloat(Number.POSITIVE_INFINITY), 'Infinity');
});

test('numbers survive being written and read', (t) => {
  fc.assert(
    fc.property(fc.double(), fc.float(), (double, float) => {
      t.is(parseDouble(formatDouble(double)), double);
      t.is(parseFloatValue(formatFloat(float)), float);
    }),
  );
});

test('[JMS 3.5.4] integers are read within the range of their type', (t) => {
  t.is(parseInteger('+127', 'byte'), 127);
  t.is(parseInteger('-128', 'byte'), -128);
  t.is(parseInteger('007', 'short'), 7);
  t.is(parseInteger('-2147483648', 'int'), -2147483648);
  t.is(parseInteger('-0', 'int'), 0);
  t.is(parseLong('-9223372036854775808'), -(2n ** 63n));
  for (const text of ['128', '-129', '1.0', ' 1', '1L', '', '--1']) {
    t.throws(() => parseInteger(text, 'byte'), { instanceOf: NumberFormatException }, text);
  }
  t.throws(() => parseInteger('32768', 'short'), { instanceOf: NumberFormatException });
  t.throws(() => parseInteger('2147483648', 'int'), { instanceOf: NumberFormatException });
  t.throws(() => parseLong('9223372036854775808'), { instanceOf: NumberFormatException });
});

test('[JMS 3.5.4] fractions are read as Double.valueOf reads them', (t) => {
  t.is(parseDouble(' 1.5e3\t'), 1500);
  t.is(parseDouble('.5f'), 0.5);
  t.is(parseDouble('7.'), 7);
  t.is(parseDouble('-Infinity'), Number.NEGATIVE_INFINITY);
  t.is(parseDouble('NaN'), Number.NaN);
  for (const text of ['.', 'e5', 'infinity', '1,5', '']) {
    t.throws(() => parseDouble(text), { instanceOf: NumberFormatException }, text);
  }
});
