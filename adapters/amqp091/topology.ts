// What RabbitMQ has for destinations and subscriptions, and how it is made there.
//
//     queue orders           the queue `orders`, as it is; a missing one is declared
//     topic prices.eur       the key `prices.eur` of the topic exchange; `>` in a pattern is `#`
//     temporary queue        an exclusive queue; a temporary topic has one as a sign that it lives
//     subscription           a queue that is bound to the topic exchange by the topic, and
//     with a name            an exchange that says of what it is: see below
//
// A queue does not say what it is bound to. So beside the queue of a named subscription there is an
// exchange of its name, whose type says whether it is shared, and whose alternate exchange names the
// topic: to declare it otherwise is refused, and it is gone with the queue. Nothing is ever sent there.

import type { Options } from 'amqplib';
import {
  type DestinationData,
  type DestinationKind,
  InvalidClientIDException,
  InvalidDestinationException,
  JMSException,
} from '#jms-api';
import type { Place } from './amqp091-url.ts';
import type { Errands } from './errands.ts';
import { isItsTemporary } from './jms-client-words.ts';

/** Bytes of a name in AMQP 0-9-1. */
const NAME_BYTES_MAX = 255;
const PRIORITY_MAX = 9;
/** Names of queues that were looked for; to look again costs a round trip. */
const KNOWN_MAX = 10_000;

/** A consumer that is still counted after so many looks is one. */
const LOOKS = 6;
const LOOK_MS = 50;

const NOT_FOUND = '404';
const LOCKED = '405';
const DIFFERENT = '406';

/** A named subscription. */
export interface Subscription {
  readonly topic: DestinationData;
  readonly clientId: string | undefined;
  readonly name: string;
  readonly durable: boolean;
  readonly shared: boolean;
  readonly noLocal: boolean;
}

/** The routing pattern of a topic: `>` is any number of words, as in ActiveMQ. */
export function patternOf(topic: string): string {
  return topic
    .split('.')
    .map((word) => (word === '>' ? '#' : word))
    .join('.');
}

export class Topology {
  readonly #errands: Errands;
  readonly #place: Place;
  /** Queues that were there when we looked. */
  readonly #known: Set<string> = new Set();

  /** Quorum queues would throw away what comes for the 21st time, and count what was prefetched. */
  #unlimited: boolean;

  /** @param major - the version of RabbitMQ */
  constructor(errands: Errands, place: Place, major: number) {
    this.#errands = errands;
    this.#place = place;
    this.#unlimited = major >= 4 && place.queueType === 'quorum';
  }

  /** Nothing has to be looked up before a message is sent there. */
  ready({ kind, name }: DestinationData): boolean {
    if (kind === 'topic' || this.#known.has(name)) return true;
    return kind === 'temporary-topic' && isItsTemporary(name);
  }

  /** A message was returned: look again before the next one. */
  forget(queue: string): void {
    this.#known.delete(queue);
  }

  /**
   * Makes sure that a destination can be sent to.
   *
   * @throws {InvalidDestinationException} for a temporary one that is gone, or an impossible name
   */
  async ensure(destination: DestinationData): Promise<void> {
    const { kind, name } = destination;
    checkName(destination);
    if (this.ready(destination)) return;
    if (!(await this.#isThere(name))) {
      if (kind !== 'queue') throw new InvalidDestinationException(`${kind} ${name} is gone`);
      await (this.#place.messageFormat === 'plain'
        ? this.#declareLasting(name)
        : this.#declareAsIts(name));
    }
    // Whoever answers many meets a queue of each.
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.add(name);
  }

  /** Makes sure that there is a queue to be consumed. */
  async ensureQueue(destination: DestinationData): Promise<string> {
    this.forget(destination.name);
    await this.ensure(destination);
    return destination.name;
  }

  /** Makes a queue of this connection, which goes with it. */
  async declareOwn(kind: DestinationKind | 'subscription'): Promise<string> {
    const name = `angelia.${kind}.${globalThis.crypto.randomUUID()}`;
    await this.#declare(name, { exclusive: true, durable: false });
    return name;
  }

  /** As RabbitMQ's JMS client does, if none of its programs did before. */
  async declareTopicExchange(): Promise<void> {
    const { topicExchange } = this.#place;
    if (topicExchange.startsWith('amq.')) return;
    await this.#errands.run(`declaring exchange ${topicExchange}`, (channel) =>
      channel.assertExchange(topicExchange, 'topic', { durable: true }),
    );
  }

  async deleteQueue(name: string): Promise<void> {
    this.forget(name);
    await this.#errands.run(`deleting ${name}`, (channel) => channel.deleteQueue(name));
  }

  async bind(queue: string, topic: DestinationData): Promise<void> {
    checkName(topic);
    const pattern = topic.kind === 'topic' ? patternOf(topic.name) : topic.name;
    await this.#errands.run(`binding ${queue} to topic ${topic.name}`, (channel) =>
      channel.bindQueue(queue, this.#place.topicExchange, pattern),
    );
  }

  /**
   * Takes a client id for this connection alone, with an exclusive queue.
   *
   * @throws {InvalidClientIDException} if another connection has it
   */
  async takeClientId(id: string): Promise<void> {
    const name = `angelia.client:${encodeURIComponent(id)}`;
    if (Buffer.byteLength(name) > NAME_BYTES_MAX) {
      throw new InvalidClientIDException(`a client id of ${id.length} characters is too long`);
    }
    try {
      await this.#declare(name, { exclusive: true, durable: false });
    } catch (cause) {
      if (codeOf(cause) !== LOCKED) throw cause;
      const text = `the client id '${id}' is in use by another connection`;
      throw new InvalidClientIDException(text, LOCKED, { cause });
    }
  }

  /**
   * Makes or joins a named subscription, and returns its queue.
   *
   * @throws {JMSException} if others consume it and it is of another topic, or of another kind
   */
  async subscribe(wanted: Subscription): Promise<string> {
    checkName(wanted.topic);
    const name = subscriptionQueue(wanted);
    await this.#mark(name, wanted);
    if (!(await this.#isThere(name))) {
      const short: Options.AssertQueue = { durable: true, autoDelete: true };
      if (wanted.durable) await this.#declareLasting(name);
      else await this.#declare(name, short);
    }
    await this.#errands.run(`binding subscription ${wanted.name}`, (channel) =>
      channel.bindQueue(name, name, ''),
    );
    await this.bind(name, wanted.topic);
    return name;
  }

  /**
   * @throws {InvalidDestinationException} if there is no such durable subscription
   * @throws {JMSException} while it has a consumer
   */
  async unsubscribe(clientId: string | undefined, name: string): Promise<void> {
    const queue = subscriptionQueue({ clientId, name, durable: true });
    const consumers = await this.#settledConsumersOf(queue);
    if (consumers === undefined) {
      throw new InvalidDestinationException(`there is no durable subscription '${name}'`);
    }
    if (consumers > 0) throw new JMSException(`the durable subscription '${name}' has a consumer`);
    await this.deleteQueue(queue);
  }

  /** Declares the exchange that says what a subscription is of. */
  async #mark(name: string, wanted: Subscription): Promise<void> {
    const type = wanted.shared ? 'fanout' : 'direct';
    const alternateExchange = `angelia:${wanted.noLocal ? 'noLocal' : ''}:${wanted.topic.name}`;
    const declare = (): Promise<unknown> =>
      this.#errands.run(`subscribing as ${name}`, (channel) =>
        channel.assertExchange(name, type, { durable: true, autoDelete: true, alternateExchange }),
      );
    try {
      await declare();
    } catch (cause) {
      if (codeOf(cause) !== DIFFERENT) throw cause;
      if (/inequivalent arg 'type'/.test((cause as Error).message)) {
        const other = wanted.shared ? 'for one consumer alone' : 'for consumers that share it';
        const text = `there is a subscription '${wanted.name}' ${other}`;
        throw new JMSException(text, DIFFERENT, { cause });
      }
      const consumers = await this.#settledConsumersOf(name);
      if (consumers !== undefined && consumers > 0) {
        const text = 'others consume it, of another topic or in another way';
        throw new JMSException(`subscription '${wanted.name}': ${text}`, DIFFERENT, { cause });
      }
      if (consumers !== undefined) await this.deleteQueue(name);
      // Gone with the queue, unless whoever made it got no further.
      await this.#errands.run(`deleting ${name}`, (channel) => channel.deleteExchange(name));
      await declare();
    }
  }

  /** A quorum queue counts a consumer that has just gone for a moment. */
  async #settledConsumersOf(queue: string): Promise<number | undefined> {
    for (let looks = 1; ; looks++) {
      const consumers = await this.#consumersOf(queue);
      if (consumers === undefined || consumers === 0 || looks === LOOKS) return consumers;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  async #isThere(queue: string): Promise<boolean> {
    try {
      return (await this.#consumersOf(queue)) !== undefined;
    } catch (error) {
      // It is, and exclusive to another connection.
      if (codeOf(error) === LOCKED) return true;
      throw error;
    }
  }

  /** How many consumers a queue has; undefined: there is no such queue. */
  async #consumersOf(queue: string): Promise<number | undefined> {
    try {
      const { consumerCount } = await this.#errands.run(`looking for queue ${queue}`, (channel) =>
        channel.checkQueue(queue),
      );
      return consumerCount;
    } catch (error) {
      if (error instanceof InvalidDestinationException && codeOf(error) === NOT_FOUND)
        return undefined;
      throw error;
    }
  }

  async #declare(queue: string, options: Options.AssertQueue): Promise<void> {
    await this.#errands.run(`declaring queue ${queue}`, (channel) =>
      channel.assertQueue(queue, options),
    );
  }

  /**
   * As RabbitMQ's JMS client declares its queues, each time that it uses them: it is refused one that
   * has other arguments.
   */
  async #declareAsIts(queue: string): Promise<void> {
    await this.#declare(queue, { durable: true, ...this.#deadLetters(queue) });
  }

  async #declareLasting(queue: string): Promise<void> {
    const { deadLetterQueue } = this.#place;
    // Dead letters for a queue that is not there are gone.
    if (deadLetterQueue !== undefined && deadLetterQueue !== queue) {
      await this.ensure({ kind: 'queue', name: deadLetterQueue });
    }
    try {
      await this.#declare(queue, this.#lasting(queue));
    } catch (error) {
      if (!this.#unlimited || !/x-delivery-limit/.test((error as Error).message)) throw error;
      // An operator's policy, or a version that knows no such queues.
      this.#unlimited = false;
      await this.#declare(queue, this.#lasting(queue));
    }
  }

  /** How queues are made that outlive us. */
  #lasting(queue: string): Options.AssertQueue {
    const { queueType } = this.#place;
    return {
      durable: true,
      arguments: {
        'x-queue-type': queueType,
        ...(this.#unlimited && { 'x-delivery-limit': -1 }),
      },
      ...(queueType === 'classic' && { maxPriority: PRIORITY_MAX }),
      ...this.#deadLetters(queue),
    };
  }

  #deadLetters(queue: string): Options.AssertQueue {
    const { deadLetterQueue } = this.#place;
    if (deadLetterQueue === undefined || deadLetterQueue === queue) return {};
    return { deadLetterExchange: '', deadLetterRoutingKey: deadLetterQueue };
  }
}

function subscriptionQueue({
  clientId = '',
  name,
  durable,
}: Pick<Subscription, 'clientId' | 'name' | 'durable'>): string {
  const word = durable ? 'durable' : 'shared';
  const queue = `angelia.${word}:${encodeURIComponent(clientId)}:${encodeURIComponent(name)}`;
  if (Buffer.byteLength(queue) <= NAME_BYTES_MAX) return queue;
  throw new JMSException(
    `the name of subscription '${name}' and the client id are too long together for RabbitMQ, ` +
      `which has ${NAME_BYTES_MAX} bytes for the name of its queue`,
  );
}

function checkName({ kind, name }: DestinationData): void {
  const bytes = Buffer.byteLength(name);
  if (bytes > 0 && bytes <= NAME_BYTES_MAX) return;
  throw new InvalidDestinationException(
    `the name of a ${kind} has 1 to ${NAME_BYTES_MAX} bytes in RabbitMQ, and not ${bytes}`,
  );
}

function codeOf(error: unknown): string | null {
  return error instanceof JMSException ? error.getErrorCode() : null;
}
