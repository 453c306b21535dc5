// What a client says that knows it speaks to us: docs/stomp.md, "Clients that know Angelia".

import test from 'ava';
import fc from 'fast-check';
import { DEFAULT_HEADER, Message, type MessageView } from '#broker';
import { stompFormat } from './message.ts';
import { Stage } from './transcript.test-kit.ts';

function plays(title: string, script: string): void {
  test(title, (t) => {
    new Stage().play(script);
    t.pass();
  });
}

const enter = (name: string) =>
  `${name} > CONNECT accept-version:1.2 compat:classic\n${name} < CONNECTED`;

plays(
  '[dialect: ERROR] a client may ask for a life after it, and hears the error code',
  `
  ${enter('A')}
  A > SEND destination:/remote-temp-queue/none receipt:1 | x
  A < ERROR receipt-id:1 error-code:destination-missing
  A > SUBSCRIBE id:1 destination:/queue/q selector:a\\c receipt:2
  A < ERROR receipt-id:2 error-code:selector-invalid
  A > SEND destination:/queue/q receipt:3 | x
  A < RECEIPT receipt-id:3
  A > NONSENSE
  A < ERROR
  A < closed
  `,
);

plays(
  '[dialect: NACK] with an outcome: back as if it had not come, back and counted, dead',
  `
  ${enter('A')}
  A > SEND destination:/queue/q | x
  A > SUBSCRIBE id:1 destination:/queue/q ack:client-individual
  A < MESSAGE ack:$a -redelivered | x
  A > NACK id:$a outcome:released
  A < MESSAGE ack:$b -redelivered | x
  A > NACK id:$b outcome:failed
  A < MESSAGE ack:$c redelivered:true JMSXDeliveryCount:2 | x
  A > NACK id:$c outcome:odd receipt:1
  A < ERROR receipt-id:1
  A > NACK id:$c outcome:rejected
  A > SUBSCRIBE id:2 destination:/queue/DLQ
  A < MESSAGE subscription:2 | x
  `,
);

plays(
  '[dialect: SUBSCRIBE] the receipt says how others know a temporary destination',
  `
  ${enter('A')}
  ${enter('B')}
  A > SUBSCRIBE id:1 destination:/temp-queue/x receipt:1
  A < RECEIPT receipt-id:1 destination:$name
  B > SEND destination:$name | hello
  A < MESSAGE destination:/temp-queue/x | hello
  `,
);

plays(
  '[dialect: SUBSCRIBE] shared, of a name, and not durable: as long as its consumers, of one client id',
  `
  A > CONNECT accept-version:1.2 client-id:c
  A < CONNECTED
  A > SUBSCRIBE id:1 destination:/topic/t activemq.subscriptionName:s shared:true durable:false
  B > CONNECT accept-version:1.2 client-id:d
  B < CONNECTED
  B > SUBSCRIBE id:1 destination:/topic/t activemq.subscriptionName:s shared:true durable:false
  B > SEND destination:/topic/t | x
  A < MESSAGE | x
  B < MESSAGE | x
  A > UNSUBSCRIBE id:1
  B > SEND destination:/topic/t | y
  B < MESSAGE | y
  A > SUBSCRIBE id:1 destination:/topic/t activemq.subscriptionName:s shared:true durable:false receipt:r
  A < RECEIPT receipt-id:r
  `,
);

plays(
  '[JMS 3.8.1.1] properties with types, and a selector that converts none',
  `
  ${enter('A')}
  A > SUBSCRIBE id:1 destination:/topic/t selector:n=5 convert-strings:false
  A > SUBSCRIBE id:2 destination:/topic/t selector:n='5' convert-strings:false
  A > SEND destination:/topic/t n:5 angelia-types:{"n"\\c"int"} | int
  A < MESSAGE subscription:1 n:5 | int
  A > SEND destination:/topic/t n:5 | string
  A < MESSAGE subscription:2 n:5 | string
  `,
);

function viewOf(text: string): MessageView {
  const bytes = Buffer.from(text);
  return new Message(stompFormat, DEFAULT_HEADER, bytes, 0, bytes.length, false).view();
}

test('[JMS 3.11] receivers of other protocols see what the JMS client sent', (t) => {
  const types = '{"n"\\c"long","f"\\c"float","gone"\\c"int"}';
  const more = '{"id"\\c["string","x"],"bad"\\c["int","1e99"]}';
  const head = `angelia-types:${types}\nangelia-properties:${more}\nn:-9\nf:0.1\ns:t\n`;
  const map = '{"a":["byte","-1"],"b":["bytes","AQI="],"c":["null",""]}';
  const seen = viewOf(
    `destination:/queue/q\nangelia-message-id:ID\\c7\nangelia-body:map\n${head}\n${map}`,
  );
  t.is(seen.messageId, 'ID:7');
  t.deepEqual(
    [...seen.properties],
    [
      ['n', { type: 'long', value: -9n }],
      ['f', { type: 'float', value: Math.fround(0.1) }],
      ['s', { type: 'string', value: 't' }],
      ['id', { type: 'string', value: 'x' }],
    ],
  );
  t.deepEqual(seen.body, {
    kind: 'map',
    entries: new Map([
      ['a', { type: 'byte', value: -1 }],
      ['b', { type: 'bytes', value: Buffer.of(1, 2) }],
      ['c', { type: 'null', value: null }],
    ]),
  });
  const body = (kind: string, bytes: string) =>
    viewOf(`destination:/queue/q\nangelia-body:${kind}\n\n${bytes}`).body;
  t.deepEqual(body('none', ''), { kind: 'none' });
  t.deepEqual(body('null', ''), { kind: 'text', text: null });
  t.deepEqual(body('stream', '[["char","ü"]]'), {
    kind: 'stream',
    items: [{ type: 'char', value: 'ü' }],
  });
  t.deepEqual(body('map', '{"a":1}'), { kind: 'text', text: '{"a":1}' }, 'not what it says');
});

test('whatever the headers of our own say, the message can be viewed', (t) => {
  const name = fc.constantFrom('types', 'properties', 'body', 'correlation-bytes', 'delivery-time');
  const odd = fc.constantFrom(
    '{"n":"int"}',
    '{"n":["int","x"]}',
    '[1]',
    '{',
    'map',
    'stream',
    'object',
  );
  const value = fc.oneof(odd, fc.string()).map((text) => text.replaceAll(/[\\\n\r:\0]/g, ''));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), fc.string(), (lines, bytes) => {
      const head = lines.map(([one, said]) => `angelia-${one}:${said}\n`).join('');
      viewOf(`destination:/queue/q\nn:x\n${head}\n${bytes}`);
    }),
  );
  t.pass();
});
