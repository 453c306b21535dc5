import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'ava';
import { Broker, type ManualHost, nodeHost } from '#broker';
import { Users } from '../auth.ts';
import { gatewayLimits } from '../limits.ts';
import { Listener } from '../listener.ts';
import { usersOn } from '../users.test-kit.ts';
import { amqp1Engine, amqpLimits } from './index.ts';
import { encodeFrame } from './performatives.ts';
import { rawBench } from './raw-bench.test-kit.ts';
import {
  begin,
  close,
  credit,
  HEADER,
  message,
  open,
  type RawPeer,
  rawFrame,
  receiver,
  SASL_HEADER,
  sender,
  settle,
  textOf,
  transfer,
} from './raw-peer.test-kit.ts';
import { string, symbol } from './types.ts';

const OPTIONS = { product: 'angelia', version: '1.2.3' };

const WITH_USERS = (host: ManualHost): Users => usersOn(host, { ada: 'secret' });

function plain(text: string): Buffer {
  return encodeFrame(0, {
    kind: 'sasl-init',
    mechanism: 'PLAIN',
    initialResponse: Buffer.from(text),
  });
}

test('[AMQP 2.2] a plain header is answered with ours where anonymous is welcome', (t) => {
  const peer = rawBench().dial();
  t.deepEqual(peer.say(HEADER).hear(), [{ kind: 'header', protocol: 0 }]);
  const [answer] = peer.say(open()).hearOnly('open');
  t.is(answer?.maxFrameSize, amqpLimits.frameSizeBytesMax);
  t.is(answer?.channelMax, amqpLimits.channelMax);
  t.deepEqual(answer?.offeredCapabilities, [
    'sole-connection-for-container',
    'ANONYMOUS-RELAY',
    'DELAYED_DELIVERY',
    'SHARED-SUBS',
  ]);
  t.deepEqual(answer?.properties.get('product'), string('angelia'));
  t.deepEqual(answer?.properties.get('version'), string('1.2.3'));
  t.false(peer.ended);
});

test('[AMQP 2.2] a plain header is answered with the SASL one where a name is needed', (t) => {
  const peer = rawBench(WITH_USERS).dial().say(HEADER, open());
  t.deepEqual(peer.hear(), [{ kind: 'header', protocol: 3 }]);
  t.true(peer.ended);
  t.is(peer.lines.length, 1);
});

for (const [what, bytes, named] of [
  ['AMQP 0-9-1', Buffer.from('AMQP\0\0\x09\x01'), /0-9-1/],
  ['TLS', Buffer.from('1603010200010001fc0303', 'hex'), /TLS/],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), /HTTP/],
  ['STOMP', Buffer.from('CONNECT\naccept-version:1.2\n\n\0'), /STOMP/],
  ['AMQP 2.0', Buffer.from('AMQP\0\x02\0\0'), /2\.0\.0/],
  ['the TLS header of AMQP', Buffer.from('AMQP\x02\x01\0\0'), /protocol 2/],
] as const) {
  test(`[AMQP 2.2] ${what} is answered with our header, a close, and one line of log`, (t) => {
    const { dial } = rawBench();
    const neighbour = dial().say(HEADER, open());
    neighbour.hear();
    const peer = dial().say(bytes);
    t.deepEqual(peer.hear(), [{ kind: 'header', protocol: 0 }]);
    t.true(peer.ended);
    t.is(peer.lines.length, 1);
    t.regex(String(peer.logged('came')[0]), named);
    t.deepEqual([neighbour.hear(), neighbour.ended, neighbour.lines.length], [[], false, 0]);
  });
}

test('[AMQP 5.3.2] SASL offers PLAIN, and ANONYMOUS where it is welcome', (t) => {
  const mechanisms = (users: Users | typeof WITH_USERS) =>
    rawBench(users).dial().say(SASL_HEADER).hearOnly('sasl-mechanisms')[0]?.mechanisms;
  t.deepEqual(mechanisms(new Users()), ['PLAIN', 'ANONYMOUS']);
  t.deepEqual(mechanisms(WITH_USERS), ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN']);
});

test('[AMQP 5.3.2] all of a SASL exchange may come in one write', (t) => {
  const init = encodeFrame(0, { kind: 'sasl-init', mechanism: 'ANONYMOUS' });
  const peer = rawBench().dial().say(SASL_HEADER, init, HEADER, open(), begin());
  t.deepEqual(
    peer.hear().map(({ kind }) => kind),
    ['header', 'sasl-mechanisms', 'sasl-outcome', 'header', 'open', 'begin'],
  );
});

test('[RFC 4616] PLAIN lets the right password in, and tells the broker who it is', (t) => {
  const { broker, dial } = rawBench(WITH_USERS);
  const peer = dial().say(SASL_HEADER, plain('\0ada\0secret'));
  t.is(peer.hearOnly('sasl-outcome')[0]?.code, 0);
  peer.say(HEADER, open());
  t.is(peer.hearOnly('open').length, 1);
  t.deepEqual(
    [...broker.connections()].map(({ options }) => options.user),
    ['ada'],
  );
});

test('[RFC 4616] PLAIN without an initial response is asked for it', (t) => {
  const peer = rawBench(WITH_USERS).dial();
  peer.say(SASL_HEADER, encodeFrame(0, { kind: 'sasl-init', mechanism: 'PLAIN' }));
  t.is(peer.hearOnly('sasl-challenge').length, 1);
  const response = Buffer.from('\0ada\0secret');
  peer.say(encodeFrame(0, { kind: 'sasl-response', response }));
  t.is(peer.hearOnly('sasl-outcome')[0]?.code, 0);
});

for (const [what, frame] of [
  ['a wrong password', plain('\0ada\0wrong')],
  ['an unknown user', plain('\0eve\0secret')],
  ['no user', plain('\0\0')],
  ['one NUL', plain('ada\0secret')],
  [
    'bad UTF-8',
    encodeFrame(0, {
      kind: 'sasl-init',
      mechanism: 'PLAIN',
      initialResponse: Buffer.from([0, 0xff, 0, 0xfe]),
    }),
  ],
  ['ANONYMOUS', encodeFrame(0, { kind: 'sasl-init', mechanism: 'ANONYMOUS' })],
  ['an unknown mechanism', encodeFrame(0, { kind: 'sasl-init', mechanism: 'SCRAM-SHA-1' })],
  [
    'a response before init',
    encodeFrame(0, { kind: 'sasl-response', response: Buffer.from('\0ada\0secret') }),
  ],
] as const) {
  test(`[AMQP 5.3.3.6] SASL refuses ${what} with outcome auth, and closes`, (t) => {
    const { host, broker, dial } = rawBench(WITH_USERS);
    const peer = dial().say(SASL_HEADER, frame, HEADER, open());
    host.advance(gatewayLimits.failureDelayMs - 1);
    t.deepEqual([peer.hearOnly('sasl-outcome'), peer.ended], [[], false], 'not at once');
    host.advance(1);
    t.is(peer.hearOnly('sasl-outcome')[0]?.code, 1);
    t.true(peer.ended);
    t.is(peer.lines.length, 1);
    t.is([...broker.connections()].length, 0);
  });
}

test('[AMQP 5.3.1] an AMQP frame instead of a SASL one closes the socket', (t) => {
  const peer = rawBench().dial().say(SASL_HEADER, open());
  t.true(peer.ended);
  t.is(peer.lines.length, 1);
});

test('[AMQP 2.3] frames mean the same however TCP cuts them', (t) => {
  // A peer may not send before it has credit, nor settle before it has a delivery.
  const phases = [
    [HEADER, open(), begin(), sender(), receiver(), credit(10)],
    [transfer(0, message('one')), transfer(1, message('two'), { settled: true })],
    [settle(0, 1, 'accepted', false), close()],
  ].map((frames) => Buffer.concat(frames));
  const heard = (size: number): unknown[] => {
    const peer = rawBench().dial();
    for (const bytes of phases) {
      for (let at = 0; at < bytes.length; at += size) peer.say(bytes.subarray(at, at + size));
    }
    // How often credit is granted, and what is answered first, depends on what came together.
    const came = peer.hear().filter(({ kind }) => kind !== 'flow');
    return came.sort((a, b) => a.kind.localeCompare(b.kind));
  };
  const whole = heard(1000);
  t.is(whole.length, 10);
  for (const size of [1, 2, 3, 7, 8, 9, 31, 100]) t.deepEqual(heard(size), whole, `${size}`);
});

test('[AMQP 2.4.1] what is not an open at first closes with illegal-state', (t) => {
  const peer = rawBench().dial().say(HEADER, begin());
  t.deepEqual(
    peer.hear().map(({ kind }) => kind),
    ['header', 'open', 'close'],
  );
  t.deepEqual(peer.logged('condition'), ['amqp:illegal-state']);
});

test('[AMQP 2.7.1] a frame size that is too small is refused', (t) => {
  const peer = rawBench()
    .dial()
    .say(HEADER, open({ maxFrameSize: 511 }));
  t.is(peer.hearOnly('close')[0]?.error?.condition, 'amqp:invalid-field');
});

test('[JMS mapping] a container id of which there may be one is refused to a second', (t) => {
  const { dial } = rawBench();
  const sole = { containerId: 'ada', desiredCapabilities: ['sole-connection-for-container'] };
  const first = dial('10.0.0.1:7').say(HEADER, open(sole));
  const second = dial().say(HEADER, open(sole));
  const [opened, closed] = second.hear().slice(1);
  t.true(
    opened?.kind === 'open' &&
      opened.properties.get('amqp:connection-establishment-failed')?.value === true,
  );
  t.true(closed?.kind === 'close');
  if (closed?.kind !== 'close') return;
  t.is(closed.error?.condition, 'amqp:invalid-field');
  t.deepEqual(closed.error?.info, new Map([['invalid-field', symbol('container-id')]]));
  t.regex(closed.error?.description ?? '', /10\.0\.0\.1:7/);
  t.is(second.lines.length, 1);
  first.say(close());
  t.is(dial().say(HEADER, open(sole)).hearOnly('close').length, 0);
});

test('[JMS mapping] peers that do not claim their container id may share it', (t) => {
  const { dial } = rawBench();
  dial().say(HEADER, open());
  t.is(dial().say(HEADER, open()).hearOnly('close').length, 0);
});

test('a connection beyond the limit of the broker is told so', (t) => {
  const { dial } = rawBench(new Users(), { limits: { connectionsMax: 1 } });
  dial().say(HEADER, open());
  const peer = dial().say(HEADER, open());
  t.is(peer.hearOnly('close')[0]?.error?.condition, 'amqp:resource-limit-exceeded');
});

test('[AMQP 2.4.3] a close is answered, and ends the connection', (t) => {
  const { broker, dial } = rawBench();
  const peer = dial().say(HEADER, open(), close());
  const came = peer.hear();
  t.deepEqual(
    came.map(({ kind }) => kind),
    ['header', 'open', 'close'],
  );
  t.like(came[2], { kind: 'close', error: undefined });
  t.true(peer.ended);
  t.is([...broker.connections()].length, 0);
});

test('[AMQP 2.4.6] nothing is written after a close, whatever else happens', (t) => {
  for (const theirs of [true, false]) {
    const { host, dial, enter } = rawBench();
    const peer = dial().say(HEADER, open({ idleTimeOut: 1000 }), begin(), receiver(), credit(10));
    peer.hear();
    if (theirs) peer.say(close(), sender(), begin(1));
    else peer.engine.goodbye();
    host.settle();
    t.deepEqual(
      peer.hear().map(({ kind }) => kind),
      ['close'],
    );
    // A message for its consumer, its heart-beat, and the end of its wait for the other close.
    enter()
      .say(sender())
      .say(transfer(0, message('m')));
    host.advance(60_000);
    t.deepEqual(peer.hear(), []);
    t.true(peer.ended);
  }
});

test('[AMQP 2.4.1] whichever host an open names, it is the same broker', (t) => {
  const { dial } = rawBench();
  dial()
    .say(HEADER, open({ hostname: 'a.example' }), begin(), sender())
    .say(transfer(0, message('m')));
  const peer = dial().say(HEADER, open({ hostname: 'b' }), begin(), receiver(), credit(1));
  t.deepEqual(
    peer.hearOnly('transfer').map(({ payload }) => textOf(payload)),
    ['m'],
  );
});

test('[AMQP 5.3.1] the channel and the extended header of a SASL frame mean nothing', (t) => {
  const init = plain('\0ada\0secret');
  const odd = Buffer.concat([init.subarray(0, 8), Buffer.alloc(4), init.subarray(8)]);
  odd.writeUInt32BE(odd.length, 0);
  odd[4] = 3;
  odd.writeUInt16BE(77, 6);
  const peer = rawBench(WITH_USERS).dial().say(SASL_HEADER, odd);
  t.is(peer.hearOnly('sasl-outcome')[0]?.code, 0);
});

test('[AMQP 2.4.3] after our close, all but the close of the peer is ignored', (t) => {
  const { host, dial } = rawBench();
  const peer = dial().say(HEADER, open(), rawFrame(0, 0x99, []), begin(), open());
  t.deepEqual(
    peer.hear().map(({ kind }) => kind),
    ['header', 'open', 'close'],
  );
  t.false(peer.ended);
  t.is(peer.lines.length, 1);
  peer.say(close());
  t.true(peer.ended);
  const silent = dial().say(HEADER, open(), rawFrame(0, 0x99, []));
  t.false(silent.ended);
  host.advance(gatewayLimits.lingerMs);
  t.true(silent.ended);
});

test('[AMQP 2.7] an unknown performative is a decode error', (t) => {
  const peer = rawBench()
    .dial()
    .say(HEADER, open(), rawFrame(0, 0x99, []));
  t.is(peer.hearOnly('close')[0]?.error?.condition, 'amqp:decode-error');
});

test('[AMQP 2.3.1] a frame over max-frame-size is a framing error', (t) => {
  const size = Buffer.alloc(8);
  size.writeUInt32BE(amqpLimits.frameSizeBytesMax + 1);
  size[4] = 2;
  const peer = rawBench().dial().say(HEADER, open(), size);
  t.is(peer.hearOnly('close')[0]?.error?.condition, 'amqp:connection:framing-error');
  t.true(peer.ended);
  t.is(peer.lines.length, 1);
});

test('[AMQP 2.3.1] a SASL frame on an open connection is a framing error', (t) => {
  const peer = rawBench().dial().say(HEADER, open(), plain('\0a\0b'));
  t.is(peer.hearOnly('close')[0]?.error?.condition, 'amqp:connection:framing-error');
});

test('[AMQP 2.4.6] a second open is an illegal state', (t) => {
  const peer = rawBench().dial().say(HEADER, open(), open());
  t.is(peer.hearOnly('close')[0]?.error?.condition, 'amqp:illegal-state');
});

test('an open may be larger than 512 bytes, but not endless', (t) => {
  const { dial } = rawBench();
  const long = 'x'.repeat(1000);
  t.is(
    dial()
      .say(HEADER, open({ containerId: long }))
      .hearOnly('close').length,
    0,
  );
  const endless = open({ containerId: 'x'.repeat(amqpLimits.frameSizeBytesMaxBeforeOpen) });
  t.is(
    dial().say(HEADER, endless).hearOnly('close')[0]?.error?.condition,
    'amqp:connection:framing-error',
  );
});

test('[AMQP 2.4.5] we send empty frames at half of the idle time-out of the peer', (t) => {
  const { host, dial } = rawBench();
  const peer = dial().say(HEADER, open({ idleTimeOut: 1000 }));
  peer.hear();
  host.advance(2600);
  t.is(peer.hearOnly('empty').length, 5);
  peer.say(close());
  peer.hear();
  host.advance(2600);
  t.is(peer.hear().length, 0);
});

test('[AMQP 2.4.5] a peer that does not read gets no pile of empty frames', (t) => {
  const { host, dial } = rawBench();
  const peer = dial().say(HEADER, open({ idleTimeOut: 1000 }));
  peer.hear();
  peer.stuck = true;
  host.advance(5000);
  peer.unstick();
  t.is(peer.hearOnly('empty').length, 1);
});

test('[AMQP 2.4.5] a peer that is silent for too long is closed', (t) => {
  const { host, dial } = rawBench();
  const peer = dial().say(HEADER, open());
  const [answer] = peer.hearOnly('open');
  t.is(answer?.idleTimeOut, amqpLimits.idleTimeOutMs / 2);
  host.advance(amqpLimits.idleTimeOutMs - 1);
  peer.say(Buffer.from([0, 0, 0, 8, 2, 0, 0, 0]));
  host.advance(amqpLimits.idleTimeOutMs - 1);
  t.is(peer.hearOnly('close').length, 0);
  host.advance(1);
  t.is(peer.hearOnly('close')[0]?.error?.condition, 'amqp:resource-limit-exceeded');
  t.is(peer.lines.length, 1);
});

test('[AMQP 2.4.5] an idle time-out that is too short is refused, zero means none', (t) => {
  const { host, dial } = rawBench();
  const short = dial().say(HEADER, open({ idleTimeOut: amqpLimits.idleTimeOutMsLeast - 1 }));
  t.is(short.hearOnly('close')[0]?.error?.condition, 'amqp:not-allowed');
  const none = dial().say(HEADER, open({ idleTimeOut: 0 }));
  none.hear();
  host.advance(amqpLimits.idleTimeOutMs / 2);
  t.deepEqual(none.hear(), []);
});

test('a peer that does not get as far as open in time is dropped', (t) => {
  const { host, dial } = rawBench();
  const peers = [dial(), dial().say(HEADER), dial().say(SASL_HEADER), dial().say(HEADER, open())];
  host.advance(gatewayLimits.handshakeMs);
  t.deepEqual(
    peers.map(({ ended }) => ended),
    [true, true, true, false],
  );
  t.deepEqual(
    peers.map(({ lines }) => lines.length),
    [1, 1, 1, 0],
  );
});

test('[AMQP 2.8.16] a server that stops closes with connection:forced', (t) => {
  const { dial } = rawBench();
  const peer = dial().say(HEADER, open());
  peer.hear();
  peer.engine.goodbye();
  peer.output.flush();
  t.is(peer.hearOnly('close')[0]?.error?.condition, 'amqp:connection:forced');
  peer.say(close());
  t.true(peer.ended);
  const early = dial().say(HEADER);
  early.engine.goodbye();
  t.true(early.ended);
});

test('[AMQP 3.2.1] a lost peer has had its deliveries, a closed one has not', (t) => {
  const { dial } = rawBench();
  const consume = (): RawPeer => dial().say(HEADER, open(), begin(), receiver(), credit(1));
  dial()
    .say(HEADER, open(), begin(), sender())
    .say(transfer(0, message('m')));
  const first = consume();
  t.is(first.hearOnly('transfer').length, 1);
  first.say(close());
  const second = consume();
  t.deepEqual(second.hearOnly('transfer')[0]?.payload, message('m'));
  second.cut();
  const [third] = consume().hearOnly('transfer');
  t.is(textOf(third?.payload ?? Buffer.alloc(0)), 'm');
  t.notDeepEqual(third?.payload, message('m'));
});

test('[AMQP 3.2.1] a peer that fell silent may have seen its deliveries', (t) => {
  const { host, dial } = rawBench();
  dial()
    .say(HEADER, open(), begin(), sender())
    .say(transfer(0, message('m')));
  const consume = (): RawPeer => dial().say(HEADER, open(), begin(), receiver(), credit(1));
  const silent = consume();
  t.deepEqual(silent.hearOnly('transfer')[0]?.payload, message('m'));
  host.advance(amqpLimits.idleTimeOutMs);
  const [again] = consume().hearOnly('transfer');
  t.is(again?.payload.length, message('m').length + 12);
});

test('over a real socket: any cut, a message in and out, goodbye', async (t) => {
  const broker = new Broker(nodeHost());
  const listener = new Listener(broker, 'amqp', amqp1Engine(broker, new Users(), OPTIONS));
  const port = await listener.open('127.0.0.1', 0);
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  let came = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    came = Buffer.concat([came, chunk]);
  });
  const read = async (what: string): Promise<void> => {
    while (!came.includes(what)) await once(socket, 'data');
  };
  const attached = Buffer.concat([HEADER, open(), begin(), receiver(), credit(1), sender()]);
  for (let at = 0; at < attached.length; at += 50) socket.write(attached.subarray(at, at + 50));
  await read('sender');
  for (const byte of transfer(0, message('over a wire'))) socket.write(Buffer.from([byte]));
  await read('over a wire');
  socket.write(close());
  t.true(came.includes('angelia'));
  await closed;
  await listener.stopAccepting();
  t.is(broker.queues()[0]?.statistics().consumers, 0);
});
