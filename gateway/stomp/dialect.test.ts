import test from 'ava';
import { Users } from '../auth.ts';
import { Stage } from './transcript.test-kit.ts';

/** Plays a conversation on a stage of its own, between clients that are connected already. */
function plays(title: string, script: string, stage: () => Stage = () => new Stage()): void {
  test(title, (t) => {
    const opened = stage();
    opened.play(script);
    t.pass();
  });
}

/** Everybody speaks 1.2 and has said so. */
const enter = (...names: string[]) =>
  names.map((name) => `${name} > CONNECT accept-version:1.2\n${name} < CONNECTED`).join('\n');

// Destinations

for (const [said, known] of [
  ['/queue/q', '/queue/q'],
  ['/amq/queue/q', '/queue/q'],
  ['queue://q', '/queue/q'],
  ['q destination-type:ANYCAST', '/queue/q'],
  ['/queue/q?consumer.prefetchSize=5', '/queue/q'],
] as const) {
  plays(
    `[dialect: SEND destination] ${said} is ${known}`,
    `
    ${enter('A')}
    A > SEND destination:${said} | x
    A > SUBSCRIBE id:1 destination:/queue/q
    A < MESSAGE destination:${known} -destination-type | x
    `,
  );
}

for (const said of [
  '/topic/t',
  '/exchange/amq.topic/t',
  't subscription-type:MULTICAST',
  '/topic/*',
  '/topic/>',
  '/queue/a,/topic/t',
]) {
  plays(
    `[dialect: SUBSCRIBE destination] ${said} hears what is sent to /topic/t`,
    `
    ${enter('A')}
    A > SUBSCRIBE id:1 destination:${said}
    A > SEND destination:/topic/t | x
    A < MESSAGE destination:/topic/t | x
    `,
  );
}

plays(
  '[dialect: SEND destination] a list sends to all its parts, a consumer of a list hears them all',
  `
  ${enter('A')}
  A > SUBSCRIBE id:1 destination:/queue/a,/topic/t ack:client-individual
  A > SEND destination:/queue/b,/topic/t | x
  A < MESSAGE destination:/queue/b,/topic/t ack:$x | x
  A > ACK id:$x receipt:r
  A < RECEIPT receipt-id:r
  A > SUBSCRIBE id:2 destination:/queue/b
  A < MESSAGE subscription:2 | x
  `,
);

plays(
  '[dialect: virtual topics] each group of consumers gets its copy',
  `
  ${enter('A')}
  A > SUBSCRIBE id:a destination:/queue/Consumer.A.VirtualTopic.t
  A > SUBSCRIBE id:b destination:/queue/Consumer.B.VirtualTopic.t
  A > SEND destination:/topic/VirtualTopic.t | x
  A < MESSAGE subscription:a | x
  A < MESSAGE subscription:b | x
  `,
);

// Temporary destinations

plays(
  '[dialect: SEND reply-to] a private name leads replies back, and is known to others by another',
  `
  ${enter('A', 'B', 'C')}
  A > SUBSCRIBE id:1 destination:/temp-queue/answers
  B > SUBSCRIBE id:1 destination:/queue/questions
  A > SEND destination:/queue/questions reply-to:/temp-queue/answers | why?
  B < MESSAGE reply-to:$where | why?
  B > SEND destination:$where correlation-id:7 | because
  A < MESSAGE destination:/temp-queue/answers correlation-id:7 -reply-to | because
  A > SEND destination:/temp-queue/answers reply-to:/temp-queue/answers | to myself
  A < MESSAGE destination:/temp-queue/answers reply-to:/temp-queue/answers | to myself
  C > SUBSCRIBE id:1 destination:$where
  C < ERROR
  C < closed
  A > DISCONNECT
  A < closed
  B > SEND destination:$where | too late
  B < ERROR
  B < closed
  `,
);

plays(
  '[dialect: SEND reply-to] a temporary topic, in the spelling of 1.0; the same name elsewhere is another',
  `
  A > CONNECT
  A < CONNECTED
  ${enter('B')}
  A > SUBSCRIBE destination:/temp-topic/news
  B > SUBSCRIBE id:1 destination:/temp-topic/news
  A > SEND destination:/temp-topic/news | mine
  A < MESSAGE destination:/temp-topic/news | mine
  B > SEND destination:/temp-topic/news | other
  B < MESSAGE destination:/temp-topic/news | other
  `,
);

// Transactions

plays(
  '[STOMP 1.2 BEGIN] sends are seen when the transaction commits, not before',
  `
  ${enter('A', 'B')}
  B > SUBSCRIBE id:1 destination:/queue/q
  A > BEGIN transaction:t receipt:b
  A < RECEIPT receipt-id:b
  A > SEND destination:/queue/q transaction:t persistent:true receipt:s | 1
  A < RECEIPT receipt-id:s
  A > SEND destination:/queue/q transaction:t | 2
  A > SEND destination:/queue/q | outside
  B < MESSAGE | outside
  A > COMMIT transaction:t receipt:c
  A < RECEIPT receipt-id:c
  B < MESSAGE -transaction | 1
  B < MESSAGE | 2
  A > COMMIT transaction:t
  A < ERROR
  A < closed
  `,
);

plays(
  '[STOMP 1.2 ABORT] sends are forgotten; two transactions do not mix; a name may be used again',
  `
  ${enter('A', 'B')}
  B > SUBSCRIBE id:1 destination:/queue/q
  A > BEGIN transaction:t
  A > BEGIN transaction:u
  A > SEND destination:/queue/q transaction:t | t
  A > SEND destination:/queue/q transaction:u | u
  A > ABORT transaction:t receipt:a
  A < RECEIPT receipt-id:a
  A > BEGIN transaction:t
  A > SEND destination:/queue/q transaction:t | t again
  A > COMMIT transaction:u
  B < MESSAGE | u
  A > COMMIT transaction:t
  B < MESSAGE | t again
  A > BEGIN transaction:u
  A > BEGIN transaction:u
  A < ERROR
  A < closed
  `,
);

for (const version of ['1.1', '1.2']) {
  const ack = (name: string) =>
    version === '1.2' ? `id:$${name}` : `subscription:1 message-id:$${name}`;
  const learn = (name: string) => (version === '1.2' ? `ack:$${name}` : `message-id:$${name}`);
  for (const mode of ['client', 'client-individual']) {
    plays(
      `[STOMP ${version} ABORT] ${mode}: ids are valid again, nothing is delivered twice; COMMIT settles`,
      `
      A > CONNECT accept-version:${version}
      A < CONNECTED
      A > SEND destination:/queue/q | a
      A > SEND destination:/queue/q | b
      A > SEND destination:/queue/q | c
      A > SUBSCRIBE id:1 destination:/queue/q ack:${mode}
      A < MESSAGE ${learn('a')} | a
      A < MESSAGE ${learn('b')} | b
      A < MESSAGE ${learn('c')} | c
      A > BEGIN transaction:t
      A > ACK ${ack('a')} transaction:t
      A > ACK ${ack('b')} transaction:t
      A > ABORT transaction:t receipt:r
      A < RECEIPT receipt-id:r
      A > BEGIN transaction:u
      A > ACK ${ack('a')} transaction:u
      A > ACK ${ack('b')} transaction:u
      A > COMMIT transaction:u receipt:s
      A < RECEIPT receipt-id:s
      A > UNSUBSCRIBE id:1
      A > SUBSCRIBE id:2 destination:/queue/q
      A < MESSAGE -redelivered subscription:2 | c
      `,
    );
    plays(
      `[STOMP ${version} ACK] ${mode}: what a transaction has cannot be acknowledged again`,
      `
      A > CONNECT accept-version:${version}
      A < CONNECTED
      A > SUBSCRIBE id:1 destination:/queue/q ack:${mode}
      A > SEND destination:/queue/q | a
      A < MESSAGE ${learn('a')} | a
      A > BEGIN transaction:t
      A > ACK ${ack('a')} transaction:t
      A > ACK ${ack('a')}
      A < ERROR
      A < closed
      `,
    );
  }
}

plays(
  '[STOMP 1.2 ACK] cumulative acknowledgements in two transactions and outside, in odd order',
  `
  ${enter('A')}
  ${['a', 'b', 'c', 'd', 'e'].map((text) => `A > SEND destination:/queue/q | ${text}`).join('\n')}
  A > SUBSCRIBE id:1 destination:/queue/q ack:client
  ${['a', 'b', 'c', 'd', 'e'].map((text) => `A < MESSAGE ack:$${text} | ${text}`).join('\n')}
  A > BEGIN transaction:t
  A > BEGIN transaction:u
  A > ACK id:$a transaction:t
  A > ACK id:$b transaction:u
  A > ACK id:$c
  A > ACK id:$d transaction:t
  A > ABORT transaction:t
  A > ACK id:$d
  A > COMMIT transaction:u
  A > DISCONNECT receipt:bye
  A < RECEIPT receipt-id:bye
  A < closed
  ${enter('B')}
  B > SUBSCRIBE id:1 destination:/queue/q
  B < MESSAGE | e
  `,
);

plays(
  '[STOMP 1.2 NACK] in a transaction it makes dead letters when that commits',
  `
  ${enter('A')}
  A > SUBSCRIBE id:1 destination:/queue/q ack:client-individual
  A > SUBSCRIBE id:2 destination:/queue/DLQ
  A > SEND destination:/queue/q | a
  A < MESSAGE ack:$a | a
  A > BEGIN transaction:t
  A > NACK id:$a transaction:t receipt:n
  A < RECEIPT receipt-id:n
  A > COMMIT transaction:t
  A < MESSAGE subscription:2 JMS_ANGELIA_Cause:rejected original-destination:/queue/q | a
  `,
);

plays(
  '[STOMP 1.2 ACK] a transaction outlives the subscription it acknowledged to',
  `
  ${enter('A')}
  A > SEND destination:/queue/q | a
  A > SEND destination:/queue/q | b
  A > SUBSCRIBE id:1 destination:/queue/q ack:client
  A < MESSAGE ack:$a | a
  A < MESSAGE | b
  A > BEGIN transaction:t
  A > ACK id:$a transaction:t
  A > UNSUBSCRIBE id:1
  A > COMMIT transaction:t receipt:r
  A < RECEIPT receipt-id:r
  A > SUBSCRIBE id:2 destination:/queue/q
  A < MESSAGE -redelivered | b
  `,
);

plays(
  'a transaction may acknowledge more than the window',
  `
  ${enter('A')}
  ${['a', 'b', 'c'].map((text) => `A > SEND destination:/queue/q | ${text}`).join('\n')}
  A > SUBSCRIBE id:1 destination:/queue/q ack:client-individual prefetch-count:1
  A < MESSAGE ack:$a | a
  A > BEGIN transaction:t
  A > ACK id:$a transaction:t
  A < MESSAGE ack:$b | b
  A > ACK id:$b transaction:t
  A < MESSAGE ack:$c | c
  A > ABORT transaction:t
  A > ACK id:$b
  A > ACK id:$c
  A > ACK id:$a
  `,
);

test('[STOMP 1.2 DISCONNECT] open transactions are forgotten', (t) => {
  const stage = new Stage();
  stage.play(`
    ${enter('A')}
    A > BEGIN transaction:t
    A > SEND destination:/queue/q transaction:t | x
    A > DISCONNECT
    A < closed
  `);
  t.is(stage.broker.storedMessages, 0);
});

plays(
  '[STOMP 1.2 COMMIT] one that has no room is an ERROR, and nothing of it is seen',
  `
  ${enter('A')}
  A > BEGIN transaction:t
  A > SEND destination:/queue/q transaction:t | 1
  A > SEND destination:/queue/q transaction:t | 2
  A > COMMIT transaction:t receipt:c
  A < ERROR receipt-id:c
  A < closed
  ${enter('B')}
  B > SUBSCRIBE id:1 destination:/queue/q
  `,
  () => new Stage({ settings: { q: { messagesMax: 1 } } }),
);

// Subscriptions

plays(
  '[dialect: SUBSCRIBE selector] strings are numbers and truths where they are compared with such',
  `
  ${enter('A')}
  A > SUBSCRIBE id:1 destination:/queue/q selector:n\\c>\\c5
  A < ERROR
  A < closed
  `,
);

test('[dialect: SUBSCRIBE selector] converts strings of STOMP senders', (t) => {
  const stage = new Stage();
  stage.play(enter('A'));
  stage
    .actor('A')
    .say(Buffer.from('SUBSCRIBE\nid:1\ndestination:/queue/q\nselector:n > 5 AND ok = TRUE\n\n\0'));
  stage.play(`
    A > SEND destination:/queue/q n:10 ok:true | ten
    A < MESSAGE | ten
    A > SEND destination:/queue/q n:9 ok:false | not ok
    A > SEND destination:/queue/q n:4 ok:true | four
    A > SUBSCRIBE id:2 destination:/queue/q?consumer.selector=n%3D4
    A < MESSAGE subscription:2 | four
  `);
  t.pass();
});

for (const name of [
  'activemq.subscriptionName',
  'durable-subscription-name',
  'durable-subscriber-name',
]) {
  plays(
    `[dialect: SUBSCRIBE durable] ${name} keeps what comes meanwhile, until it is unsubscribed by name`,
    `
    A > CONNECT accept-version:1.2 client-id:c
    A < CONNECTED
    ${enter('B')}
    A > SUBSCRIBE id:1 destination:/topic/t ${name}:s ack:client
    A > UNSUBSCRIBE id:1
    B > SEND destination:/topic/t | meanwhile
    A > DISCONNECT
    A < closed
    C > CONNECT accept-version:1.2 client-id:c
    C < CONNECTED
    C > SUBSCRIBE id:2 destination:/topic/t ${name}:s
    C < MESSAGE subscription:2 | meanwhile
    C > UNSUBSCRIBE id:2 ${name}:s
    B > SEND destination:/topic/t | nobody
    C > SUBSCRIBE id:2 destination:/topic/t ${name}:s
    C > UNSUBSCRIBE id:2
    C > UNSUBSCRIBE id:other ${name}:s receipt:r
    C < RECEIPT receipt-id:r
    C > UNSUBSCRIBE id:other ${name}:s
    C < ERROR
    C < closed
    `,
  );
}

plays(
  '[dialect: SUBSCRIBE durable] of RabbitMQ: by destination and id, whoever it is, shared',
  `
  ${enter('A', 'B')}
  A > SUBSCRIBE id:1 destination:/topic/t durable:true auto-delete:false
  A > UNSUBSCRIBE id:1
  B > SEND destination:/topic/t | kept
  B > SUBSCRIBE id:1 destination:/topic/t durable:true auto-delete:false
  B < MESSAGE | kept
  A > SUBSCRIBE id:1 destination:/topic/t durable:true auto-delete:false
  A > UNSUBSCRIBE id:1
  B > UNSUBSCRIBE id:1 durable:true auto-delete:false
  A > SEND destination:/topic/t | lost
  B > SUBSCRIBE id:1 destination:/topic/t durable:true auto-delete:false
  `,
);

plays(
  '[JMS 8.3.2] x-queue-name shares a subscription, as does shared:true with a name',
  `
  ${enter('A', 'B', 'C')}
  A > SUBSCRIBE id:1 destination:/topic/t x-queue-name:work
  B > SUBSCRIBE id:1 destination:/topic/t x-queue-name:work
  C > SEND destination:/topic/t | 1
  A < MESSAGE | 1
  C > SEND destination:/topic/t | 2
  B < MESSAGE | 2
  A > SUBSCRIBE id:2 destination:/topic/u durable-subscription-name:s shared:true
  B > SUBSCRIBE id:2 destination:/topic/u durable-subscription-name:s shared:true
  C > SEND destination:/topic/u | 3
  A < MESSAGE | 3
  C > SEND destination:/topic/u | 4
  B < MESSAGE | 4
  `,
);

plays(
  '[dialect: SUBSCRIBE browser] sees the queue in order, takes nothing, and is told when it is over',
  `
  ${enter('A')}
  A > SEND destination:/queue/q n:1 | 1
  A > SEND destination:/queue/q n:2 | 2
  A > SEND destination:/queue/q n:3 | 3
  A > SUBSCRIBE id:b destination:/queue/q browser:true receipt:r
  A < RECEIPT receipt-id:r
  A < MESSAGE subscription:b -ack | 1
  A < MESSAGE | 2
  A < MESSAGE | 3
  A < MESSAGE browser:end message-id:0 subscription:b destination:/queue/q
  A > UNSUBSCRIBE id:b
  A > SUBSCRIBE id:c destination:/queue/q browser:true ack:client activemq.prefetchSize:1
  A < MESSAGE ack:$one | 1
  A < MESSAGE | 2
  A < MESSAGE | 3
  A < MESSAGE browser:end
  A > ACK id:$one
  A > SUBSCRIBE id:e destination:/queue/q?consumer.selector=n=2 browser:true
  A < MESSAGE | 2
  A < MESSAGE browser:end
  A > SUBSCRIBE id:d destination:/queue/empty browser:true
  A < MESSAGE subscription:d browser:end
  A > SUBSCRIBE id:s destination:/queue/q
  A < MESSAGE subscription:s | 1
  A < MESSAGE | 2
  A < MESSAGE | 3
  A > NACK id:$one
  A < ERROR
  A < closed
  `,
);

plays(
  '[dialect: SUBSCRIBE activemq.*] no-local, priority, exclusive, retroactive',
  `
  ${enter('A', 'B')}
  A > SUBSCRIBE id:1 destination:/topic/t no-local:true
  A > SUBSCRIBE id:2 destination:/topic/t activemq.noLocal:true
  A > SEND destination:/topic/t | own
  B > SEND destination:/topic/t | other
  A < MESSAGE subscription:1 | other
  A < MESSAGE subscription:2 | other
  A > SUBSCRIBE id:3 destination:/queue/q
  B > SUBSCRIBE id:3 destination:/queue/q?consumer.priority=5 ack:client
  A > SEND destination:/queue/q | to the higher
  B < MESSAGE | to the higher
  A > SUBSCRIBE id:4 destination:/queue/e activemq.exclusive:true
  B > SUBSCRIBE id:4 destination:/queue/e activemq.priority:9
  A > SEND destination:/queue/e | to the exclusive
  A < MESSAGE | to the exclusive
  A > SUBSCRIBE id:5 destination:/topic/t activemq.retroactive:true
  A < MESSAGE subscription:5 | other
  `,
  () => new Stage({ settings: { t: { retain: 1 } } }),
);

plays(
  '[dialect: SUBSCRIBE redelivery] a subscriber says how often and after how long',
  `
  ${enter('A')}
  A > SUBSCRIBE id:1 destination:/queue/q ack:client-individual activemq.maximumRedeliveries:1 activemq.redeliveryDelay:100
  A > SUBSCRIBE id:2 destination:/queue/DLQ
  A > SEND destination:/queue/q | a
  A < MESSAGE ack:$a | a
  A > NACK id:$a requeue:true
  wait 99
  wait 1
  A < MESSAGE ack:$a redelivered:true JMSXDeliveryCount:2 | a
  A > NACK id:$a requeue:true
  A < MESSAGE subscription:2 JMS_ANGELIA_Cause:max-deliveries -redelivered | a
  `,
);

plays(
  '[dialect: SUBSCRIBE consumer-window-size] a window in bytes; 0 is one at a time',
  `
  ${enter('A')}
  ${['a', 'b', 'c', 'd'].map((text) => `A > SEND destination:/queue/q | ${text.repeat(60)}`).join('\n')}
  A > SUBSCRIBE id:1 destination:/queue/q ack:client-individual consumer-window-size:150
  A < MESSAGE ack:$a
  A < MESSAGE ack:$b
  A > ACK id:$b
  A < MESSAGE ack:$c
  A > BEGIN transaction:t
  A > ACK id:$a transaction:t
  A < MESSAGE ack:$d
  A > UNSUBSCRIBE id:1
  A > SUBSCRIBE id:2 destination:/queue/q ack:client consumer-window-size:0
  A < MESSAGE ack:$again | ${'c'.repeat(60)}
  A > ACK id:$again
  A < MESSAGE | ${'d'.repeat(60)}
  `,
);

plays(
  '[dialect: SUBSCRIBE consumer-window-size] auto: refilled as the client reads',
  `
  ${enter('A')}
  ${['a', 'b', 'c', 'd'].map((text) => `A > SEND destination:/queue/q | ${text.repeat(60)}`).join('\n')}
  A > SUBSCRIBE id:1 destination:/queue/q consumer-window-size:100
  ${['a', 'b', 'c', 'd'].map((text) => `A < MESSAGE | ${text.repeat(60)}`).join('\n')}
  `,
);

// What a SEND asks for

plays(
  '[dialect: AMQ_SCHEDULED] delay, period and repeat; the headers do not travel on',
  `
  ${enter('A')}
  A > SUBSCRIBE id:1 destination:/queue/q
  A > SEND destination:/queue/q AMQ_SCHEDULED_DELAY:100 receipt:r | later
  A < RECEIPT receipt-id:r
  wait 99
  wait 1
  A < MESSAGE -AMQ_SCHEDULED_DELAY | later
  A > SEND destination:/queue/q AMQ_SCHEDULED_PERIOD:50 AMQ_SCHEDULED_REPEAT:2 | again
  wait 49
  wait 1
  A < MESSAGE | again
  wait 50
  A < MESSAGE | again
  wait 50
  A < MESSAGE -AMQ_SCHEDULED_PERIOD -AMQ_SCHEDULED_REPEAT | again
  wait 500
  A > SEND destination:/queue/q AMQ_SCHEDULED_TIME:1000999 | at
  wait 100
  wait 1000
  A < MESSAGE | at
  `,
);

plays(
  '[dialect: SEND expires, expiration] a time to live wins over a time of death',
  `
  ${enter('A')}
  A > SEND destination:/queue/q expires:1000100 | dies
  A > SEND destination:/queue/q expiration:50 | dies sooner
  A > SEND destination:/queue/q expires:9000000 expiration:60 | relative
  A > SEND destination:/queue/q expires:9000000 | lives
  wait 40
  A > SUBSCRIBE id:b destination:/queue/q browser:true
  A < MESSAGE expires:1000100 | dies
  A < MESSAGE expires:1000050 -expiration | dies sooner
  A < MESSAGE expires:1000060 | relative
  A < MESSAGE expires:9000000 | lives
  A < MESSAGE browser:end
  wait 100
  A > SUBSCRIBE id:1 destination:/queue/q
  A < MESSAGE | lives
  A > SUBSCRIBE id:2 destination:/queue/ExpiryQueue
  A < MESSAGE JMS_ANGELIA_Cause:expired | dies sooner
  A < MESSAGE | relative
  A < MESSAGE | dies
  `,
);

plays(
  '[JMS 3.5.10] a group sticks to its consumer, which is told of its first message',
  `
  ${enter('A', 'B')}
  A > SUBSCRIBE id:1 destination:/queue/q ack:client
  B > SUBSCRIBE id:1 destination:/queue/q ack:client
  A > SEND destination:/queue/q JMSXGroupID:g JMSXGroupSeq:1 | 1
  A < MESSAGE JMSXGroupID:g JMSXGroupSeq:1 JMSXGroupFirstForConsumer:true | 1
  A > SEND destination:/queue/q JMSXGroupID:g JMSXGroupSeq:2 | 2
  A < MESSAGE -JMSXGroupFirstForConsumer | 2
  `,
);

plays(
  '[dialect: _AMQ_DUPL_ID] a second copy is taken and dropped',
  `
  ${enter('A')}
  A > SUBSCRIBE id:1 destination:/queue/q
  A > SEND destination:/queue/q _AMQ_DUPL_ID:x | once
  A < MESSAGE _AMQ_DUPL_ID:x | once
  A > SEND destination:/queue/q _AMQ_DUPL_ID:x receipt:r | twice
  A < RECEIPT receipt-id:r
  `,
  () => new Stage({ settings: { q: { duplicateWindow: 10 } } }),
);

plays(
  'what only the broker may say does not travel on',
  `
  ${enter('A')}
  A > SUBSCRIBE id:1 destination:/queue/q
  A > SEND destination:/queue/q redelivered:true JMSXDeliveryCount:9 browser:end original-destination:/queue/x | x
  A < MESSAGE -redelivered -JMSXDeliveryCount -browser -original-destination | x
  `,
);

// Bodies

plays(
  '[dialect: transformation] a map in either spelling is asked for in either',
  `
  ${enter('A')}
  A > SUBSCRIBE id:x destination:/topic/t transformation:jms-map-xml
  A > SUBSCRIBE id:j destination:/topic/t transformation:jms-json
  A > SUBSCRIBE id:o destination:/topic/t transformation:jms-object-xml
  A > SUBSCRIBE id:p destination:/topic/t
  A > SEND destination:/topic/t transformation:jms-map-xml | <map><entry><string>a</string><string>&lt;x&gt;</string></entry><entry><string>n</string><long>9007199254740993</long></entry></map>
  A < MESSAGE subscription:x transformation:jms-map-xml | <map><entry><string>a</string><string>&lt;x&gt;</string></entry><entry><string>n</string><long>9007199254740993</long></entry></map>
  A < MESSAGE subscription:j transformation:jms-map-json | {"map":{"entry":[{"string":["a","<x>"]},{"string":"n","long":9007199254740993}]}}
  A < MESSAGE subscription:o transformation:jms-map-xml
  A < MESSAGE subscription:p transformation:jms-map-xml
  A > SEND destination:/topic/t transformation:jms-map-json | {"b":true,"n":9007199254740993,"d":0.5,"s":null}
  A < MESSAGE subscription:x | <map><entry><string>b</string><boolean>true</boolean></entry><entry><string>n</string><long>9007199254740993</long></entry><entry><string>d</string><double>0.5</double></entry><entry><string>s</string><null/></entry></map>
  A < MESSAGE subscription:j
  A < MESSAGE subscription:o
  A < MESSAGE subscription:p | {"b":true,"n":9007199254740993,"d":0.5,"s":null}
  `,
);

plays(
  '[dialect: transformation] data that JSON can say, as an object; what it is not becomes an error',
  `
  ${enter('A')}
  A > SUBSCRIBE id:x destination:/topic/t transformation:jms-xml
  A > SUBSCRIBE id:p destination:/topic/t
  A > SEND destination:/topic/t transformation:jms-object-json | {"name":"Ann","age":5,"likes":["a",null]}
  A < MESSAGE transformation:jms-object-xml | <map><entry><string>name</string><string>Ann</string></entry><entry><string>age</string><int>5</int></entry><entry><string>likes</string><list><string>a</string><null/></list></entry></map>
  A < MESSAGE subscription:p transformation:jms-object-json
  A > SEND destination:/topic/t transformation:jms-object-xml | <org.acme.Person><name>Ann</name><likes><string>a</string></likes></org.acme.Person>
  A < MESSAGE | <map><entry><string>name</string><string>Ann</string></entry><entry><string>likes</string><map><entry><string>string</string><string>a</string></entry></map></entry></map>
  A < MESSAGE subscription:p transformation:jms-object-xml
  A > SEND destination:/topic/t transformation:jms-map-json | nonsense
  A < MESSAGE subscription:x -transformation | nonsense
  A < MESSAGE subscription:p -transformation | nonsense
  `,
);

test('[dialect: transformation-error] says what was wrong', (t) => {
  const stage = new Stage();
  stage.play(`
    ${enter('A')}
    A > SUBSCRIBE id:1 destination:/queue/q
  `);
  const send = 'SEND\ndestination:/queue/q\ntransformation:jms-map-xml\n\n<map><entry>\0';
  stage.actor('A').say(Buffer.from(send));
  const heard = stage.actor('A').hear();
  if (typeof heard !== 'object') return t.fail();
  t.regex(heard.headers.get('transformation-error') ?? '', /not one whole XML element/);
  t.is(heard.body, '<map><entry>');
});

// Full destinations, and destinations that go

const block = () => new Stage({ settings: { q: { messagesMax: 2, whenFull: 'block' } } });

test('a producer alone waits for room, without an ERROR, and loses nothing', (t) => {
  const stage = block();
  stage.play(enter('A', 'B'));
  const send = (n: number) => `SEND\ndestination:/queue/q\nreceipt:${n}\n\n${n}\0`;
  stage.actor('A').say(Buffer.from([1, 2, 3, 4, 5].map(send).join('')));
  stage.play('A < RECEIPT receipt-id:1\nA < RECEIPT receipt-id:2');
  t.true(stage.actor('A').paused);
  stage.actor('A').say(Buffer.from(send(6)));
  stage.play(`
    B > SUBSCRIBE id:1 destination:/queue/q ack:client-individual prefetch-count:1
    B < MESSAGE ack:$a | 1
    wait 60000
    B > ACK id:$a
    B < MESSAGE ack:$b | 2
    A < RECEIPT receipt-id:3
    B > ACK id:$b
    A < RECEIPT receipt-id:4
    B < MESSAGE ack:$c | 3
    B > UNSUBSCRIBE id:1
    B > SUBSCRIBE id:2 destination:/queue/q
    B < MESSAGE | 3
    B < MESSAGE | 4
    A < RECEIPT receipt-id:5
    A < RECEIPT receipt-id:6
    B < MESSAGE | 5
    B < MESSAGE | 6
  `);
  t.false(stage.actor('A').paused);
});

plays(
  'a producer that also receives is refused rather than made to wait: it may be the one to make room',
  `
  ${enter('A')}
  A > SUBSCRIBE id:1 destination:/queue/other
  A > SEND destination:/queue/q | 1
  A > SEND destination:/queue/q | 2
  A > SEND destination:/queue/q receipt:r | 3
  A < ERROR receipt-id:r
  A < closed
  `,
  block,
);

plays(
  'producer and slow consumer on one connection at the limit never lock each other',
  `
  ${enter('A')}
  A > SUBSCRIBE id:1 destination:/queue/q ack:client-individual prefetch-count:1
  A > SEND destination:/queue/q | 1
  A < MESSAGE ack:$a | 1
  A > SEND destination:/queue/q | 2
  A > SEND destination:/queue/q receipt:r | 3
  A < ERROR receipt-id:r
  A > ACK id:$a
  A < MESSAGE ack:$b | 2
  A > SEND destination:/queue/q receipt:s | 4
  A < RECEIPT receipt-id:s
  `,
  () => {
    const stage = new Stage(
      { settings: { q: { messagesMax: 2, whenFull: 'block' } } },
      new Users(),
      'classic',
    );
    return stage;
  },
);

test('a destination that is deleted is an ERROR to its subscribers', (t) => {
  for (const compat of [undefined, 'classic'] as const) {
    const stage = new Stage({}, new Users(), compat);
    stage.play(`
      ${enter('A')}
      A > SUBSCRIBE id:1 destination:/queue/q ack:client
      A > SEND destination:/queue/q | x
      A < MESSAGE | x
    `);
    stage.broker.deleteDestination({ kind: 'queue', name: 'q' }, false);
    stage.host.settle();
    stage.play('A < ERROR subscription:1');
    t.is(stage.actor('A').ended, compat === undefined);
  }
});

test('a waiting producer goes on when its destination is deleted', (t) => {
  const stage = block();
  stage.play(enter('A'));
  const send = (n: number) => `SEND\ndestination:/queue/q\nreceipt:${n}\n\n${n}\0`;
  stage.actor('A').say(Buffer.from([1, 2, 3].map(send).join('')));
  stage.play('A < RECEIPT receipt-id:1\nA < RECEIPT receipt-id:2');
  stage.broker.deleteDestination({ kind: 'queue', name: 'q' }, false);
  stage.host.settle();
  stage.play('A < RECEIPT receipt-id:3');
  t.is(stage.broker.storedMessages, 1);
});

// compat: classic

plays(
  '[dialect: ERROR] compat classic: a refused frame does not end the connection, a broken one does',
  `
  ${enter('A')}
  A > SEND destination:nowhere receipt:1 | x
  A < ERROR receipt-id:1
  A > COMMIT transaction:t receipt:2
  A < ERROR receipt-id:2
  A > SEND destination:/queue/q receipt:3 | x
  A < RECEIPT receipt-id:3
  A > NONSENSE
  A < ERROR
  A < closed
  `,
  () => new Stage({}, new Users(), 'classic'),
);

plays(
  '[dialect: CONNECT] request-id comes back',
  `
  A > CONNECT request-id:17
  A < CONNECTED response-id:17
  `,
);
