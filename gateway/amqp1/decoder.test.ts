import test from 'ava';
import fc from 'fast-check';
import { Decoder, skipValue } from './decoder.ts';
import { encodeValue } from './encoder.ts';
import { ProtocolError } from './errors.ts';
import { amqpLimits } from './limits.ts';
import type { PrimitiveType, Value } from './types.ts';
import { described, NULL, string, symbol, symbols, uint } from './types.ts';

const text = fc.string({ unit: 'binary', maxLength: 300 });
const ascii = fc.string({ unit: 'binary-ascii', maxLength: 300 });
const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));

function of(type: string, values: fc.Arbitrary<unknown>): fc.Arbitrary<Value> {
  return values.map((value) => ({ type, value }) as Value);
}

/** One arbitrary for each primitive type without elements. */
const scalars: readonly fc.Arbitrary<Value>[] = [
  fc.constant(NULL),
  of('boolean', fc.boolean()),
  of('ubyte', fc.nat(0xff)),
  of('ushort', fc.nat(0xffff)),
  of('uint', fc.oneof(fc.nat(300), fc.nat(0xffff_ffff))),
  of('ulong', fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 64n - 1n))),
  of('byte', fc.integer({ min: -128, max: 127 })),
  of('short', fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 })),
  of('int', fc.oneof(fc.integer({ min: -200, max: 200 }), fc.integer())),
  of('long', fc.oneof(fc.bigInt(-200n, 200n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n))),
  of('float', fc.float()),
  of('double', fc.double()),
  of('char', fc.nat(0x10ffff)),
  of('timestamp', fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
  of('decimal32', bytes(4)),
  of('decimal64', bytes(8)),
  of('decimal128', bytes(16)),
  of('uuid', bytes(16)),
  of(
    'binary',
    fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  ),
  of('string', text),
  of('symbol', ascii),
];

const { value: anyValue } = fc.letrec<{ value: Value; compound: Value }>((tie) => ({
  value: fc.oneof({ maxDepth: 4, withCrossShrink: true }, ...scalars, tie('compound')),
  compound: fc.oneof(
    of('list', fc.array(tie('value'), { maxLength: 6 })),
    of('map', fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 })),
    fc
      .tuple(
        fc.oneof(...scalars.map((scalar) => fc.array(scalar, { minLength: 1, maxLength: 5 }))),
        fc.array(tie('value'), { maxLength: 2 }),
      )
      .map(([elements, descriptors]) => {
        const element = elements[0]?.type as PrimitiveType;
        return { type: 'array', element, descriptors, value: elements } as Value;
      }),
    of('array', fc.constant([])).map(
      (array) => ({ ...array, element: 'map', descriptors: [] }) as Value,
    ),
    fc
      .tuple(tie('value'), tie('value'))
      .map(([descriptor, value]) => ({ type: 'described', descriptor, value }) as Value),
  ),
}));

function decode(buffer: Buffer): Value {
  return new Decoder(buffer, 0, buffer.length).read();
}

function fromHex(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

test('[AMQP 1.6] every value survives encoding and decoding with its exact type', (t) => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const encoded = encodeValue(value);
      t.deepEqual(decode(encoded), value);
      t.is(skipValue(encoded, 0, encoded.length), encoded.length);
    }),
    { numRuns: 500 },
  );
  t.pass();
});

test('[AMQP 1.6] arbitrary and damaged bytes end in a value or a ProtocolError', (t) => {
  const damaged = fc
    .tuple(anyValue, fc.array(fc.tuple(fc.nat(), fc.nat(0xff)), { maxLength: 4 }))
    .map(([value, changes]) => {
      const encoded = encodeValue(value);
      for (const [at, byte] of changes) encoded[at % encoded.length] = byte;
      return encoded;
    });
  const arbitrary = fc.uint8Array({ minLength: 1, maxLength: 60 }).map((a) => Buffer.from(a));
  fc.assert(
    fc.property(fc.oneof(damaged, arbitrary), (encoded) => {
      let value: Value;
      try {
        value = decode(encoded);
      } catch (error) {
        t.true(error instanceof ProtocolError, String(error));
        return;
      }
      // What was read is written in its smallest form, and that form is stable.
      const once = encodeValue(value);
      t.deepEqual(encodeValue(decode(once)), once);
    }),
    { numRuns: 3000 },
  );
  t.pass();
});

test('[AMQP 1.6] each encoding of a type reads as that type', (t) => {
  const cases: readonly (readonly [string, Value])[] = [
    ['40', NULL],
    ['56 01', { type: 'boolean', value: true }],
    ['42', { type: 'boolean', value: false }],
    ['50 ff', { type: 'ubyte', value: 255 }],
    ['60 ffff', { type: 'ushort', value: 65535 }],
    ['70 00000007', uint(7)],
    ['52 07', uint(7)],
    ['43', uint(0)],
    ['80 0000000000000007', { type: 'ulong', value: 7n }],
    ['80 ffffffffffffffff', { type: 'ulong', value: 2n ** 64n - 1n }],
    ['44', { type: 'ulong', value: 0n }],
    ['51 80', { type: 'byte', value: -128 }],
    ['61 8000', { type: 'short', value: -32768 }],
    ['71 80000000', { type: 'int', value: -(2 ** 31) }],
    ['54 ff', { type: 'int', value: -1 }],
    ['55 ff', { type: 'long', value: -1n }],
    ['72 3f800000', { type: 'float', value: 1 }],
    ['82 3ff0000000000000', { type: 'double', value: 1 }],
    ['73 0001f600', { type: 'char', value: 0x1f600 }],
    ['83 ffffffffffffffff', { type: 'timestamp', value: -1n }],
    ['74 22500001', { type: 'decimal32', value: fromHex('22500001') }],
    ['b0 00000001 61', { type: 'binary', value: Buffer.from('a') }],
    ['b1 00000002 c3a9', string('é')],
    ['a1 03 efbbbf', string('\ufeff')],
    ['a1 03 efbfbd', string('\ufffd')],
    ['b3 00000001 61', symbol('a')],
    ['d0 00000005 00000001 41', { type: 'list', value: [{ type: 'boolean', value: true }] }],
    ['d1 00000006 00000002 4340', { type: 'map', value: [[uint(0), NULL]] }],
    ['f0 00000009 00000002 a3 0161 0162', symbols(['a', 'b'])],
    ['00 a3 01 78 a1 01 79', { type: 'described', descriptor: symbol('x'), value: string('y') }],
  ];
  for (const [hex, value] of cases) {
    t.deepEqual(decode(fromHex(hex)), value, hex);
  }
});

test('[AMQP 1.2] a constructor of an array may be described', (t) => {
  const array: Value = {
    type: 'array',
    element: 'string',
    descriptors: [{ type: 'ulong', value: 5n }],
    value: [string('12'), string('34')],
  };
  t.is(encodeValue(array).toString('hex'), 'e00b02005305a1023132023334');
  t.deepEqual(decode(encodeValue(array)), array);
});

test('[AMQP 1.6] the encoder picks the smallest form', (t) => {
  const cases: readonly (readonly [Value, string])[] = [
    [uint(0), '43'],
    [uint(255), '52ff'],
    [uint(256), '7000000100'],
    [{ type: 'int', value: -128 }, '5480'],
    [{ type: 'int', value: 128 }, '7100000080'],
    [{ type: 'long', value: 127n }, '557f'],
    [{ type: 'ulong', value: 256n }, '800000000000000100'],
    [{ type: 'list', value: [] }, '45'],
    [{ type: 'list', value: [NULL] }, 'c0020140'],
    [{ type: 'map', value: [] }, 'c10100'],
    [string(''), 'a100'],
    [symbols(['a']), 'e00401a30161'],
    [described(0x24, { type: 'list', value: [] }), '00532445'],
  ];
  for (const [value, hex] of cases) t.is(encodeValue(value).toString('hex'), hex);
  t.is(encodeValue(string('é'.repeat(128)))[0], 0xb1);
  t.is(encodeValue({ type: 'list', value: Array(255).fill(NULL) })[0], 0xd0);
});

test('[AMQP 1.6] claims that the bytes do not bear out fail at once', (t) => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['d0 00000004 ffffffff', /4294967295 bytes, but 0 are left/],
    ['d0 ffffffff 00000001', /needs 4294967295 bytes/],
    ['f0 00000005 ffffffff 40', /4294967295 elements without bytes/],
    ['f0 00000005 ffffffff 52', /needs 4294967295 bytes/],
    ['b1 ffffffff 61', /needs 4294967295 bytes, but 1 are left/],
    ['c1 02 01 40', /1 elements, not pairs/],
    ['c0 03 01 40 40', /list ends at offset 4, but its size says 5/],
    ['c0 00', /left/],
    ['a1 02 c328', /not UTF-8/],
    ['a3 01 e9', /0xe9.*not ASCII/],
    ['56 02', /neither 0 nor 1/],
    ['73 00110000', /above U\+10FFFF/],
    ['57 00', /constructor 0x57/],
    ['20', /constructor 0x20/],
  ];
  for (const [hex, message] of cases) {
    const error = t.throws(() => decode(fromHex(hex)), { instanceOf: ProtocolError }, hex);
    t.regex(error.message, message, hex);
    t.is(error.condition, 'amqp:decode-error');
  }
});

test('[AMQP 1.6] nesting is bounded', (t) => {
  const nested = (levels: number): Buffer => {
    let value: Value = NULL;
    for (let level = 0; level < levels; level++) value = { type: 'list', value: [value] };
    return encodeValue(value);
  };
  t.notThrows(() => decode(nested(amqpLimits.nestingMax)));
  t.throws(() => decode(nested(amqpLimits.nestingMax + 1)), { message: /nested deeper/ });
  t.throws(() => decode(Buffer.alloc(10_000)), { message: /nested deeper/ });
  t.throws(() => skipValue(Buffer.alloc(1_000_000), 0, 1_000_000), { message: /beyond its end/ });
});

test('elements without bytes are bounded over all arrays of one decoding', (t) => {
  const array: Value = {
    type: 'array',
    element: 'null',
    descriptors: [],
    value: Array(amqpLimits.zeroSizeElementsMax).fill(NULL),
  };
  t.notThrows(() => decode(encodeValue(array)));
  const twice = encodeValue({ type: 'list', value: [array, array] });
  t.throws(() => decode(twice), { message: /elements without bytes/ });
});
