// The types of the JMS API, pinned: overloads and conditional types that must compile as they say,
// and calls that must not. Each line of WRONG is compiled by itself, in one run of the compiler.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import test from 'ava';
import { root } from '../arch/repository.ts';

const HEAD = `
import {
  type CompletionListener, type Connection, type Destination, InitialContext, JmsConnectionFactory,
  JMSContext, type JMSConsumer, type JMSObject, type JMSProducer, type Message, type MessageConsumer,
  type MessageProducer, type Queue, type QueueBrowser, type QueueSession, Session, TextMessage,
  type TopicSession, type TopicSubscriber, DeliveryMode,
} from 'angelia';

declare const connection: Connection;
declare const session: Session;
declare const queueSession: QueueSession;
declare const topicSession: TopicSession;
declare const producer: MessageProducer;
declare const consumer: MessageConsumer;
declare const context: JMSContext;
declare const jmsProducer: JMSProducer;
declare const jmsConsumer: JMSConsumer;
declare const browser: QueueBrowser;
declare const message: Message;
declare const queue: Queue;
declare const destination: Destination;
declare const listener: CompletionListener;

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
export function same<A, B>(..._proof: Equal<A, B> extends true ? [] : [never]): void {}
`;

const RIGHT = `
same<Awaited<ReturnType<typeof jmsConsumer.receiveBody<StringConstructor>>>, string | null>();
const text = await jmsConsumer.receiveBody(String, 5);
same<typeof text, string | null>();
const bytes = await jmsConsumer.receiveBody(Uint8Array);
same<typeof bytes, Uint8Array | null>();
const map = message.getBody(Map);
same<typeof map, Map<string, JMSObject> | null>();
const any = await jmsConsumer.receiveBodyNoWait(Object);
same<typeof any, unknown>();
const long = message.getLongProperty('x');
same<typeof long, bigint>();
message.setLongProperty('x', 1);
message.setLongProperty('x', 1n);

await producer.send(message);
await producer.send(message, listener);
await producer.send(message, DeliveryMode.PERSISTENT, 4, 0);
await producer.send(message, DeliveryMode.PERSISTENT, 4, 0, listener);
await producer.send(destination, message);
await producer.send(destination, message, listener);
await producer.send(destination, message, 1, 4, 0);
await producer.send(destination, message, 1, 4, 0, listener);

const chained = jmsProducer.setPriority(9).setProperty('a', 1).setAsync(null);
same<typeof chained, JMSProducer>();
const sent = await jmsProducer.send(destination, 'text');
same<typeof sent, JMSProducer>();
await jmsProducer.send(destination, { any: 'object' });
await jmsProducer.send(destination, new Map([['a', 1]]));

await connection.createSession(true, Session.SESSION_TRANSACTED);
await connection.createSession(Session.INDIVIDUAL_ACKNOWLEDGE);
await connection.createSession();
await context.createContext(JMSContext.CLIENT_ACKNOWLEDGE);

const subscriber: TopicSubscriber = await session.createDurableSubscriber(session.createTopic('t'), 's');
const plain: MessageConsumer = subscriber;
for await (const each of plain) same<typeof each, Message>();
for await (const each of browser) same<typeof each, Message>();
const received = await consumer.receive({ timeout: 5, signal: AbortSignal.timeout(5) });
if (received instanceof TextMessage) same<ReturnType<typeof received.getText>, string | null>();
consumer.setMessageListener(async (each) => void each.getJMSMessageID());
consumer.setMessageListener({ onMessage() {} });

const factory = new InitialContext('queue.a=b').lookupConnectionFactory();
same<typeof factory, JmsConnectionFactory>();
await factory.createContext('user', 'password', JMSContext.AUTO_ACKNOWLEDGE);
const asConnection: Session = queueSession;
const asToo: Session = topicSession;
export { asConnection, asToo };
`;

const WRONG: readonly string[] = [
  "producer.send('text');",
  'producer.send(message, 3, 4, 0);',
  'producer.send(message, 2, 4);',
  'producer.send(destination);',
  'producer.send(message, destination);',
  'producer.send(message, { onCompletion() {} });',
  'connection.createSession(7);',
  "connection.createSession('AUTO');",
  'session.createConsumer();',
  "session.createConsumer('queue');",
  'session.createDurableConsumer(session.createTopic("t"));',
  'session.createBrowser(session.createTopic("t"));',
  'queueSession.createReceiver(session.createTopic("t"));',
  'topicSession.createSubscriber(queue);',
  "message.setIntProperty('a', '1');",
  "message.setLongProperty('a', 'x');",
  "const n: number = message.getLongProperty('a'); export { n };",
  'const s: string = await jmsConsumer.receiveBody(String); export { s };',
  'const m: Map<string, number> | null = message.getBody(Map); export { m };',
  'message.getBody("String");',
  'jmsProducer.send(destination, 5);',
  'jmsProducer.send(destination);',
  "jmsProducer.setProperty('a', {});",
  'jmsProducer.setDeliveryMode(3);',
  'consumer.setMessageListener({});',
  'consumer.setMessageListener((text: string) => {});',
  "consumer.receive('5');",
  'consumer.receive().getText();',
  'message.getText();',
  'queue.getTopicName();',
  'new JmsConnectionFactory(5);',
  'context.createConsumer(queue).receive();',
  'session.commit().then((value: string) => value);',
];

test('types: what must compile compiles, and what must not does not', async (t) => {
  mkdirSync(`${root}.cache`, { recursive: true });
  const folder = mkdtempSync(`${root}.cache/types-`);
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(`${folder}/right.ts`, HEAD + RIGHT);
  for (const [n, line] of WRONG.entries()) {
    writeFileSync(`${folder}/wrong-${n}.ts`, `${HEAD}\n${line}\n`);
  }
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    module: 'node20',
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  };
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const tsc = `${root}node_modules/typescript/bin/tsc`;
  const output = await promisify(execFile)(process.execPath, [tsc, '-p', folder]).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );
  const problems = (file: string) =>
    output.split('\n').filter((line) => line.includes(`${file}.ts(`));
  t.deepEqual(problems('right'), []);
  for (const [n, line] of WRONG.entries()) t.true(problems(`wrong-${n}`).length > 0, line);
});
