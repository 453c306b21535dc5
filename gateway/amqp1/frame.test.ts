import test from 'ava';
import fc from 'fast-check';
import { ProtocolError } from './errors.ts';
import { describeForeignBytes } from './foreign-bytes.ts';
import type { FrameSink } from './frame.ts';
import { beginFrame, EMPTY_FRAME, Framer, protocolHeader, sealFrame } from './frame.ts';

/** Writes down everything the framer says. */
class Recorder implements FrameSink {
  readonly seen: string[] = [];
  borrowed = 0;

  onProtocolHeader(protocol: number, major: number, minor: number, revision: number): void {
    this.seen.push(`header ${protocol} ${major}.${minor}.${revision}`);
  }

  onFrame(
    type: number,
    channel: number,
    buffer: Buffer,
    start: number,
    end: number,
    borrowed: boolean,
  ): void {
    if (borrowed) this.borrowed++;
    this.seen.push(`frame ${type} ${channel} ${buffer.toString('hex', start, end)}`);
  }
}

function frame(type: number, channel: number, extended: number, body: Uint8Array): Buffer {
  const start = 8 + extended * 4;
  const buffer = Buffer.alloc(start + body.length);
  beginFrame(buffer, 0, channel);
  buffer[4] = 2 + extended;
  buffer[5] = type;
  buffer.set(body, start);
  sealFrame(buffer, 0, buffer.length);
  return buffer;
}

function framer(sink: FrameSink, frameSizeBytesMax = 4096): Framer {
  return new Framer(sink, frameSizeBytesMax);
}

const frames = fc.array(
  fc
    .tuple(fc.nat(1), fc.nat(0xffff), fc.nat(2), fc.uint8Array({ maxLength: 200 }))
    .map(([type, channel, extended, body]) => frame(type, channel, extended, body)),
  { maxLength: 8 },
);

function cut(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...cuts.map((place) => place % (stream.length + 1)), 0, stream.length];
  places.sort((a, b) => a - b);
  return places.slice(1).map((end, index) => stream.subarray(places[index], end));
}

test('[AMQP 2.3] frames do not depend on how TCP cuts the bytes', (t) => {
  fc.assert(
    fc.property(frames, fc.array(fc.nat(), { maxLength: 20 }), (list, cuts) => {
      const stream = Buffer.concat([protocolHeader(0), ...list]);
      const whole = new Recorder();
      framer(whole).absorb(stream);
      t.is(whole.seen.length, list.length + 1);
      t.is(whole.borrowed, list.length);
      const pieces = new Recorder();
      const cutting = framer(pieces);
      // Each chunk is overwritten afterwards, as a read buffer may be.
      for (const chunk of cut(stream, cuts)) {
        const copy = Buffer.from(chunk);
        cutting.absorb(copy);
        copy.fill(0xee);
      }
      t.deepEqual(pieces.seen, whole.seen);
    }),
  );
});

test('[AMQP 2.3] every cut of a short stream gives the same frames', (t) => {
  const stream = Buffer.concat([
    protocolHeader(3),
    frame(1, 0, 0, Buffer.from('abc')),
    EMPTY_FRAME,
  ]);
  const expected = ['header 3 1.0.0', 'frame 1 0 616263', 'frame 0 0 '];
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second++) {
      const recorder = new Recorder();
      const cutting = framer(recorder);
      for (const chunk of cut(stream, [first, second])) cutting.absorb(chunk);
      t.deepEqual(recorder.seen, expected);
    }
  }
});

test('[AMQP 2.3.1] an extended header is skipped, and the body follows it', (t) => {
  const recorder = new Recorder();
  const reading = framer(recorder);
  reading.absorb(Buffer.concat([protocolHeader(0), frame(0, 7, 3, Buffer.from('abcd', 'hex'))]));
  t.deepEqual(recorder.seen, ['header 0 1.0.0', 'frame 0 7 abcd']);
});

test('[AMQP 2.3] arbitrary and damaged bytes end in frames or a ProtocolError', (t) => {
  fc.assert(
    fc.property(
      frames,
      fc.array(fc.tuple(fc.nat(), fc.nat(0xff)), { maxLength: 4 }),
      fc.array(fc.nat(), { maxLength: 6 }),
      (list, changes, cuts) => {
        const stream = Buffer.concat([protocolHeader(0), ...list]);
        for (const [at, byte] of changes) stream[at % stream.length] = byte;
        const outcome = (chunks: readonly Buffer[]): string[] => {
          const recorder = new Recorder();
          const reading = framer(recorder);
          try {
            for (const chunk of chunks) reading.absorb(chunk);
          } catch (error) {
            t.true(error instanceof ProtocolError, String(error));
            recorder.seen.push(String(error).replace(/got .*/, ''));
          }
          return recorder.seen;
        };
        t.deepEqual(outcome(cut(stream, cuts)), outcome([stream]));
      },
    ),
    { numRuns: 500 },
  );
});

test('[AMQP 2.3.1] frames of impossible size are refused', (t) => {
  const refuse = (hex: string, message: string): void => {
    const recorder = new Recorder();
    const reading = framer(recorder, 512);
    reading.absorb(protocolHeader(0));
    const error = t.throws(() => reading.absorb(Buffer.from(hex, 'hex')), {
      instanceOf: ProtocolError,
      message,
    });
    t.is(error.condition, 'amqp:connection:framing-error');
    reading.absorb(EMPTY_FRAME);
    t.deepEqual(recorder.seen, ['header 0 1.0.0'], 'a stopped framer says nothing more');
  };
  refuse('0000020102000000', 'frame of 513 bytes exceeds max-frame-size 512 [AMQP 2.3.1]');
  refuse('0000000702000000', 'frame of 7 bytes is smaller than its header of 8 [AMQP 2.3.1]');
  refuse('0000000801000000', 'frame of 8 bytes has data offset 1, not 2…2 [AMQP 2.3.1]');
  refuse('0000000803000000', 'frame of 8 bytes has data offset 3, not 2…2 [AMQP 2.3.1]');
});

test('[AMQP 2.2] a sink may ask for another protocol header, or stop, in the middle', (t) => {
  const seen: string[] = [];
  const reading: Framer = framer({
    onProtocolHeader: (protocol) => seen.push(`header ${protocol}`),
    onFrame: (type) => {
      seen.push(`frame ${type}`);
      if (type === 1) reading.expectProtocolHeader();
      else reading.stop();
    },
  });
  const sasl = frame(1, 0, 0, Buffer.from('x'));
  reading.absorb(
    Buffer.concat([protocolHeader(3), sasl, protocolHeader(0), EMPTY_FRAME, EMPTY_FRAME]),
  );
  t.deepEqual(seen, ['header 3', 'frame 1', 'header 0', 'frame 0']);
});

test('[AMQP 2.2] what is no AMQP header is refused at its first wrong byte', (t) => {
  t.throws(() => framer(new Recorder()).absorb(Buffer.from('G')), { message: /expected a proto/ });
  t.notThrows(() => framer(new Recorder()).absorb(Buffer.from('AMQ')));
});

test('bytes of other protocols are described', (t) => {
  const cases: readonly (readonly [string | Buffer, RegExp])[] = [
    ['AMQP\0\0\x09\x01', /^an AMQP 0-9-1 header/],
    ['AMQP\x01\x01\0\x09', /^an AMQP 0-9 header/],
    ['AMQP\0\x02\0\0', /^an AMQP header with protocol 0 and version 2\.0\.0/],
    [Buffer.from('160301020001', 'hex'), /^a TLS ClientHello/],
    ['GET / HTTP/1.1\r\n', /^an HTTP request \('GET \/ HTTP\/1.1'\)/],
    ['CONNECT\naccept-version:1.2', /^a STOMP frame \('CONNECT'\)/],
    ['STOMP\r\n', /^a STOMP frame/],
    ['\x10\x0e\0\x04MQTT\x04\x02', /^an MQTT CONNECT/],
    ['\0\0\0\xf0\x01ActiveMQ', /^an OpenWire/],
    ['\x01\x02', /^bytes 0102$/],
    ['AM', /^bytes 414d$/],
  ];
  for (const [bytes, expected] of cases) {
    const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    t.regex(describeForeignBytes(buffer), expected);
  }
});
