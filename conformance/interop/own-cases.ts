/**
 * What a client is put through by itself, on both sides of the broker: everything that needs more of
 * its library than sending and receiving. Runs on the diagonal of the table, where one client is the
 * sender and the receiver. As in `cases.ts`, nothing is proven by waiting: where something may not
 * come, a last message is sent and must be the next to arrive.
 */

import type { Case, Side, Stage } from './cases.ts';
import type { Client } from './clients.ts';
import type { Acknowledge, Destination, Outcome, Received, SubscribeOptions } from './dialogue.ts';
import { numbered } from './messages.ts';

const RECEIVE_MS_MAX = 10_000;
/** Where rejected messages go. */
const DEAD_LETTERS: Destination = { kind: 'queue', name: 'DLQ' };
const HEART_BEAT_MS = 250;
const SILENCE_MS = 4 * HEART_BEAT_MS;

function alone(from: Client, to: Client): boolean {
  return from.name === to.name && from.door !== 'vm';
}

function overAmqp(from: Client, to: Client): boolean {
  return alone(from, to) && from.door === 'amqp';
}

function overStomp(from: Client, to: Client): boolean {
  return alone(from, to) && from.model === 'stomp';
}

function textsOf(messages: readonly Received[]): string {
  return messages
    .map(({ body }) => ('text' in body ? body.text.replace('message ', '') : body.kind))
    .join(' ');
}

/** A stage with short words; every text that is sent is `message N`. */
class Play {
  readonly from: Side;
  readonly to: Side;
  readonly queue: Destination;
  readonly topic: Destination;
  readonly found: string[] = [];

  constructor({ from, to, queue, topic }: Stage) {
    this.from = from;
    this.to = to;
    this.queue = queue;
    this.topic = topic;
  }

  send(numbers: readonly number[], to: Destination = this.queue, transaction?: string) {
    const messages = numbers.flatMap((n) =>
      numbered(1, n).map((m) => ({ ...m, persistent: true })),
    );
    return this.from.driver.send(this.from.connection, to, messages, transaction);
  }

  subscribe(
    name: string,
    acknowledge: Acknowledge,
    options: SubscribeOptions = {},
    source: Destination = this.queue,
  ): Promise<void> {
    return this.to.driver.subscribe(this.to.connection, name, source, acknowledge, options);
  }

  /** Receives as many as there are words, which must be these. */
  async expect(what: string, name: string, words: string): Promise<Received[]> {
    const count = words === '' ? 0 : words.split(' ').length;
    const came = await this.to.driver.receive(name, count, RECEIVE_MS_MAX);
    this.same(what, textsOf(came), words);
    return came;
  }

  same(what: string, came: string, expected: string): void {
    if (came !== expected) this.found.push(`${what}: expected ${expected}, got ${came}`);
  }

  settle(name: string, at: number, outcome: Outcome, transaction?: string): Promise<void> {
    return this.to.driver.settle(name, at, outcome, transaction);
  }

  /** The receiver comes back on a new connection. */
  async comeBack(): Promise<void> {
    await this.to.driver.close(this.to.connection);
    await this.to.reopen();
  }
}

async function individual(stage: Stage): Promise<string[]> {
  const play = new Play(stage);
  const { queue } = play;
  await play.send([1, 2, 3, 4, 5]);
  await play.subscribe(`${queue.name}.1`, 'individual');
  await play.expect('first', `${queue.name}.1`, '1 2 3 4 5');
  await play.settle(`${queue.name}.1`, 3, 'accept');
  await play.settle(`${queue.name}.1`, 1, 'accept');
  await play.comeBack();
  await play.subscribe(`${queue.name}.2`, 'auto');
  await play.send([6]);
  await play.expect('what was left', `${queue.name}.2`, '1 3 5 6');
  return play.found;
}

/** Rejected messages are dead letters; released and failed ones come back to their place. */
async function outcomes(stage: Stage): Promise<string[]> {
  const play = new Play(stage);
  const { queue, to } = play;
  const amqp = to.client.door === 'amqp';
  const list: Outcome[] = ['accept', 'reject', 'fail'];
  if (amqp) list.push('release', 'undeliverable');
  await play.send(list.map((_, i) => i + 1));
  const name = `${queue.name}.1`;
  await play.subscribe(name, 'individual');
  await play.expect('first', name, list.map((_, i) => i + 1).join(' '));
  for (const outcome of list) await play.settle(name, 0, outcome);
  await play.comeBack();
  const again = `${queue.name}.2`;
  await play.subscribe(again, 'auto');
  await play.send([9]);
  const came = await play.expect('again', again, amqp ? '3 4 5 9' : '3 9');
  const flags = came.map(({ redelivered }) => (redelivered ? 'again' : 'new')).join(' ');
  play.same('marked', flags, amqp ? 'again new again new' : 'again new');
  await play.subscribe(`${queue.name}.dead`, 'auto', {}, DEAD_LETTERS);
  await play.expect('dead letter', `${queue.name}.dead`, '2');
  return play.found;
}

/** One that is rolled back and one that commits, each with a send and acknowledgements. */
async function transaction(stage: Stage): Promise<string[]> {
  const play = new Play(stage);
  const { queue, to } = play;
  const { driver } = to;
  const results: Destination = { kind: 'queue', name: `${queue.name}.results` };
  // One connection does it all: a transaction belongs to it.
  const work = async (n: number, expected: string, result: number, commit: boolean) => {
    const name = `${queue.name}.t${n}`;
    await driver.begin(to.connection, name);
    await play.subscribe(`${name}.s`, 'individual', { transaction: name });
    const came = await play.expect(`transaction ${n}`, `${name}.s`, expected);
    for (const _ of came) await play.settle(`${name}.s`, 0, 'accept', name);
    await driver.send(to.connection, results, numbered(1, result), name);
    await driver.end(to.connection, name, commit);
    await play.comeBack();
  };
  await play.send([1, 2]);
  await work(1, '1', 7, false);
  await work(2, '1 2', 8, true);
  await play.send([3]);
  await play.subscribe(`${queue.name}.s`, 'auto');
  await play.expect('after the commit', `${queue.name}.s`, '3');
  await play.send([9], results);
  await play.subscribe(`${queue.name}.r`, 'auto', {}, results);
  await play.expect('sent in transactions', `${queue.name}.r`, '8 9');
  return play.found;
}

async function durable(stage: Stage): Promise<string[]> {
  const play = new Play(stage);
  const { topic, to } = play;
  const open = (name: string) => play.subscribe(name, 'auto', { durable: 'news' }, topic);
  const back = async () => {
    await to.driver.close(to.connection);
    await to.reopen({ clientId: `client-${topic.name}` });
  };
  await back();
  await open(`${topic.name}.1`);
  await play.send([1], topic);
  await play.expect('while there', `${topic.name}.1`, '1');
  await back();
  await play.send([2, 3], topic);
  await open(`${topic.name}.2`);
  await play.expect('while away', `${topic.name}.2`, '2 3');
  await to.driver.unsubscribe(`${topic.name}.2`, true);
  await play.send([4], topic);
  await back();
  await open(`${topic.name}.3`);
  await play.send([5], topic);
  await play.expect('after it was forgotten', `${topic.name}.3`, '5');
  await to.driver.unsubscribe(`${topic.name}.3`, true);
  return play.found;
}

/** Two share what comes, and a third, of another subscription, gets everything. */
async function shared(stage: Stage): Promise<string[]> {
  const play = new Play(stage);
  const { topic } = play;
  const shareable = { shared: 'crew', durable: 'crew' };
  await play.subscribe(`${topic.name}.1`, 'auto', shareable, topic);
  await play.subscribe(`${topic.name}.2`, 'auto', shareable, topic);
  await play.subscribe(`${topic.name}.3`, 'auto', {}, topic);
  await play.send([1, 2, 3, 4, 5, 6, 7, 8], topic);
  await play.expect('alone', `${topic.name}.3`, '1 2 3 4 5 6 7 8');
  const first = await play.to.driver.receive(`${topic.name}.1`, 8, 500);
  const second = await play.to.driver.receive(`${topic.name}.2`, 8 - first.length, RECEIVE_MS_MAX);
  const all = textsOf([...first, ...second])
    .split(' ')
    .sort()
    .join(' ');
  play.same('together', all, '1 2 3 4 5 6 7 8');
  if (first.length === 0 || second.length === 0) play.found.push('one of the two got nothing');
  await play.to.driver.unsubscribe(`${topic.name}.1`, false);
  await play.to.driver.unsubscribe(`${topic.name}.2`, true);
  return play.found;
}

async function selector(stage: Stage): Promise<string[]> {
  const play = new Play(stage);
  const { queue, from } = play;
  const type = from.client.model === 'stomp' ? 'string' : 'int';
  const messages = [1, 2, 3, 4].map((n) => ({
    body: { text: `message ${n}` },
    properties: {
      size: { type, value: String(n * 10) } as const,
      colour: { type: 'string', value: n % 2 ? 'red' : 'blue' } as const,
    },
  }));
  await from.driver.send(from.connection, queue, messages);
  const wanted = "colour = 'red' AND size > 15";
  await play.subscribe(`${queue.name}.1`, 'auto', { selector: wanted });
  await play.expect('selected', `${queue.name}.1`, '3');
  await play.subscribe(`${queue.name}.2`, 'auto');
  await play.expect('the rest', `${queue.name}.2`, '1 2 4');
  return play.found;
}

async function browser(stage: Stage): Promise<string[]> {
  const play = new Play(stage);
  const { queue } = play;
  await play.send([1, 2, 3]);
  await play.subscribe(`${queue.name}.1`, 'auto', { browse: true });
  await play.expect('browsed', `${queue.name}.1`, '1 2 3');
  await play.to.driver.unsubscribe(`${queue.name}.1`, false);
  await play.subscribe(`${queue.name}.2`, 'auto');
  await play.expect('still there', `${queue.name}.2`, '1 2 3');
  return play.found;
}

/** With messages it brings them, without it comes back with nothing, and the link goes on. */
async function drain(stage: Stage): Promise<string[]> {
  const play = new Play(stage);
  const { queue, to } = play;
  const name = `${queue.name}.1`;
  await play.subscribe(name, 'auto');
  play.same('empty', textsOf(await to.driver.drain(name)), '');
  await play.send([1, 2]);
  play.same('with messages', textsOf(await to.driver.drain(name)), '1 2');
  await play.send([3]);
  await play.expect('afterwards', name, '3');
  return play.found;
}

async function twentyMegabytes(stage: Stage): Promise<string[]> {
  const { from, to, queue } = stage;
  const piece = Buffer.from(Uint8Array.from({ length: 4096 }, (_, i) => i * 7)).toString('hex');
  await from.driver.send(from.connection, queue, [{ body: { hex: piece, times: 5120 } }]);
  await to.driver.subscribe(to.connection, queue.name, queue, 'auto');
  const [came] = await to.driver.receive(queue.name, 1, RECEIVE_MS_MAX);
  const { body } = came ?? {};
  const length = body !== undefined && 'length' in body ? body.length : 'nothing';
  const { createHash } = await import('node:crypto');
  const sent = createHash('sha256')
    .update(Buffer.from(piece.repeat(5120), 'hex'))
    .digest('hex');
  const same = body !== undefined && 'sha256' in body && body.sha256 === sent;
  return same ? [] : [`20 MiB sent, ${length} came, or not the same`];
}

async function tenThousand(stage: Stage): Promise<string[]> {
  const { from, to, queue } = stage;
  await to.driver.subscribe(to.connection, queue.name, queue, 'auto');
  await from.driver.send(from.connection, queue, numbered(10_000));
  const came: Received[] = [];
  while (came.length < 10_000) {
    const some = await to.driver.receive(queue.name, 2000, RECEIVE_MS_MAX);
    if (some.length === 0) return [`${came.length} of 10000 came`];
    came.push(...some);
  }
  const wrong = came.findIndex(
    ({ body }, i) => !('text' in body) || body.text !== `message ${i + 1}`,
  );
  return wrong < 0 ? [] : [`at place ${wrong + 1} came ${JSON.stringify(came[wrong]?.body)}`];
}

/** A request with an address that the broker made, and the answer to it. */
async function requestReply(stage: Stage): Promise<string[]> {
  const play = new Play(stage);
  const { queue, from, to } = play;
  const node = `${queue.name}.node`;
  const address = await from.driver.node(from.connection, node);
  await play.subscribe(`${queue.name}.requests`, 'auto');
  const replyTo: Destination = { kind: 'queue', name: address };
  const request = { body: { text: 'message 1' }, replyTo, correlationId: 'request 1' };
  await from.driver.send(from.connection, queue, [request]);
  const [heard] = await play.expect('request', `${queue.name}.requests`, '1');
  const answer = { body: { text: 'message 2' }, correlationId: heard?.correlationId ?? 'none' };
  await to.driver.send(to.connection, heard?.replyTo ?? DEAD_LETTERS, [answer]);
  const [came] = await from.driver.receive(node, 1, RECEIVE_MS_MAX);
  play.same('answer', textsOf(came === undefined ? [] : [came]), '2');
  play.same('correlation', came?.correlationId ?? 'none', 'request 1');
  return play.found;
}

/** Four beats of silence, and the connection works as before. [STOMP 1.2 Heart-beating] */
async function heartBeat(stage: Stage): Promise<string[]> {
  const play = new Play(stage);
  const { queue, to } = play;
  await to.driver.close(to.connection);
  await to.reopen({ heartBeatMs: HEART_BEAT_MS });
  await play.subscribe(queue.name, 'auto');
  await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
  await play.send([1]);
  await play.expect('after a silence', queue.name, '1');
  return play.found;
}

/** Every case of one client by itself. */
export const OWN_CASES: readonly Case[] = [
  { name: 'individual', applies: alone, run: individual },
  { name: 'outcomes', applies: alone, run: outcomes },
  { name: 'transaction', applies: alone, run: transaction },
  { name: 'durable', applies: alone, run: durable },
  { name: 'shared', applies: overAmqp, run: shared },
  { name: 'selector', applies: alone, run: selector },
  { name: 'browser', applies: alone, run: browser },
  { name: 'drain', applies: overAmqp, run: drain },
  { name: '20-megabytes', applies: overAmqp, run: twentyMegabytes },
  { name: '10000-in-order', applies: alone, run: tenThousand },
  { name: 'request-reply', applies: overAmqp, run: requestReply },
  { name: 'heart-beat', applies: overStomp, run: heartBeat },
];
