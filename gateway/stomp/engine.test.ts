import test from 'ava';
import fc from 'fast-check';
import { type ConsumerSink, DEFAULT_HEADER, Message, type MessageView } from '#broker';
import { usersOn } from '../users.test-kit.ts';
import { stompLimits } from './limits.ts';
import { stompFormat } from './message.ts';
import { Stage } from './transcript.test-kit.ts';

/** Plays a conversation on a stage of its own. */
function plays(title: string, script: string, stage: () => Stage = () => new Stage()): void {
  test(title, (t) => {
    stage().play(script);
    t.pass();
  });
}

// Connecting

plays(
  '[STOMP 1.2 CONNECT] the highest common version is spoken; none named means 1.0',
  `
  A > CONNECT accept-version:1.0,1.1,1.2 host:here
  A < CONNECTED version:1.2 server:Angelia/9.9.9 heart-beat:0,0
  B > STOMP accept-version:1.1,2.0
  B < CONNECTED version:1.1
  C > CONNECT
  C < CONNECTED version:1.0
  `,
);

plays(
  '[STOMP 1.2 Protocol Negotiation] no common version is an ERROR that lists ours',
  `
  A > CONNECT accept-version:3.0
  A < ERROR version:1.0,1.1,1.2 content-type:text/plain
  A < closed
  `,
);

for (const command of ['SEND destination:/queue/q', 'SUBSCRIBE id:1 destination:/queue/q', 'ACK']) {
  plays(
    `[STOMP 1.2 Connecting] ${command.split(' ')[0]} before CONNECT is refused`,
    `
    A > ${command} receipt:7
    A < ERROR receipt-id:7 -version
    A < closed
    `,
  );
}

plays(
  '[STOMP 1.2 CONNECT] a second CONNECT is refused',
  `
  A > CONNECT accept-version:1.2
  A < CONNECTED
  A > CONNECT accept-version:1.2
  A < ERROR
  A < closed
  `,
);

plays(
  'a wrong passcode, an unknown user and no credentials are refused',
  `
  A > CONNECT login:ann passcode:secret
  A < CONNECTED
  B > CONNECT login:ann passcode:guess
  C > CONNECT login:eve passcode:secret
  D > CONNECT
  wait 499
  wait 1
  B < ERROR
  B < closed
  C < ERROR
  C < closed
  D < ERROR
  D < closed
  `,
  () => new Stage({}, (host) => usersOn(host, { ann: 'secret' })),
);

plays(
  '[JMS 6.1.2] a client id belongs to one connection, and is free again after it',
  `
  A > CONNECT client-id:c
  A < CONNECTED session:c
  B > CONNECT client-id:c
  B < ERROR
  B < closed
  A > DISCONNECT receipt:bye
  A < RECEIPT receipt-id:bye
  A < closed
  C > CONNECT client-id:c
  C < CONNECTED
  `,
);

for (const [who, bytes, why] of [
  ['AMQP', Buffer.from('AMQP\0\x01\0\0'), /AMQP protocol header/],
  ['TLS', Buffer.of(0x16, 3, 1, 2, 0, 1, 0), /TLS ClientHello/],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), /HTTP request/],
  ['nonsense', Buffer.from('ehlo example.org\r\n'), /expected a STOMP command, got "ehlo/],
] as const) {
  test(`${who} bytes on a STOMP port are named, answered, logged once and closed`, (t) => {
    const stage = new Stage();
    const actor = stage.actor('A');
    actor.say(bytes);
    const heard = actor.hear();
    t.true(typeof heard === 'object' && why.test(heard.body));
    t.is(actor.hear(), 'closed');
    t.is(stage.host.lines.filter(({ level }) => level === 'warn').length, 1);
    t.deepEqual([...stage.broker.connections()], []);
  });
}

test('what stands before CONNECT is bounded more tightly', (t) => {
  const stage = new Stage();
  const actor = stage.actor('A');
  actor.say(Buffer.from(`CONNECT\ncontent-length:${stompLimits.greetingBytesMax + 1}\n\n`));
  t.regex(JSON.stringify(actor.hear()), /ERROR/);
  t.is(actor.hear(), 'closed');
});

plays(
  'who does not say CONNECT in time is told so and dropped',
  `
  A > CONNECT
  A < CONNECTED
  wait 20000
  A > SEND destination:/queue/q | x
  wait 20000
  `,
);

test('a silent peer is dropped after the handshake time', (t) => {
  const stage = new Stage();
  const actor = stage.actor('A');
  stage.host.advance(29_999);
  t.is(actor.hear(), undefined);
  stage.host.advance(1);
  t.regex(JSON.stringify(actor.hear()), /expected CONNECT within 30000 ms/);
  t.is(actor.hear(), 'closed');
});

// Sending and receiving

plays(
  '[STOMP 1.2 MESSAGE] a message carries what was sent, and what the broker adds',
  `
  A > CONNECT accept-version:1.2
  A < CONNECTED
  A > SUBSCRIBE id:s1 destination:/queue/q
  A > SEND destination:/queue/q colour:blue correlation-id:7 reply-to:/queue/r type:T | hello\\nyou
  A < MESSAGE subscription:s1 destination:/queue/q colour:blue correlation-id:7 reply-to:/queue/r type:T priority:4 expires:0 timestamp:1000000 message-id:$id -ack -redelivered -persistent -content-length | hello\\nyou
  A > SEND destination:/queue/q content-length:3 | a\\0b
  A < MESSAGE content-length:3 | a\\0b
  `,
);

plays(
  '[STOMP 1.2 SEND] what belongs to the SEND alone does not travel on; first headers win',
  `
  A > CONNECT accept-version:1.2
  A < CONNECTED
  A > SUBSCRIBE id:1 destination:/queue/q
  A > SEND receipt:r1 destination:/queue/q persistent:true a:1 a:2 priority:9 expires:9000000 timestamp:5 message-id:mine subscription:x redelivered:true ack:y JMSXUserID:root receipt-id:z destination:/queue/other | body
  A < MESSAGE subscription:1 destination:/queue/q persistent:true a:1 priority:9 expires:9000000 timestamp:5 -redelivered -ack -JMSXUserID -receipt-id -receipt | body
  A < RECEIPT receipt-id:r1
  `,
);

test('[STOMP 1.2 Repeated Header Entries] a repeated content-length does not travel on', (t) => {
  const stage = new Stage();
  stage.play(
    'A > CONNECT accept-version:1.2\nA < CONNECTED\nA > SUBSCRIBE id:1 destination:/queue/q',
  );
  const actor = stage.actor('A');
  actor.say(Buffer.from('SEND\ncontent-length:3\ndestination:/queue/q\ncontent-length:9\n\nabc\0'));
  const heard = stage.actor('A').hear();
  t.true(typeof heard === 'object' && heard.body === 'abc');
});

test('[STOMP 1.2 Augmented BNF] CR LF line ends do not travel on', (t) => {
  const stage = new Stage();
  stage.play(
    'A > CONNECT accept-version:1.2\nA < CONNECTED\nA > SUBSCRIBE id:1 destination:/queue/q',
  );
  const actor = stage.actor('A');
  actor.say(Buffer.from('SEND\r\na:1\r\nreceipt:r\r\ndestination:/queue/q\r\n\r\nx\r\ny\0'));
  stage.play(`
    A < RECEIPT receipt-id:r
    A < MESSAGE a:1 destination:/queue/q | x\\r\\ny
  `);
  t.pass();
});

test('[STOMP 1.2 Value Encoding] each version hears a header in its own spelling', (t) => {
  const stage = new Stage();
  for (const version of ['1.0', '1.1', '1.2']) {
    stage.play(`
      V${version[2]} > CONNECT accept-version:${version}
      V${version[2]} < CONNECTED version:${version}
      V${version[2]} > SUBSCRIBE id:1 destination:/topic/t
    `);
  }
  const hear = () =>
    ['V0', 'V1', 'V2'].map((name) => {
      const heard = stage.actor(name).hear();
      return typeof heard === 'object' ? heard.headers.get('k') : heard;
    });
  stage.actor('V2').say(Buffer.from('SEND\ndestination:/topic/t\nk:a\\\\b\\cc\\nd\\re\n\n\0'));
  t.deepEqual(hear(), ['a\\b:c\\nd\\re', 'a\\\\b\\cc\\nd\re', 'a\\\\b\\cc\\nd\\re']);
  stage.actor('V1').say(Buffer.from('SEND\ndestination:/topic/t\nk:a\rb\\c\n\n\0'));
  t.deepEqual(hear(), ['a\\rb:', 'a\rb\\c', 'a\\rb\\c']);
  stage.actor('V0').say(Buffer.from('SEND\ndestination: /topic/t\nk: a\\b \n\n\0'));
  t.deepEqual(hear(), ['a\\b', 'a\\\\b', 'a\\\\b']);
  stage.actor('V0').say(Buffer.from('SEND\ndestination:/topic/t\nk:é:🐇\n\n\0'));
  t.deepEqual(hear(), ['é:🐇', 'é:🐇', 'é:🐇']);
});

for (const [version, value] of [
  ['1.1', 'a\\rb'],
  ['1.1', 'a\\'],
  ['1.2', 'a\\tb'],
] as const) {
  plays(
    `[STOMP ${version} Value Encoding] the escape in '${value}' is fatal`,
    `
    A > CONNECT accept-version:${version}
    A < CONNECTED
    A > SEND destination:/queue/q k:${value} | x
    A < ERROR
    A < closed
    `,
  );
}

plays(
  '[STOMP 1.2 SEND] priority overtakes, what has expired is not delivered',
  `
  A > CONNECT accept-version:1.2
  A < CONNECTED
  A > SEND destination:/queue/q | low
  A > SEND destination:/queue/q priority:9 | high
  A > SEND destination:/queue/q expires:1000500 | late
  wait 1000
  A > SUBSCRIBE id:1 destination:/queue/q
  A < MESSAGE priority:9 | high
  A < MESSAGE priority:4 | low
  `,
);

plays(
  'a point in time that a client says is of its own clock: it is shifted to message time',
  `
  A > CONNECT accept-version:1.2
  A < CONNECTED
  A > SEND destination:/queue/q expires:1500 | expires in half a second of its own
  A > SEND destination:/queue/q expires:0 | never
  A > SEND destination:/queue/q AMQ_SCHEDULED_TIME:1500 | later
  A > SUBSCRIBE id:1 destination:/queue/q
  A < MESSAGE expires:1000500 | expires in half a second of its own
  A < MESSAGE expires:0 | never
  wait 499
  wait 1
  A < MESSAGE | later
  `,
  () => {
    const stage = new Stage();
    // The client has 1,000 when message time is 1,000,000.
    stage.host.shiftMs = 999_000;
    return stage;
  },
);

test('many messages in one turn keep their bytes, over slabs and in one that is too big', (t) => {
  const stage = new Stage();
  stage.play(
    'A > CONNECT accept-version:1.2\nA < CONNECTED\nA > SUBSCRIBE id:1 destination:/queue/q',
  );
  const actor = stage.actor('A');
  const bodies = Array.from({ length: 300 }, (_, n) => `${n}`.repeat(n % 7 === 0 ? 40_000 : 100));
  const frames = bodies.map((body) => `SEND\ndestination:/queue/q\n\n${body}\0`);
  actor.say(Buffer.from(frames.join('')));
  const heard: string[] = [];
  for (let one = actor.hear(); typeof one === 'object'; one = actor.hear()) heard.push(one.body);
  t.deepEqual(heard, bodies);
});

test('a message that waits keeps its bytes after its chunk is overwritten', (t) => {
  const stage = new Stage();
  stage.play(`
    A > CONNECT accept-version:1.2
    A < CONNECTED
    A > SEND destination:/queue/q receipt:1 | waits
    A < RECEIPT receipt-id:1
    A > SUBSCRIBE id:1 destination:/queue/q
    A < MESSAGE destination:/queue/q | waits
  `);
  t.pass();
});

// Messages of other protocols

/** Sends what another gateway would. */
function sendForeign(stage: Stage, more: Partial<MessageView>): void {
  const view: MessageView = {
    persistent: false,
    priority: 4,
    properties: new Map([['n', { type: 'long', value: 9_007_199_254_740_993n }]]),
    body: { kind: 'text', text: 'foreign' },
    ...more,
  };
  const format = { name: 'foreign', view: () => view, encode: () => Buffer.alloc(0) };
  const message = new Message(format, DEFAULT_HEADER, Buffer.from('raw'), 0, 3, false);
  const connection = stage.broker.connect({ protocol: 'test', peer: 'there' });
  connection.openProducer({ kind: 'queue', name: 'q' }).send(message);
  connection.close();
  stage.host.settle();
}

for (const version of ['1.0', '1.1', '1.2']) {
  test(`[STOMP ${version} MESSAGE] another protocol's message says what it was, or what we know`, (t) => {
    const stage = new Stage();
    stage.play(`
      A > CONNECT accept-version:${version}
      A < CONNECTED
      A > SUBSCRIBE id:1 destination:/queue/q
    `);
    sendForeign(stage, {});
    const first = stage.actor('A').hear();
    sendForeign(stage, {
      messageId: 'ID:other:7',
      destination: { kind: 'topic', name: 'elsewhere' },
      timestamp: 77,
      properties: new Map([['k', { type: 'string', value: 'a\\b' }]]),
    });
    const second = stage.actor('A').hear();
    if (typeof first !== 'object' || typeof second !== 'object') return t.fail();
    const colon = version === '1.0' ? ':' : '\\c';
    t.is(first.headers.get('destination'), '/queue/q');
    t.is(first.headers.get('message-id'), ['ID', stage.broker.nodeId, '1'].join(colon));
    t.is(first.headers.get('n'), '9007199254740993');
    t.is(first.headers.get('timestamp'), '1000000');
    t.is(first.body, 'foreign');
    t.is(second.headers.get('destination'), '/topic/elsewhere');
    t.is(second.headers.get('message-id'), ['ID', 'other', '7'].join(colon));
    t.is(second.headers.get('timestamp'), '77');
    t.is(second.headers.get('k'), version === '1.0' ? 'a\\b' : 'a\\\\b');
  });
}

test('[STOMP 1.1 ACK] two messages with the same id are acknowledged apart', (t) => {
  const stage = new Stage();
  stage.play(`
    A > CONNECT accept-version:1.1
    A < CONNECTED
    A > SUBSCRIBE id:1 destination:/queue/q ack:client-individual
  `);
  sendForeign(stage, { messageId: 'same' });
  sendForeign(stage, { messageId: 'same', body: { kind: 'text', text: 'second' } });
  stage.play(`
    A < MESSAGE message-id:$a | foreign
    A < MESSAGE message-id:$b | second
    A > ACK subscription:1 message-id:$b
    A > ACK subscription:1 message-id:$a receipt:r
    A < RECEIPT receipt-id:r
  `);
  t.is(stage.broker.storedMessages, 0);
});

// Refusals by name

for (const [frame, name] of [
  ['SEND destination:/queue/q AMQ_SCHEDULED_CRON:*', 'AMQ_SCHEDULED_CRON'],
  ['SEND destination:/queue/q transformation:jms-byte', 'jms-byte'],
  ['SEND destination:/exchange/x', '/exchange/x'],
  ['SEND destination:/reply-queue/x', '/reply-queue/x'],
  ['SEND destination:/queue/q?producer.window=1', 'producer.window'],
  ['SUBSCRIBE id:1 destination:/topic/t browser:true', 'browser'],
  ['SUBSCRIBE id:1 destination:/queue/a,/queue/b browser:true', 'browser'],
  ['SUBSCRIBE id:1 destination:/queue/q transformation:jms-advisory-json', 'jms-advisory-json'],
  ['SUBSCRIBE id:1 destination:/queue/q exclusive:true', 'exclusive'],
  ['SUBSCRIBE id:1 destination:/queue/q auto-delete:true', 'auto-delete'],
  ['SUBSCRIBE id:1 destination:/queue/q activemq.networkSubscription:true', 'networkSubscription'],
  ['SUBSCRIBE id:1 destination:/queue/q?consumer.unheardOf=1', 'activemq.unheardOf'],
  ['SUBSCRIBE id:1 destination:/queue/q x-stream-offset:first', 'x-stream-offset'],
  ['SUBSCRIBE id:1 destination:/queue/q x-queue-type:stream', 'x-queue-type'],
  [
    'SUBSCRIBE id:1 destination:/topic/a,/topic/b activemq.subscriptionName:s',
    'one named subscription',
  ],
] as const) {
  test(`what is not there is refused by name, '${name}': ${frame}`, (t) => {
    const stage = new Stage();
    stage.play('A > CONNECT accept-version:1.2\nA < CONNECTED');
    const actor = stage.actor('A');
    actor.say(Buffer.from(`${frame.split(' ').join('\n')}\nreceipt:7\n\n\0`));
    const heard = actor.hear();
    if (typeof heard !== 'object') return t.fail(`heard ${heard}`);
    t.is(heard.command, 'ERROR');
    t.is(heard.headers.get('receipt-id'), '7');
    t.true(heard.body.includes(name), heard.body);
    t.regex(heard.headers.get('message') ?? '', /not supported/);
    t.is(actor.hear(), 'closed');
  });
}

for (const frame of [
  'SEND',
  'SEND destination:orders',
  'SEND destination:/queue/',
  'SEND destination:/queue/q priority:high',
  'SEND destination:/queue/q expires:soon',
  'SUBSCRIBE id:1',
  'SUBSCRIBE destination:/queue/q',
  'SUBSCRIBE id:1 destination:/queue/q ack:maybe',
  'SUBSCRIBE id:1 destination:/queue/q prefetch-count:0',
  'SUBSCRIBE id:1 destination:/queue/q activemq.prefetchSize:65536',
  'SEND destination:orders destination-type:multicast',
  'SEND destination:/queue/q destination-type:MULTICAST',
  'SEND destination:/queue/q AMQ_SCHEDULED_REPEAT:3',
  'SEND destination:/queue/q AMQ_SCHEDULED_DELAY:-1',
  'SEND destination:/queue/q JMSXGroupSeq:first',
  'SEND destination:/queue/q transaction:t',
  'SUBSCRIBE id:1 destination:/queue/q selector:=',
  'SUBSCRIBE id:1 destination:/queue/q activemq.priority:high',
  'SUBSCRIBE id:1 destination:/queue/q browser:perhaps',
  'SUBSCRIBE id:1 destination:/queue/q activemq.subscriptionName:d',
  'SUBSCRIBE id:1 destination:/topic/t activemq.subscriptionName:d',
  'SUBSCRIBE id:1 destination:/queue/q activemq.maximumRedeliveries:-2',
  'SUBSCRIBE id:1 destination:/remote-temp-queue/of-nobody',
  'UNSUBSCRIBE id:1 activemq.subscriptionName:d',
  'BEGIN',
  'COMMIT transaction:t',
  'ABORT transaction:t',
  'ACK id:1-16 transaction:t',
  'UNSUBSCRIBE id:9',
  'UNSUBSCRIBE',
  'ACK',
  'ACK id:1-16',
  'ACK id:nonsense',
  'NACK id:1-1 requeue:perhaps',
]) {
  plays(
    `what makes no sense is refused with its receipt: ${frame}`,
    `
    A > CONNECT accept-version:1.2
    A < CONNECTED
    A > ${frame} receipt:7
    A < ERROR receipt-id:7
    A < closed
    `,
  );
}

// Acknowledging

plays(
  '[STOMP 1.2 ACK] client: up to here; what was not acknowledged comes back counted',
  `
  A > CONNECT accept-version:1.2
  A < CONNECTED
  A > SUBSCRIBE id:1 destination:/queue/q ack:client
  B > CONNECT accept-version:1.2
  B < CONNECTED
  B > SEND destination:/queue/q | a
  B > SEND destination:/queue/q | b
  B > SEND destination:/queue/q | c
  A < MESSAGE ack:$a -redelivered | a
  A < MESSAGE ack:$b | b
  A < MESSAGE ack:$c | c
  A > ACK id:$b receipt:r
  A < RECEIPT receipt-id:r
  A ! lost
  B > SUBSCRIBE id:1 destination:/queue/q
  B < MESSAGE redelivered:true | c
  `,
);

plays(
  '[STOMP 1.2 ACK] client-individual: one at a time, in any order; the rest keeps its order',
  `
  A > CONNECT accept-version:1.2
  A < CONNECTED
  A > SUBSCRIBE id:1 destination:/queue/q ack:client-individual
  A > SEND destination:/queue/q | a
  A < MESSAGE ack:$a | a
  A > SEND destination:/queue/q | b
  A < MESSAGE ack:$b | b
  A > SEND destination:/queue/q | c
  A < MESSAGE ack:$c | c
  A > ACK id:$b
  A > UNSUBSCRIBE id:1
  A > SUBSCRIBE id:2 destination:/queue/q
  A < MESSAGE subscription:2 | a
  A < MESSAGE subscription:2 | c
  `,
);

plays(
  '[STOMP 1.2 ACK] the same delivery cannot be acknowledged twice',
  `
  A > CONNECT accept-version:1.2
  A < CONNECTED
  A > SUBSCRIBE id:1 destination:/queue/q ack:client
  A > SEND destination:/queue/q | a
  A < MESSAGE ack:$a | a
  A > ACK id:$a
  A > ACK id:$a
  A < ERROR
  A < closed
  `,
);

plays(
  '[STOMP 1.1 ACK] 1.1 names subscription and message-id, one at a time or up to here',
  `
  A > CONNECT accept-version:1.1
  A < CONNECTED
  A > SUBSCRIBE id:i destination:/queue/i ack:client-individual
  A > SUBSCRIBE id:c destination:/queue/c ack:client
  A > SEND destination:/queue/i | i1
  A < MESSAGE subscription:i message-id:$i1 -ack | i1
  A > SEND destination:/queue/i | i2
  A < MESSAGE subscription:i message-id:$i2 | i2
  A > SEND destination:/queue/c | c1
  A < MESSAGE subscription:c message-id:$c1 | c1
  A > SEND destination:/queue/c | c2
  A < MESSAGE subscription:c message-id:$c2 | c2
  A > ACK subscription:i message-id:$i2
  A > ACK subscription:c message-id:$c2
  A ! lost
  B > CONNECT accept-version:1.2
  B < CONNECTED
  B > SUBSCRIBE id:c destination:/queue/c
  B > SUBSCRIBE id:i destination:/queue/i
  B < MESSAGE redelivered:true | i1
  `,
);

plays(
  '[STOMP 1.0 ACK] 1.0 names the message alone, and the subscription by its destination',
  `
  A > CONNECT
  A < CONNECTED
  A > SUBSCRIBE destination:/queue/q ack:client
  A > SEND destination:/queue/q | a
  A < MESSAGE -subscription message-id:$a | a
  A > ACK message-id:$a receipt:r
  A < RECEIPT receipt-id:r
  A > UNSUBSCRIBE destination:/queue/q
  A > SEND destination:/queue/q | b
  A > SUBSCRIBE destination:/queue/q
  A < MESSAGE | b
  `,
);

plays(
  '[STOMP 1.1 ACK] without a subscription, or for another, an ACK is refused',
  `
  A > CONNECT accept-version:1.1
  A < CONNECTED
  A > SUBSCRIBE id:1 destination:/queue/q ack:client
  A > SEND destination:/queue/q | a
  A < MESSAGE message-id:$a | a
  A > ACK message-id:$a
  A < ERROR
  A < closed
  `,
);

plays(
  '[STOMP 1.2 NACK] a dead letter by default; requeue puts it back in its place, counted',
  `
  A > CONNECT accept-version:1.2
  A < CONNECTED
  A > SUBSCRIBE id:1 destination:/queue/q ack:client-individual prefetch-count:2
  A > SEND destination:/queue/q | a
  A < MESSAGE ack:$a | a
  A > SEND destination:/queue/q | b
  A < MESSAGE ack:$b | b
  A > SEND destination:/queue/q | c
  A > NACK id:$a requeue:true
  A < MESSAGE ack:$a redelivered:true | a
  A > NACK id:$a
  A < MESSAGE ack:$c -redelivered | c
  A > NACK id:$b requeue:false
  A > SUBSCRIBE id:2 destination:/queue/DLQ
  A < MESSAGE subscription:2 | a
  A < MESSAGE subscription:2 | b
  `,
);

plays(
  '[STOMP 1.2 NACK] with ack:client it means up to here, as the law says',
  `
  A > CONNECT accept-version:1.1
  A < CONNECTED
  A > SUBSCRIBE id:1 destination:/queue/q ack:client
  A > SEND destination:/queue/q | a
  A < MESSAGE | a
  A > SEND destination:/queue/q | b
  A < MESSAGE message-id:$b | b
  A > NACK subscription:1 message-id:$b
  A > SUBSCRIBE id:2 destination:/queue/DLQ
  A < MESSAGE | a
  A < MESSAGE | b
  `,
);

plays(
  '[STOMP 1.0 NACK] does not exist',
  `
  A > CONNECT
  A < CONNECTED
  A > NACK message-id:x
  A < ERROR
  A < closed
  `,
);

plays(
  'prefetch bounds what is out; an ACK makes room for the next',
  `
  A > CONNECT accept-version:1.2
  A < CONNECTED
  A > SEND destination:/queue/q | a
  A > SEND destination:/queue/q | b
  A > SEND destination:/queue/q | c
  A > SUBSCRIBE id:1 destination:/queue/q ack:client activemq.prefetchSize:2
  A < MESSAGE ack:$a | a
  A < MESSAGE ack:$b | b
  A > ACK id:$b
  A < MESSAGE | c
  `,
);

plays(
  'one delivery that is never acknowledged does not hold up the others',
  `
  A > CONNECT accept-version:1.2
  A < CONNECTED
  A > SUBSCRIBE id:1 destination:/queue/q ack:client-individual prefetch-count:2
  A > SEND destination:/queue/q | stuck
  A < MESSAGE ack:$stuck | stuck
  ${Array.from(
    { length: 600 },
    (_, n) => `
  A > SEND destination:/queue/q | ${n}
  A < MESSAGE ack:$n${n} | ${n}
  A > ACK id:$n${n}`,
  ).join('')}
  A > ACK id:$stuck
  `,
);

// Receipts and endings

plays(
  '[STOMP 1.2 SUBSCRIBE] the receipt comes before the first message',
  `
  A > CONNECT accept-version:1.2
  A < CONNECTED
  A > SEND destination:/queue/q | waits
  A > SUBSCRIBE id:1 destination:/queue/q receipt:r
  A < RECEIPT receipt-id:r
  A < MESSAGE | waits
  `,
);

test('[STOMP 1.2 DISCONNECT] the receipt comes after those of all sends before; nothing after counts', (t) => {
  const stage = new Stage();
  stage.play('A > CONNECT accept-version:1.2\nA < CONNECTED');
  const send = (n: number, more: string) =>
    `SEND\ndestination:/queue/q\nreceipt:${n}\n${more}\n${n}\0`;
  stage
    .actor('A')
    .say(
      Buffer.from(
        send(1, 'persistent:true\n') +
          send(2, '') +
          send(3, 'persistent:true\n') +
          'DISCONNECT\nreceipt:bye\n\n\0SEND\ndestination:/queue/q\n\ntoo late\0',
      ),
    );
  stage.play(`
    A < RECEIPT receipt-id:2
    A < RECEIPT receipt-id:1
    A < RECEIPT receipt-id:3
    A < RECEIPT receipt-id:bye
    A < closed
    B > CONNECT
    B < CONNECTED
    B > SUBSCRIBE destination:/queue/q
    B < MESSAGE persistent:true | 1
    B < MESSAGE -persistent | 2
    B < MESSAGE persistent:true | 3
  `);
  t.deepEqual([...stage.broker.connections()].length, 1);
});

plays(
  'DISCONNECT gives back what was out as if it had not been delivered, a lost socket as an attempt',
  `
  A > CONNECT accept-version:1.2
  A < CONNECTED
  A > SEND destination:/queue/q | a
  A > SUBSCRIBE id:1 destination:/queue/q ack:client
  A < MESSAGE | a
  A > DISCONNECT
  A < closed
  B > CONNECT accept-version:1.2
  B < CONNECTED
  B > SUBSCRIBE id:1 destination:/queue/q ack:client
  B < MESSAGE -redelivered | a
  B ! lost
  C > CONNECT accept-version:1.2
  C < CONNECTED
  C > SUBSCRIBE id:1 destination:/queue/q ack:client
  C < MESSAGE redelivered:true | a
  `,
);

test('what the broker refuses is an ERROR with its reason: a full broker', (t) => {
  const stage = new Stage({ limits: { storedBytesMax: 40 } });
  stage.play(`
    A > CONNECT accept-version:1.2
    A < CONNECTED
    A > SEND destination:/queue/q | 1
    A > SEND receipt:7 destination:/queue/q | 2
    A < ERROR receipt-id:7
    A < closed
  `);
  t.is(stage.broker.storedMessages, 1);
});

test('the server says goodbye with an ERROR', (t) => {
  const stage = new Stage();
  stage.play('A > CONNECT\nA < CONNECTED');
  stage.actor('A').engine.goodbye();
  stage.play('A < ERROR\nA < closed');
  t.deepEqual([...stage.broker.connections()], []);
});

// Heart-beats

plays(
  '[STOMP 1.2 Heart-beating] we beat as often as the client wishes, and bear with a late one',
  `
  A > CONNECT accept-version:1.2 heart-beat:1000,4000
  A < CONNECTED heart-beat:4000,1000
  wait 2000
  A > SEND destination:/queue/q | alive
  wait 2999
  A < beat
  wait 1
  A < ERROR
  A < closed
  `,
);

test('[STOMP 1.2 Heart-beating] a client that beats stays, one that stops goes, and counts as lost', (t) => {
  const stage = new Stage();
  stage.play(`
    A > CONNECT accept-version:1.2 heart-beat:1000,0
    A < CONNECTED heart-beat:0,1000
    A > SUBSCRIBE id:1 destination:/queue/q ack:client
    A > SEND destination:/queue/q | a
    A < MESSAGE | a
  `);
  for (let beat = 0; beat < 20; beat++) {
    stage.host.advance(1500);
    stage.actor('A').say(Buffer.from('\n'));
  }
  stage.play(`
    wait 4000
    A < ERROR
    A < closed
    B > CONNECT accept-version:1.2
    B < CONNECTED
    B > SUBSCRIBE id:1 destination:/queue/q
    B < MESSAGE redelivered:true | a
  `);
  t.pass();
});

plays(
  '[STOMP 1.2 Heart-beating] beats more often than makes sense are bounded; nonsense is refused',
  `
  A > CONNECT accept-version:1.2 heart-beat:1,1
  A < CONNECTED heart-beat:${stompLimits.heartBeatMsMin},${stompLimits.heartBeatMsMin}
  B > CONNECT accept-version:1.2 heart-beat:often
  B < ERROR
  B < closed
  C > CONNECT accept-version:1.2 heart-beat:999999999999,999999999999
  C < CONNECTED heart-beat:${stompLimits.heartBeatMsMax},${stompLimits.heartBeatMsMax}
  `,
);

// Pressure

test('a client that does not read is sent no more than its output holds, and the rest later', (t) => {
  const stage = new Stage();
  stage.play(`
    A > CONNECT accept-version:1.2
    A < CONNECTED
    A > SUBSCRIBE id:1 destination:/queue/q prefetch-count:60000
    A ! deaf
    B > CONNECT accept-version:1.2
    B < CONNECTED
  `);
  const frame = `SEND\ndestination:/queue/q\n\n${'x'.repeat(10_000)}\0`;
  for (let n = 0; n < 30; n++) stage.actor('B').say(Buffer.from(frame.repeat(10)));
  const waiting = stage.broker.queues()[0]?.statistics().ready ?? 0;
  t.true(waiting > 150 && waiting < 250, `${waiting} wait`);
  stage.actor('A').readAll();
  let heard = 0;
  while (typeof stage.actor('A').hear() === 'object') heard++;
  t.is(heard, 300);
});

test('auto: the window is refilled for as long as the client reads', (t) => {
  const stage = new Stage();
  stage.play(`
    A > CONNECT accept-version:1.2
    A < CONNECTED
    A > SUBSCRIBE id:1 destination:/queue/q prefetch-count:3
  `);
  const frames = Array.from({ length: 50 }, (_, n) => `SEND\ndestination:/queue/q\n\n${n}\0`);
  stage.actor('A').say(Buffer.from(frames.join('')));
  stage.play(frames.map((_, n) => `A < MESSAGE | ${n}`).join('\n'));
  t.pass();
});

// Whatever comes

test('no bytes of a peer do more than end its connection, and what was accepted can be viewed', (t) => {
  const line = fc.oneof(
    fc.constantFrom(
      'destination:/queue/q',
      'destination:/topic/t',
      'id:1',
      'ack:client',
      'receipt:1',
    ),
    fc.constantFrom('content-length:2', 'persistent:true', 'priority:7', 'message-id:x', 'a:\\\\b'),
    fc.constantFrom(
      'content-type:text/plain',
      'content-type:a/b',
      'reply-to:?',
      'k: \r x',
      'expires:1',
    ),
    fc.string({ maxLength: 12 }).map((text) => `k:${text}`),
  );
  const frame = fc
    .tuple(
      fc.constantFrom('SEND', 'SEND', 'SEND', 'SUBSCRIBE', 'ACK', 'NACK', 'UNSUBSCRIBE', 'BEGIN'),
      fc.array(line, { maxLength: 8 }),
      fc.uint8Array({ maxLength: 6 }),
    )
    .map(([command, lines, body]) =>
      Buffer.concat([Buffer.from(`${[command, ...lines].join('\n')}\n\n`), body, Buffer.of(0)]),
    );
  const version = fc.constantFrom('1.0', '1.1', '1.2');
  const views: unknown[] = [];
  fc.assert(
    fc.property(version, fc.array(frame, { maxLength: 12 }), fc.nat(200), (spoken, list, at) => {
      const stage = new Stage();
      const sink: ConsumerSink = {
        deliver: (message: Message) => {
          views.push(message.view(), message.as(stompFormat));
        },
        drained: () => {},
      };
      const watcher = stage.broker.connect({ protocol: 'test', peer: 'here' });
      for (const kind of ['queue', 'topic'] as const) {
        const name = kind === 'queue' ? 'q' : 't';
        watcher.openConsumer({ kind, name }, sink, { presettled: true }).setCredit(1000);
      }
      const actor = stage.actor('A');
      actor.say(Buffer.from(`CONNECT\naccept-version:${spoken}\n\n\0`));
      const bytes = Buffer.concat(list);
      actor.say(bytes.subarray(0, at));
      actor.say(bytes.subarray(at));
      actor.lose();
      t.deepEqual([...stage.broker.connections()], [watcher]);
    }),
    { numRuns: 400 },
  );
  t.true(views.length > 20);
});
