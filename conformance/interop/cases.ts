/**
 * What every pair of clients is put through. A case sends with one client, receives with another
 * and answers the differences as sentences. None asserts a time, and none proves an absence by
 * waiting: where nothing more may come, a last message is sent and must be the next to arrive.
 */

import type { Client } from './clients.ts';
import type { ConnectOptions, Destination, MessageSpec, Received, Values } from './dialogue.ts';
import type { Driver } from './driver.ts';
import { rowDifferences, setDifferences } from './expect.ts';
import * as messages from './messages.ts';
import { OWN_CASES } from './own-cases.ts';

/** One side of a pair: a client with a connection open. */
export interface Side {
  readonly client: Client;
  readonly driver: Driver;
  readonly connection: string;
  /** Opens the connection again after a `drop` or a `close`. */
  reopen(options?: ConnectOptions): Promise<void>;
}

/** A pair at work on destinations that nobody else uses. */
export interface Stage {
  readonly from: Side;
  readonly to: Side;
  readonly queue: Destination;
  readonly topic: Destination;
  /** See `Sight`. */
  readonly strict: boolean;
}

/** One row of the table. */
export interface Case {
  readonly name: string;
  /** Whether both clients can say what the case is about. */
  applies(from: Client, to: Client): boolean;
  /** How what came differs from what should have; empty when all is well. */
  run(stage: Stage): Promise<string[]>;
}

/** How long a receiver may wait for what has already been sent. */
const RECEIVE_MS_MAX = 10_000;

function always(): boolean {
  return true;
}

function send({ from }: Stage, to: Destination, specs: readonly MessageSpec[]): Promise<void> {
  return from.driver.send(from.connection, to, [...specs]);
}

function receive({ to }: Stage, subscription: string, count: number): Promise<Received[]> {
  return to.driver.receive(subscription, count, RECEIVE_MS_MAX);
}

function compare(
  { from, to, strict }: Stage,
  sent: readonly MessageSpec[],
  came: readonly Received[],
  inOrderAnyway = true,
): string[] {
  const judge = strict || inOrderAnyway ? rowDifferences : setDifferences;
  return judge(sent, came, { from: from.client.model, to: to.client.model, strict });
}

/** Sends to a queue, then subscribes and compares. */
async function throughQueue(stage: Stage, specs: readonly MessageSpec[]): Promise<string[]> {
  await send(stage, stage.queue, specs);
  const { driver, connection } = stage.to;
  await driver.subscribe(connection, stage.queue.name, stage.queue, 'auto');
  return compare(stage, specs, await receive(stage, stage.queue.name, specs.length));
}

/** The values of types that both sides have. */
function sayable({ from, to }: Stage, values: Values): Values {
  const lacks = [...(from.client.lacks ?? []), ...(to.client.lacks ?? [])];
  return Object.fromEntries(Object.entries(values).filter(([, { type }]) => !lacks.includes(type)));
}

function propertiesOf({ from }: Stage): MessageSpec {
  const stomp = from.client.model === 'stomp';
  const properties = stomp ? messages.STOMP_PROPERTIES : messages.JMS_PROPERTIES;
  return { body: { text: 'with properties' }, properties };
}

/** A subscriber in the middle of a thousand: half wait in the queue, half come while it reads. */
async function inOrder(stage: Stage): Promise<string[]> {
  const specs = messages.numbered(1000);
  const { driver, connection } = stage.to;
  await send(stage, stage.queue, specs.slice(0, 500));
  await driver.subscribe(connection, stage.queue.name, stage.queue, 'auto');
  await send(stage, stage.queue, specs.slice(500));
  const came = await receive(stage, stage.queue.name, specs.length);
  return compare(stage, specs, came);
}

/**
 * Twenty sent, ten received, six of them acknowledged, the connection lost or closed: whoever
 * comes back gets the fourteen others, in order, and none of the six. [JMS 6.2.10]
 */
async function acknowledgeThenReconnect(stage: Stage, leave: 'drop' | 'close'): Promise<string[]> {
  const { queue, to } = stage;
  const { driver, connection, client } = to;
  const specs = messages.numbered(20);
  await send(stage, queue, specs);
  const first = `${queue.name}.1`;
  await driver.subscribe(connection, first, queue, 'client');
  const six = await receive(stage, first, 6);
  await driver.acknowledge(first);
  const four = await receive(stage, first, 4);
  const found = compare(stage, specs.slice(0, 10), [...six, ...four]);
  await driver[leave](connection);
  await to.reopen();
  const second = `${queue.name}.2`;
  await driver.subscribe(connection, second, queue, 'client');
  const last: MessageSpec = { body: { text: 'the last one' } };
  await send(stage, queue, [last]);
  const rest = await receive(stage, second, 15);
  await driver.acknowledge(second);
  found.push(
    ...compare(stage, [...specs.slice(6), last], rest, false).map((text) => `again, ${text}`),
  );
  // JMS says so whenever it gives a message again. Of a STOMP client that said goodbye, and of a
  // client of bare AMQP, which settles for itself, nobody can know what it had looked at.
  const told = client.model === 'jms' || (client.model === 'stomp' && leave === 'drop');
  if (stage.strict && told && rest.slice(0, 4).some((message) => !message.redelivered)) {
    found.push('received before and not acknowledged, but not marked as redelivered');
  }
  return found;
}

/** Two subscriptions on one topic each get everything, once. */
async function publishSubscribe(stage: Stage): Promise<string[]> {
  const { topic, to } = stage;
  const names = [`${topic.name}.1`, `${topic.name}.2`];
  for (const name of names) await to.driver.subscribe(to.connection, name, topic, 'auto');
  const specs = messages.numbered(3);
  await send(stage, topic, specs);
  const found: string[] = [];
  for (const name of names) found.push(...compare(stage, specs, await receive(stage, name, 3)));
  return found;
}

/** Java's maps come in their own order; streams keep theirs, which `order` has proven. */
function inAnyOrder(json: string): string {
  return json.slice(1, -1).split(',').sort().join(',');
}

/** STOMP has no maps and streams: a plain subscriber reads them as JSON. */
async function readable(stage: Stage): Promise<string[]> {
  await send(stage, stage.queue, messages.READABLE);
  const { driver, connection } = stage.to;
  await driver.subscribe(connection, stage.queue.name, stage.queue, 'auto');
  const came = await receive(stage, stage.queue.name, messages.READABLE.length);
  return messages.READ.flatMap(({ json, transformation }, i) => {
    const { body, properties } = came[i] ?? {};
    const text = body !== undefined && 'text' in body ? body.text : JSON.stringify(body);
    const said = properties?.['transformation']?.value;
    if (said === transformation && inAnyOrder(text) === inAnyOrder(json)) return [];
    return [`expected ${transformation} ${json}, got ${said} ${text}`];
  });
}

/** A STOMP client says that its JSON is a map. */
async function mapFromJson(stage: Stage): Promise<string[]> {
  const { from, to, queue } = stage;
  const transformation = { type: 'string', value: 'jms-map-json' } as const;
  const json = '{"map":{"entry":[{"string":["aString","Grüße"]},{"string":"anInt","int":7}]}}';
  const spec: MessageSpec = { body: { text: json }, properties: { transformation } };
  await from.driver.send(from.connection, queue, [spec]);
  await to.driver.subscribe(to.connection, queue.name, queue, 'auto');
  const map = {
    aString: { type: 'string', value: 'Grüße' },
    anInt: { type: 'int', value: '7' },
  } as const;
  return compare(stage, [{ body: { map } }], await receive(stage, queue.name, 1));
}

/** An object reaches a STOMP subscriber as the text or the bytes that it was serialised to. */
async function objectToStomp(stage: Stage): Promise<string[]> {
  const { to, queue } = stage;
  await send(stage, queue, [messages.OBJECT]);
  await to.driver.subscribe(to.connection, queue.name, queue, 'auto');
  const [came] = await receive(stage, queue.name, 1);
  const body = came?.body ?? { kind: 'other', what: 'nothing' };
  if (body.kind === 'bytes' && !('hex' in body && body.hex === '')) return [];
  const said = came?.properties['transformation']?.value;
  const json = JSON.stringify((messages.OBJECT.body as { object: string }).object);
  if (said === 'jms-object-json' && 'text' in body && body.text === json) return [];
  return [`expected bytes, or jms-object-json ${json}; got ${said} ${JSON.stringify(body)}`];
}

/** A STOMP client says that its JSON is an object. */
async function objectFromJson(stage: Stage): Promise<string[]> {
  const { from, to, queue } = stage;
  const transformation = { type: 'string', value: 'jms-object-json' } as const;
  const { object } = messages.OBJECT.body as { object: string };
  const spec: MessageSpec = {
    body: { text: JSON.stringify(object) },
    properties: { transformation },
  };
  await from.driver.send(from.connection, queue, [spec]);
  await to.driver.subscribe(to.connection, queue.name, queue, 'auto');
  return compare(stage, [messages.OBJECT], await receive(stage, queue.name, 1));
}

function typed(from: Client, to: Client): boolean {
  return from.model !== 'stomp' && to.model !== 'stomp';
}

/** Every case, in the order in which a pair meets them. */
export const CASES: readonly Case[] = [
  { name: 'text', applies: always, run: (stage) => throughQueue(stage, messages.TEXTS) },
  { name: 'bytes', applies: always, run: (stage) => throughQueue(stage, messages.BYTES) },
  { name: 'large', applies: always, run: (stage) => throughQueue(stage, messages.LARGE) },
  {
    name: 'properties',
    applies: always,
    run: (stage) => throughQueue(stage, [propertiesOf(stage)]),
  },
  { name: 'headers', applies: always, run: (stage) => throughQueue(stage, [messages.HEADERS]) },
  {
    name: 'map',
    applies: typed,
    run: (stage) => throughQueue(stage, [messages.mapOf(sayable(stage, messages.ENTRIES))]),
  },
  {
    name: 'stream',
    applies: typed,
    run: (stage) => throughQueue(stage, [messages.streamOf(sayable(stage, messages.ENTRIES))]),
  },
  {
    name: 'object',
    applies: (from, to) => from.model === 'jms' && to.model === 'jms',
    run: (stage) => throughQueue(stage, [messages.OBJECT]),
  },
  {
    name: 'readable',
    applies: (from, to) => from.model !== 'stomp' && to.model === 'stomp',
    run: readable,
  },
  {
    name: 'map-from-json',
    applies: (from, to) => from.model === 'stomp' && to.model !== 'stomp',
    run: mapFromJson,
  },
  {
    name: 'object-to-stomp',
    applies: (from, to) => from.model === 'jms' && to.model === 'stomp',
    run: objectToStomp,
  },
  {
    name: 'object-from-json',
    applies: (from, to) => from.model === 'stomp' && to.model === 'jms',
    run: objectFromJson,
  },
  {
    name: 'amqp-types',
    applies: (from, to) => from.model === 'amqp' && to.model === 'amqp',
    run: (stage) => {
      const properties = sayable(stage, messages.AMQP_PROPERTIES);
      return throughQueue(stage, [{ body: { text: 'with AMQP types' }, properties }]);
    },
  },
  {
    name: 'amqp-ids',
    applies: (from, to) => from.model === 'amqp' && to.model === 'amqp',
    run: (stage) => throughQueue(stage, messages.AMQP_IDS),
  },
  { name: 'order', applies: always, run: inOrder },
  { name: 'topic', applies: always, run: publishSubscribe },
  {
    name: 'acknowledge-drop',
    applies: always,
    run: (stage) => acknowledgeThenReconnect(stage, 'drop'),
  },
  {
    name: 'acknowledge-close',
    applies: always,
    run: (stage) => acknowledgeThenReconnect(stage, 'close'),
  },
  ...OWN_CASES,
];
