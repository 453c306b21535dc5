import test from 'ava';
import { DEFAULT_HEADER, Message, type MessageView } from '#broker';
import { stompLimits } from './limits.ts';
import { Stage } from './transcript.test-kit.ts';

/** Sends messages of another protocol, and counts how often one is looked at to encode it. */
function sendForeign(stage: Stage, body: string, count: number): () => number {
  let reads = 0;
  const view: MessageView = {
    persistent: false,
    priority: 4,
    properties: new Map(),
    get body() {
      reads++;
      return { kind: 'text' as const, text: body };
    },
  };
  const format = { name: 'foreign', view: () => view, encode: () => Buffer.alloc(0) };
  const connection = stage.broker.connect({ protocol: 'test', peer: 'there' });
  const producer = connection.openProducer({ kind: 'topic', name: 't' });
  for (let n = 0; n < count; n++) {
    producer.send(new Message(format, DEFAULT_HEADER, Buffer.from('raw'), 0, 3, false));
  }
  stage.host.settle();
  connection.close();
  return () => reads;
}

const NAMES = ['A', 'B', 'C'];

function subscribers(): Stage {
  const stage = new Stage();
  for (const name of NAMES) {
    stage.play(`
      ${name} > CONNECT accept-version:1.2
      ${name} < CONNECTED
      ${name} > SUBSCRIBE id:1 destination:/topic/t
    `);
  }
  return stage;
}

test('a message of another protocol is encoded once for all subscribers of a topic', (t) => {
  const stage = subscribers();
  const reads = sendForeign(stage, 'x', 5);
  stage.play(
    NAMES.flatMap((name) => Array(5).fill(`${name} < MESSAGE destination:/topic/t | x`)).join('\n'),
  );
  t.is(reads(), 5);
});

test('what is kept encoded is bounded; beyond it nothing is lost', (t) => {
  const stage = subscribers();
  const body = 'x'.repeat(stompLimits.encodingsBytesMax);
  const reads = sendForeign(stage, body, 1);
  for (const name of NAMES) {
    const heard = stage.actor(name).hear();
    t.true(typeof heard === 'object' && heard.body === body);
  }
  t.is(reads(), NAMES.length);
});
