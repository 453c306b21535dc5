// The reader of Java's streams, against what Java wrote, what we write, and what nobody should.

import test from 'ava';
import fc from 'fast-check';
import { textOf } from './java-bytes.ts';
import type { JavaObject } from './java-objects.ts';
import { JavaReader } from './java-reader.ts';
import { JavaWriter } from './java-writer.ts';

/** A LinkedHashMap with a list, an enum, arrays, a date and a BigDecimal. */
const OBJECTS: Buffer = Buffer.from(
  [
    'rO0ABXNyABdqYXZhLnV0aWwuTGlua2VkSGFzaE1hcDTATlwQbMD7AgABWgALYWNjZXNzT3JkZXJ4cgARamF2YS51',
    'dGlsLkhhc2hNYXAFB9rBwxZg0QMAAkYACmxvYWRGYWN0b3JJAAl0aHJlc2hvbGR4cD9AAAAAAAAMdwgAAAAQAAAA',
    'BnQABGxpc3RzcgATamF2YS51dGlsLkFycmF5TGlzdHiB0h2Zx2GdAwABSQAEc2l6ZXhwAAAAAncEAAAAAnNyABFq',
    'YXZhLmxhbmcuSW50ZWdlchLioKT3gYc4AgABSQAFdmFsdWV4cgAQamF2YS5sYW5nLk51bWJlcoaslR0LlOCLAgAA',
    'eHAAAAABdAABYXh0AANkYXl+cgATamF2YS50aW1lLkRheU9mV2VlawAAAAAAAAAAEgAAeHIADmphdmEubGFuZy5F',
    'bnVtAAAAAAAAAAASAAB4cHQABk1PTkRBWXQABGludHN1cgACW0lNumAmduqypQIAAHhwAAAAAgAAAAEAAAACdAAF',
    'bmFtZXN1cgATW0xqYXZhLmxhbmcuU3RyaW5nO63SVufpHXtHAgAAeHAAAAACcQB+AAlxAH4ACXQABHdoZW5zcgAO',
    'amF2YS51dGlsLkRhdGVoaoEBS1l0GQMAAHhwdwgAAAAAAAAABXh0AANiaWdzcgAUamF2YS5tYXRoLkJpZ0RlY2lt',
    'YWxUxxVX+YEoTwMAAkkABXNjYWxlTAAGaW50VmFsdAAWTGphdmEvbWF0aC9CaWdJbnRlZ2VyO3hxAH4ABwAAAAFz',
    'cgAUamF2YS5tYXRoLkJpZ0ludGVnZXKM/J8fqTv7HQMABkkACGJpdENvdW50SQAJYml0TGVuZ3RoSQATZmlyc3RO',
    'b256ZXJvQnl0ZU51bUkADGxvd2VzdFNldEJpdEkABnNpZ251bVsACW1hZ25pdHVkZXQAAltCeHEAfgAH////////',
    '///////+/////gAAAAF1cgACW0Ks8xf4BghU4AIAAHhwAAAAAQ94eHgA',
  ].join(''),
  'base64',
);

const HEADER = Buffer.from([0xac, 0xed, 0, 5]);
const HEADER_BYTES = 4;
const BLOCK_HEAD_BYTES = 5;

/** A value, how it is written, and how it is read. */
type Step = readonly [
  value: unknown,
  write: (writer: JavaWriter) => void,
  read: (reader: JavaReader) => unknown,
];

function step<T>(
  values: fc.Arbitrary<T>,
  write: (writer: JavaWriter, value: T) => void,
  read: (reader: JavaReader, value: T) => unknown,
): fc.Arbitrary<Step> {
  return values.map((value) => [value, (w) => write(w, value), (r) => read(r, value)]);
}

const units = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
  .map((all) => String.fromCharCode(...all));

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    step(
      fc.boolean(),
      (w, v) => w.boolean(v),
      (r) => r.boolean(),
    ),
    step(
      fc.integer({ min: -128, max: 127 }),
      (w, v) => w.byte(v),
      (r) => r.byte(),
    ),
    step(
      fc.integer({ min: -32768, max: 32767 }),
      (w, v) => w.short(v),
      (r) => r.short(),
    ),
    step(
      fc.integer(),
      (w, v) => w.int(v),
      (r) => r.int(),
    ),
    step(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      (w, v) => w.long(v),
      (r) => r.long(),
    ),
    step(
      fc.float(),
      (w, v) => w.float(v),
      (r) => r.float(),
    ),
    step(
      fc.double(),
      (w, v) => w.double(v),
      (r) => r.double(),
    ),
    step(
      fc.integer({ min: 0, max: 0xffff }).map((one) => String.fromCharCode(one)),
      (w, v) => w.char(v),
      (r) => r.char(),
    ),
    step(
      units,
      (w, v) => w.utf(v),
      (r) => r.utf(),
    ),
    step(
      fc.uint8Array(),
      (w, v) => w.bytes(v),
      (r, v) => new Uint8Array(r.bytes(v.length)),
    ),
  ),
);

test('[Java Object Serialization 6.4] how values are cut into blocks changes nothing', (t) => {
  const cuts = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(steps, cuts, (all, sizes) => {
      const writer = new JavaWriter();
      for (const [, write] of all) write(writer);
      const payload = writer.finish().subarray(HEADER_BYTES + BLOCK_HEAD_BYTES);
      const blocks: Buffer[] = [HEADER];
      for (let at = 0, n = 0; at < payload.length; n++) {
        // Empty ones may be between; the last sizes are whatever is left.
        const size = n < 40 ? (sizes[n % sizes.length] ?? 0) : payload.length;
        const part = payload.subarray(at, at + size);
        const long = Buffer.from([0x7a, 0, 0, part.length >> 8, part.length & 0xff]);
        blocks.push(part.length > 255 ? long : Buffer.from([0x77, part.length]), part);
        at += size;
      }
      const whole = new JavaReader(writer.finish());
      const cut = new JavaReader(Buffer.concat(blocks));
      for (const [value, , read] of all) {
        t.deepEqual(read(whole), value);
        t.deepEqual(read(cut), value);
      }
    }),
  );
});

test('objects that Java wrote are read past: classes, lists, enums, arrays, references', (t) => {
  const reader = new JavaReader(OBJECTS);
  const map = reader.object() as JavaObject;
  t.is(map.className, 'java.util.LinkedHashMap');
  t.deepEqual([...map.fields.keys()], ['loadFactor', 'threshold', 'accessOrder']);
  t.true(reader.ended);
});

test('objects of booleans and strings, and long strings, are read as they were written', (t) => {
  const writer = new JavaWriter();
  const text = 'ü\0🐙'.repeat(20_000);
  writer.int(1);
  writer.object({
    className: 'C',
    version: 1n,
    booleans: { b: true },
    strings: { s: text.slice(0, 40), n: null },
  });
  writer.int(2);
  writer.string(text);
  const reader = new JavaReader(writer.finish(Buffer.from('rest')));
  t.is(reader.int(), 1);
  const object = reader.object() as JavaObject;
  t.is(object.className, 'C');
  t.deepEqual(Object.fromEntries(object.fields), { b: true, s: text.slice(0, 40), n: null });
  t.is(reader.int(), 2);
  t.is(reader.object(), text);
  t.is(reader.rest().toString(), 'rest');
});

test('a stream that is damaged ends in a value or in a plain error', (t) => {
  const damaged = fc.tuple(
    fc.array(fc.tuple(fc.nat(OBJECTS.length - 1), fc.integer({ min: 0, max: 255 })), {
      maxLength: 6,
    }),
    fc.integer({ min: 0, max: OBJECTS.length }),
  );
  fc.assert(
    fc.property(damaged, ([changes, length]) => {
      const bytes = Buffer.from(OBJECTS);
      for (const [at, value] of changes) bytes[at] = value;
      try {
        new JavaReader(bytes.subarray(0, length)).object();
      } catch (error) {
        // A RangeError would be a read beyond the end, a TypeError a value that is none.
        t.is((error as Error).constructor, Error, String((error as Error).stack));
      }
    }),
    { numRuns: 2000 },
  );
});

test('objects that lie too deep in each other, and rows of classes, are refused', (t) => {
  const text = (value: string): Buffer => Buffer.from([0, value.length, ...Buffer.from(value)]);
  const version = Buffer.alloc(8);
  // An array of Object whose one element is again such an array.
  const array = Buffer.concat([
    ...[Buffer.from([0x75, 0x72]), text('[L'), version, Buffer.from([2, 0, 0, 0x78, 0x70])],
    Buffer.from([0, 0, 0, 1]),
  ]);
  const nested = Buffer.concat([HEADER, ...Array.from({ length: 10_000 }, () => array)]);
  t.throws(() => new JavaReader(nested).object(), { message: /deep/ });
  const described = Buffer.concat([
    Buffer.from([0x72]),
    text('C'),
    version,
    Buffer.from([2, 0, 0, 0x78]),
  ]);
  const chain = Array.from({ length: 10_000 }, () => described);
  t.throws(() => new JavaReader(Buffer.concat([HEADER, Buffer.from([0x73]), ...chain])).object(), {
    message: /deep/,
  });
  // Each class is above the one before by a reference, in an object of its own.
  const rows = Array.from({ length: 100 }, (_, n) =>
    Buffer.concat([
      ...[Buffer.from([0x73]), described],
      n === 0 ? Buffer.from([0x70]) : Buffer.from([0x71, 0, 0x7e, 0, (n - 1) * 2]),
    ]),
  );
  const reader = new JavaReader(Buffer.concat([HEADER, ...rows]));
  t.throws(() => rows.map(() => reader.object()), { message: /above each other/ });
});

test('text in Java’s own UTF-8 that is none is refused', (t) => {
  for (const bytes of [[0x80], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x90, 0x99]]) {
    t.throws(() => textOf(Buffer.from(bytes), 0, bytes.length), { message: /UTF-8/ });
  }
  t.is(textOf(Buffer.from([1, 0xc0, 0x80, 0x61, 1]), 1, 3), '\0a');
});
