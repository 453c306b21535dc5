/**
 * What crosses between RabbitMQ's own JMS client and ours, each way, at its own queues and topics
 * (`jms`) and at queues that everybody uses (`amqp`). A case answers the differences as sentences.
 */

import type { MessageSpec, ReceivedBody, Values } from '../dialogue.ts';
import { differences } from '../expect.ts';
import * as messages from '../messages.ts';
import type { OurSide } from './our-side.ts';
import type { AnswersAt, Came, Ids, Place, Side, Spec, Style } from './side.ts';

/** Two sides, and a destination that nobody else uses. */
export interface Stage {
  readonly from: Side;
  readonly to: Side;
  /** Who sends. */
  readonly sender: 'java' | 'ours';
  readonly ours: OurSide;
  readonly style: Style;
  readonly place: Place;
}

/** One row. */
export interface Case {
  readonly name: string;
  /** Where it can be; absent: everywhere. */
  readonly styles?: readonly Style[];
  readonly senders?: readonly Stage['sender'][];
  run(stage: Stage): Promise<readonly string[]>;
}

const HOUR_MS = 3_600_000;

interface Passed {
  readonly sent: readonly Ids[];
  readonly came: readonly Came[];
}

async function pass({ from, to, place }: Stage, specs: readonly Spec[]): Promise<Passed> {
  const topic = place.kind === 'topic';
  if (topic) await to.subscribe(place.name, place, 'auto');
  const sent = await from.send(place, specs);
  if (!topic) await to.subscribe(place.name, place, 'auto');
  const came = await to.receive(place.name, specs.length);
  await to.unsubscribe(place.name);
  return { sent, came };
}

/** Everything is as it was sent; at an `amqp` destination Java makes strings of properties. */
async function same(stage: Stage, specs: readonly MessageSpec[]): Promise<readonly string[]> {
  const { came } = await pass(stage, specs);
  const strings = stage.style === 'amqp' && stage.sender === 'ours';
  const sight = { from: strings ? 'stomp' : 'jms', to: 'jms', strict: !strings } as const;
  return specs.flatMap((spec, i) => differences(spec, came[i], sight));
}

/** One message; its body is to be this. */
async function becomes(stage: Stage, spec: Spec, body: ReceivedBody): Promise<readonly string[]> {
  const { came } = await pass(stage, [spec]);
  return unlike('body', body, came[0]?.body);
}

function unlike(what: string, expected: unknown, came: unknown): string[] {
  const [a, b] = [JSON.stringify(expected), JSON.stringify(came)];
  return a === b ? [] : [`${what}: expected ${a}, got ${b?.slice(0, 200)}`];
}

/** At an `amqp` destination the Java client has no JMSType beside the mark of a text. */
async function headers(stage: Stage): Promise<readonly string[]> {
  const body = stage.style === 'amqp' ? { hex: '00ff' } : messages.HEADERS.body;
  const spec: Spec = { ...messages.HEADERS, body, timeToLiveMs: HOUR_MS };
  const { sent, came } = await pass(stage, [spec]);
  const [before, after] = [sent[0], came[0]];
  const sight = { from: 'jms', to: 'jms', strict: stage.sender === 'java' } as const;
  return [
    ...differences({ ...spec, body }, after, sight),
    ...unlike('id', before?.messageId, after?.messageId),
    ...unlike('timestamp', before?.timestamp, after?.timestamp),
    ...unlike('expiration', before?.expiration, after?.expiration),
    ...unlike('redelivered', false, after?.redelivered),
    ...unlike('delivery count', 1, after?.deliveryCount),
  ];
}

async function redelivered({ from, to, place }: Stage): Promise<readonly string[]> {
  await from.send(place, [{ body: { text: 'twice' } }]);
  await to.subscribe(place.name, place, 'client');
  await to.receive(place.name, 1);
  await to.recover(place.name);
  const [again] = await to.receive(place.name, 1);
  await to.unsubscribe(place.name);
  await to.subscribe(place.name, place, 'client');
  const [late] = await to.receive(place.name, 1);
  await to.unsubscribe(place.name);
  return [
    ...unlike('after recover', [true, 2], [again?.redelivered, again?.deliveryCount]),
    ...unlike('by another session', true, late?.redelivered),
    ...((late?.deliveryCount ?? 0) < 2 ? ['by another session: it is counted as the first'] : []),
  ];
}

/** `from` asks, `to` answers. */
async function answered(
  { from, to, place }: Stage,
  question: Spec,
  answer: Spec,
  answers: AnswersAt,
): Promise<readonly string[]> {
  const [asked, came] = await Promise.all([
    to.serve(place, answer),
    from.request(place, question, answers),
  ]);
  const sight = { from: 'stomp', to: 'jms', strict: false } as const;
  const specOf = (spec: Spec): MessageSpec => spec as MessageSpec;
  return [
    ...differences(specOf(question), asked, sight).map((text) => `question: ${text}`),
    ...differences(specOf(answer), came, sight).map((text) => `answer: ${text}`),
    ...unlike('correlation id', asked?.messageId, came?.correlationId),
  ];
}

/** Ours gives a list of Java to its program as bytes, and sends it on as it came. */
async function listOfJava(stage: Stage): Promise<readonly string[]> {
  const { ours, from, place } = stage;
  const found = await becomes(stage, { body: { list: true } }, { kind: 'object' });
  const back: Place = { ...place, name: `${place.name}.back` };
  await ours.subscribe('list', place, 'auto');
  await from.subscribe('list', back, 'auto');
  await from.send(place, [{ body: { list: true } }]);
  await ours.forward('list', back);
  const [came] = await from.receive('list', 1);
  await ours.unsubscribe('list');
  await from.unsubscribe('list');
  return [...found, ...unlike('back', { kind: 'object', value: '[a, 1, 2.5]' }, came?.body)];
}

const NO_TEXT: ReceivedBody = { kind: 'other', what: 'no text' };
const EMPTY_TEXT: ReceivedBody = { kind: 'text', text: '' };
const EMPTY_BYTES: ReceivedBody = { kind: 'bytes', hex: '' };
const OBJECT_JSON = JSON.stringify('an object: Grüße 🐙');
/** The Java client reads 1,024 bytes of an array at most, if they begin a block; more are lost to it. */
const KILOBYTE: Values = {
  before: { type: 'string', value: 'b'.repeat(600) },
  bytes: { type: 'binary', value: '05'.repeat(1024) },
  after: { type: 'int', value: '7' },
};
const LIST: Spec = { body: { map: { aLong: { type: 'long', value: '9007199254740993' } } } };

/** Every case, in its order. */
export const CASES: readonly Case[] = [
  { name: 'text', run: (stage) => same(stage, messages.TEXTS) },
  {
    name: 'text of null',
    run: (stage) =>
      becomes(stage, { body: { noText: true } }, stage.style === 'amqp' ? EMPTY_TEXT : NO_TEXT),
  },
  {
    name: 'message without a body',
    senders: ['ours'],
    run: (stage) => {
      const what = 'com.rabbitmq.jms.client.RMQNullMessage';
      const plain = stage.style === 'amqp' ? EMPTY_BYTES : { kind: 'other' as const, what };
      return becomes(stage, { body: { none: true } }, plain);
    },
  },
  { name: 'bytes', run: (stage) => same(stage, messages.BYTES) },
  { name: 'a megabyte of bytes and of text', run: (stage) => same(stage, messages.LARGE) },
  {
    name: 'properties of every type',
    run: (stage) =>
      same(stage, [{ body: { text: 'properties' }, properties: messages.JMS_PROPERTIES }]),
  },
  { name: 'headers', run: headers },
  {
    name: 'map of every type',
    styles: ['jms'],
    run: (stage) => same(stage, [messages.mapOf(messages.ENTRIES)]),
  },
  {
    name: 'stream of every type',
    styles: ['jms'],
    run: (stage) => same(stage, [messages.streamOf(messages.ENTRIES)]),
  },
  {
    name: 'a kilobyte of bytes in a map and in a stream',
    styles: ['jms'],
    run: (stage) => same(stage, [messages.mapOf(KILOBYTE), messages.streamOf(KILOBYTE)]),
  },
  {
    name: 'map and stream are JSON to Java',
    styles: ['amqp'],
    senders: ['ours'],
    run: async (stage) => [
      ...(await becomes(stage, LIST, {
        kind: 'text',
        text: '[["aLong",["long","9007199254740993"]]]',
      })),
      ...(await becomes(
        stage,
        { body: { stream: [{ type: 'char', value: 'ß' }] } },
        {
          kind: 'text',
          text: '[["char","ß"]]',
        },
      )),
    ],
  },
  {
    name: 'object that is a string',
    styles: ['jms'],
    run: (stage) => same(stage, [messages.OBJECT]),
  },
  {
    name: 'object is JSON to Java',
    styles: ['amqp'],
    senders: ['ours'],
    run: (stage) => becomes(stage, messages.OBJECT, { kind: 'text', text: OBJECT_JSON }),
  },
  { name: 'object of Java', styles: ['jms'], senders: ['java'], run: listOfJava },
  { name: 'redelivered', run: redelivered },
  {
    name: 'asks with a temporary queue',
    run: (stage) =>
      // Java answers ours as at an `amqp` destination: with bytes, or text.
      answered(stage, { body: { text: 'how many?' } }, answerOf(stage), 'temporary'),
  },
  {
    name: 'asks with a temporary topic',
    styles: ['jms'],
    run: (stage) => answered(stage, { body: { text: 'how many?' } }, answerOf(stage), 'topic'),
  },
  {
    name: 'asks straight back',
    senders: ['java'],
    run: (stage) =>
      answered(stage, { body: { text: 'how many?' } }, { body: { text: 'seven' } }, 'straight'),
  },
];

function answerOf({ sender }: Stage): Spec {
  return sender === 'ours' ? { body: { text: 'seven' } } : { body: { map: messages.ENTRIES } };
}

/** Those that are run on a topic, too. */
export const TOPIC_CASES: readonly Case[] = CASES.filter(({ name }) =>
  ['text', 'headers', 'map of every type'].includes(name),
).map((one) => ({ ...one, name: `topic: ${one.name}`, styles: ['jms'] }));
