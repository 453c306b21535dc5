import { deepEqual } from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { StompError } from './errors.ts';
import { formatFrame } from './frame.ts';
import { stompLimits } from './limits.ts';
import { commandName } from './names.ts';
import { FrameParser } from './parser.ts';
import type { Version } from './spelling.ts';

interface Plain {
  readonly command: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

const HEAD_MAX = stompLimits.headBytesMax;
const BODY_MAX = 4 * 1024 * 1024;

/** All frames of the chunks, copied out; chunks are overwritten once they are used up. */
function parse(chunks: Iterable<Uint8Array>, version: Version = '1.2'): Plain[] {
  const parser = new FrameParser(HEAD_MAX, BODY_MAX);
  const frames: Plain[] = [];
  for (const bytes of chunks) {
    const chunk = Buffer.from(bytes);
    parser.push(chunk);
    while (parser.next()) {
      const { frame } = parser;
      const headers: [string, string][] = [];
      for (let at = 0; at < frame.count; at++) {
        headers.push([frame.name(at, version), frame.value(at, version)]);
      }
      const body = frame.body().toString('latin1');
      frames.push({ command: commandName(frame.command), headers, body });
    }
    chunk.fill(0xee);
  }
  return frames;
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places)].filter((at) => at < bytes.length).sort((a, b) => a - b);
  const chunks: Buffer[] = [];
  let from = 0;
  for (const at of [...sorted, bytes.length]) {
    chunks.push(bytes.subarray(from, at));
    from = at;
  }
  return chunks;
}

const command = fc.constantFrom('CONNECT', 'SEND', 'ACK', 'SUBSCRIBE', 'DISCONNECT');
const word = fc.oneof(
  fc
    .string({ unit: 'binary', minLength: 1, maxLength: 12 })
    .map((text) => text.replaceAll('\0', '0')),
  fc.constantFrom('destination', 'a:b', '\\', '\n', '\r', ' x ', 'é', '🐇', 'receipt'),
);
const headers = fc.array(fc.tuple(word, fc.oneof(word, fc.constant(''))), { maxLength: 20 });
const frames = fc.array(
  fc.record({
    command,
    headers: headers.map((list) => list.filter(([name]) => name !== 'content-length')),
    body: fc.uint8Array({ maxLength: 3000 }),
    counted: fc.boolean(),
    beats: fc.nat(2),
  }),
  { minLength: 1, maxLength: 6 },
);

type Made = typeof frames extends fc.Arbitrary<infer T> ? T : never;

/** The frames as bytes, and as they must come out again. */
function write(made: Made, version: Version): { bytes: Buffer; expected: Plain[] } {
  const parts: Buffer[] = [];
  const expected: Plain[] = [];
  for (const one of made) {
    const body = Buffer.from(one.counted ? one.body : one.body.filter((byte) => byte !== 0));
    const length: [string, string][] = one.counted ? [['content-length', `${body.length}`]] : [];
    const all = [...length, ...one.headers];
    parts.push(formatFrame(one.command, all, version, body), Buffer.from('\n'.repeat(one.beats)));
    expected.push({ command: one.command, headers: all, body: body.toString('latin1') });
  }
  return { bytes: Buffer.concat(parts), expected };
}

test('[STOMP 1.2 Augmented BNF] what is written is read again', (t) => {
  fc.assert(
    fc.property(frames, (made) => {
      const { bytes, expected } = write(made, '1.2');
      deepEqual(parse([bytes]), expected);
    }),
  );
  t.pass();
});

test('[STOMP 1.2 Augmented BNF] frames do not depend on how the bytes are cut', (t) => {
  fc.assert(
    fc.property(frames, fc.array(fc.nat(20_000), { maxLength: 30 }), (made, places) => {
      const { bytes, expected } = write(made, '1.2');
      deepEqual(parse(cut(bytes, places)), expected);
    }),
  );
  t.pass();
});

test('[STOMP 1.2 Augmented BNF] every way to cut a small frame gives the same', (t) => {
  const bytes = Buffer.from('ACK\na:b\n\nx\0\n');
  const expected = parse([bytes]);
  t.is(expected.length, 1);
  for (let mask = 0; mask < 1 << (bytes.length - 1); mask++) {
    const places = bytes.map((_, at) => at).filter((at) => at > 0 && (mask >> (at - 1)) & 1);
    const got = parse(cut(bytes, [...places]));
    if (JSON.stringify(got) !== JSON.stringify(expected)) return t.fail(`cut at ${[...places]}`);
  }
  t.pass();
});

test('[STOMP 1.2 Body] every three pieces of a conversation give the same, NULs in a body too', (t) => {
  const bytes = Buffer.from(
    'CONNECT\r\naccept-version:1.2\r\n\r\n\0\n\n' +
      'SEND\ndestination:/queue/é\ncontent-length:3\ncontent-length:9\n\n\0\n\0\0\0' +
      'SEND\ndestination:/queue/b\n\nabc\0ACK\nid:1\n\n\0',
  );
  const expected = parse([bytes]);
  t.deepEqual(
    expected.map((frame) => [frame.command, frame.body]),
    [
      ['CONNECT', ''],
      ['SEND', '\0\n\0'],
      ['SEND', 'abc'],
      ['ACK', ''],
    ],
  );
  t.deepEqual(parse([...bytes].map((byte) => Buffer.of(byte))), expected);
  for (let a = 1; a < bytes.length; a++) {
    for (let b = a; b < bytes.length; b++) {
      const got = parse(cut(bytes, [a, b]));
      if (JSON.stringify(got) !== JSON.stringify(expected)) return t.fail(`cut at ${a}, ${b}`);
    }
  }
  t.pass();
});

test('arbitrary and damaged bytes are frames or a StompError, however they are cut', (t) => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 });
  const places = fc.array(fc.nat(5000), { maxLength: 8 });
  const attempt = (chunks: Buffer[]): string => {
    try {
      // Read as 1.0, which has no wrong escapes.
      return JSON.stringify(parse(chunks, '1.0'));
    } catch (error) {
      if (error instanceof StompError) return 'refused';
      throw error;
    }
  };
  fc.assert(
    fc.property(frames, damage, places, (made, hits, cuts) => {
      const { bytes } = write(made, '1.2');
      for (const [at, byte] of hits) bytes[at % bytes.length] = byte;
      deepEqual(attempt(cut(bytes, cuts)), attempt([bytes]));
    }),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), places, (bytes, cuts) => {
      deepEqual(attempt(cut(Buffer.from(bytes), cuts)), attempt([Buffer.from(bytes)]));
    }),
    { numRuns: 500 },
  );
  t.pass();
});

test('writing what was read is stable after one round', (t) => {
  fc.assert(
    fc.property(frames, fc.constantFrom<Version>('1.1', '1.2'), (made, version) => {
      // 1.1 has no spelling for a CR at the end of a line that is not part of the line end.
      const all = parse([write(made, '1.2').bytes]);
      const once = all.filter(({ headers }) => version === '1.2' || !/\r/.test(`${headers}`));
      const again = (list: Plain[]) =>
        Buffer.concat(
          list.map((one) =>
            formatFrame(one.command, one.headers, version, Buffer.from(one.body, 'latin1')),
          ),
        );
      const bytes = again(once);
      deepEqual(again(parse([bytes], version)), bytes);
    }),
  );
  t.pass();
});

const BAD: readonly (readonly [string, string | Buffer, RegExp])[] = [
  ['an unknown command', 'HELLO\n\n\0', /expected a STOMP command, got "HELLO"/],
  ['a command in small letters', 'send\n\n\0', /expected a STOMP command, got "send"/],
  ['a NUL in the command', 'SEND\0', /expected a STOMP command/],
  ['a control character in the command', Buffer.of(0x16, 3, 1), /expected a STOMP command/],
  ['a header without a colon', 'SEND\ndestination\n\n\0', /'name:value', got "destination"/],
  ['a header without a name', 'SEND\n:x\n\n\0', /'name:value', got ":x"/],
  ['no empty line', 'DISCONNECT\n\0', /expected an empty line/],
  ['a content-length in words', 'SEND\ncontent-length:ten\n\n\0', /as a number, got "ten"/],
  ['a negative content-length', 'SEND\ncontent-length:-1\n\n\0', /as a number, got "-1"/],
  ['a body longer than it says', 'SEND\ncontent-length:1\n\nab\0', /expected NUL.*got 0x62/],
  ['headers that are not UTF-8', Buffer.from('SEND\na:\xff\n\n\0', 'latin1'), /not UTF-8/],
];

for (const [what, bytes, why] of BAD) {
  test(`[STOMP 1.2 STOMP Frames] ${what} is refused, in one piece or byte by byte`, (t) => {
    const whole = Buffer.from(bytes);
    t.throws(() => parse([whole]), { instanceOf: StompError, message: why });
    t.throws(() => parse([...whole].map((byte) => Buffer.of(byte))), { message: why });
  });
}

const TOO_MUCH: readonly (readonly [string, () => Buffer, RegExp])[] = [
  ['commandBytesMax', () => Buffer.alloc(1025, 'A'), /command line of 1025 bytes exceeds 1024/],
  [
    'headerLineBytesMax',
    () => Buffer.from(`SEND\na:${'x'.repeat(10_239)}`),
    /header line of 10241 bytes exceeds 10240/,
  ],
  ['headersMax', () => Buffer.from(`SEND\n${'a:b\n'.repeat(1001)}`), /more than 1000 headers/],
  [
    'headBytesMax',
    () => Buffer.from(`SEND\n${`a:${'x'.repeat(10_000)}\n`.repeat(105)}`),
    /headers of \d+ bytes exceed 1048576/,
  ],
  [
    'body by its content-length',
    () => Buffer.from(`SEND\ncontent-length:${BODY_MAX + 1}\n\n`),
    /body of 4194305 bytes exceeds 4194304/,
  ],
  [
    'body by its bytes',
    () => Buffer.from(`SEND\n\n${'x'.repeat(BODY_MAX + 1)}`),
    /body of 4194305 bytes exceeds 4194304/,
  ],
];

for (const [what, make, why] of TOO_MUCH) {
  test(`[STOMP 1.2 Size Limits] ${what} is enforced before the frame is whole`, (t) => {
    t.throws(() => parse([make()]), { instanceOf: StompError, message: why });
  });
}

test('[STOMP 1.2 Size Limits] what is exactly at a limit passes', (t) => {
  const line = `a:${'x'.repeat(stompLimits.headerLineBytesMax - 2)}\n`;
  const many = 'a:b\n'.repeat(stompLimits.headersMax - 1);
  t.is(parse([Buffer.from(`SEND\n${line}${many}\n\0`)])[0]?.headers.length, 1000);
  const body = 'x'.repeat(BODY_MAX);
  t.is(parse(cut(Buffer.from(`SEND\n\n${body}\0`), [9, 70_000]))[0]?.body.length, BODY_MAX);
});

test('a body of known length in many pieces gets a buffer of its own, of its size', (t) => {
  const length = 3 * 1024 * 1024 + 5;
  const bytes = formatFrame(
    'SEND',
    [['content-length', `${length}`]],
    '1.2',
    Buffer.alloc(length, 7),
  );
  const parser = new FrameParser(HEAD_MAX, BODY_MAX);
  let whole = 0;
  for (let at = 0; at < bytes.length; at += 65_536) {
    parser.push(bytes.subarray(at, at + 65_536));
    while (parser.next()) {
      whole++;
      t.false(parser.frame.borrowed);
      t.is(parser.frame.buffer.length, bytes.length);
      t.true(parser.frame.body().every((byte) => byte === 7));
    }
  }
  t.is(whole, 1);
});

test('a promised body takes no more memory than comes', (t) => {
  const parser = new FrameParser(HEAD_MAX, 100 * 1024 * 1024);
  parser.push(Buffer.from(`SEND\ncontent-length:${100 * 1024 * 1024}\n\nabc`));
  t.false(parser.next());
  t.true(parser.frame.buffer.length <= stompLimits.bodyRoomBytes);
});
