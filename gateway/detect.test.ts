import test from 'ava';
import fc from 'fast-check';
import { DETECT_BYTES_MAX, detect, type Kind } from './detect.ts';

const HELLOS: readonly (readonly [string, Kind])[] = [
  ['AMQP\0\x01\0\0', 'amqp'],
  ['AMQP\x03\x01\0\0', 'amqp'],
  ['AMQP\0\0\x09\x01', 'amqp'],
  ['CONNECT\naccept-version:1.2\n\n\0', 'stomp'],
  ['CONNECT\r\n', 'stomp'],
  ['STOMP\nhost:x\n', 'stomp'],
  ['\nCONNECT\n', 'stomp'],
  ['GET / HTTP/1.1\r\n', 'http'],
  ['CONNECT example.org:443 HTTP/1.1\r\n', 'http'],
  ['DELETE /api HTTP/1.1\r\n', 'http'],
  ['PRI * HTTP/2.0\r\n', 'http'],
  ['\x16\x03\x01\x02\0\x01', 'tls'],
  ['\0\0\x01\x0c\x01ActiveMQ\0\0\0\x0c', 'openwire'],
  ['ARTEMIS\0\0\0', 'core'],
  ['\x10\x0c\0\x04MQTT\x04', 'mqtt'],
  ['SSH-2.0-OpenSSH\r\n', 'unknown'],
  ['\0\0\x01\x0c\x02ActiveMQ', 'unknown'],
  ['\0\0\0\x09\x01ActiveNQ', 'unknown'],
  ['COPY x\n', 'unknown'],
];

for (const [hello, kind] of HELLOS) {
  test(`${JSON.stringify(hello.slice(0, 12))} is ${kind}, however it is cut`, (t) => {
    const bytes = Buffer.from(hello, 'latin1');
    let first: Kind | undefined;
    for (let length = 0; length <= bytes.length; length++) {
      const found = detect(bytes.subarray(0, length));
      if (first !== undefined) t.is(found, first);
      first ??= found;
    }
    t.is(first, kind);
  });
}

test('nothing keeps anybody waiting for more bytes than a hello has', (t) => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ minLength: DETECT_BYTES_MAX }),
        fc
          .tuple(fc.constantFrom(...HELLOS), fc.nat(10), fc.uint8Array({ minLength: 16 }))
          .map(([[hello], cut, rest]) => Buffer.concat([Buffer.from(hello.slice(0, cut)), rest])),
      ),
      (bytes) => detect(Buffer.from(bytes)) !== undefined,
    ),
  );
  t.pass();
});
