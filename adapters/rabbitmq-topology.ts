// What RabbitMQ has for destinations and subscriptions, and how it is made there: one way for all
// protocols, so that a program may change its URL from one to another and find its subscriptions.
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

import {
  type DestinationData,
  type DestinationKind,
  InvalidClientIDException,
  InvalidDestinationException,
  JMSException,
} from '#jms-api';

/** Bytes of a name in AMQP 0-9-1. */
const NAME_BYTES_MAX = 255;
const PRIORITY_MAX = 9;
/** Names of queues that were looked for; to look again costs a round trip. */
const KNOWN_MAX = 10_000;

/** A consumer that is still counted after so many looks is one. */
const LOOKS = 6;
const LOOK_MS = 50;

/** What a {@link TopologyDoor} throws has these as error codes: they are those of AMQP 0-9-1. */
export const RefusalCode = {
  refused: '403',
  notFound: '404',
  /** It is exclusive to another connection. */
  locked: '405',
  /** It is there, and otherwise than it was declared. */
  different: '406',
} as const;

/** Arguments of queues and exchanges. */
export type Arguments = Readonly<Record<string, string | number>>;

/** How a queue is declared. */
export interface QueueWishes {
  readonly durable: boolean;
  readonly exclusive?: boolean;
  readonly autoDelete?: boolean;
  readonly arguments?: Arguments;
}

/** What a queue says of itself, as far as it is asked. */
export interface QueueState {
  readonly consumers: number;
}

/** By which queues, exchanges and bindings are made, in words of some protocol. */
export interface TopologyDoor {
  declareQueue(name: string, wishes: QueueWishes): Promise<void>;
  /** Undefined: there is none. May throw `locked`. */
  queue(name: string): Promise<QueueState | undefined>;
  deleteQueue(name: string): Promise<void>;
  /** Declares one that is durable, and goes with its last binding. */
  declareExchange(name: string, type: 'fanout' | 'direct', args: Arguments): Promise<void>;
  deleteExchange(name: string): Promise<void>;
  bind(queue: string, exchange: string, key: string): Promise<void>;
}

/** What may be chosen. */
export interface TopologyWishes {
  /** Of queues that are not there yet, and of durable subscriptions. */
  readonly queueType: 'quorum' | 'classic';
  readonly topicExchange: string;
  /** Where rejected and expired messages of queues go that are made; undefined: nowhere. */
  readonly deadLetterQueue: string | undefined;
  /**
   * Queues are declared without a type, as RabbitMQ's own JMS client does each time that it uses them: it
   * is refused one that has other arguments.
   */
  readonly bare?: boolean;
  /** A temporary topic of others: no queue is a sign that it lives. */
  isForeign?(topic: string): boolean;
}

/** What holds without any option. */
export const ORDINARY_TOPOLOGY: TopologyWishes = {
  queueType: 'quorum',
  topicExchange: 'amq.topic',
  deadLetterQueue: undefined,
};

/** A named subscription. */
export interface Subscription {
  readonly topic: DestinationData;
  readonly clientId: string | undefined;
  readonly name: string;
  readonly durable: boolean;
  readonly shared: boolean;
  readonly noLocal: boolean;
  /** Of all its consumers, who look at messages themselves. */
  readonly selector?: string | undefined;
}

/** The routing pattern of a topic: `>` is any number of words, as in ActiveMQ. */
export function patternOf(topic: string): string {
  return topic
    .split('.')
    .map((word) => (word === '>' ? '#' : word))
    .join('.');
}

export class Topology {
  readonly #door: TopologyDoor;
  readonly #wishes: TopologyWishes;
  /** Queues that were there when we looked. */
  readonly #known: Set<string> = new Set();

  /** Quorum queues would throw away what comes for the 21st time, and count what was prefetched. */
  #unlimited: boolean;

  /** @param major - the version of RabbitMQ */
  constructor(door: TopologyDoor, wishes: TopologyWishes, major: number) {
    this.#door = door;
    this.#wishes = wishes;
    this.#unlimited = major >= 4 && wishes.queueType === 'quorum';
  }

  /** Nothing has to be looked up before a message is sent there. */
  ready({ kind, name }: DestinationData): boolean {
    if (kind === 'topic' || this.#known.has(name)) return true;
    return kind === 'temporary-topic' && this.#wishes.isForeign?.(name) === true;
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
      await (this.#wishes.bare ? this.#declareBare(name) : this.#declareLasting(name));
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
    await this.#door.declareQueue(name, { exclusive: true, durable: false });
    return name;
  }

  async deleteQueue(name: string): Promise<void> {
    this.forget(name);
    await this.#door.deleteQueue(name);
  }

  async bind(queue: string, topic: DestinationData): Promise<void> {
    checkName(topic);
    const pattern = topic.kind === 'topic' ? patternOf(topic.name) : topic.name;
    await this.#door.bind(queue, this.#wishes.topicExchange, pattern);
  }

  /**
   * Takes a client id for this connection alone, with an exclusive queue, whose name is returned.
   *
   * @throws {InvalidClientIDException} if another connection has it
   */
  async takeClientId(id: string): Promise<string> {
    const name = `angelia.client:${encodeURIComponent(id)}`;
    if (Buffer.byteLength(name) > NAME_BYTES_MAX) {
      throw new InvalidClientIDException(`a client id of ${id.length} characters is too long`);
    }
    try {
      await this.#door.declareQueue(name, { exclusive: true, durable: false });
      return name;
    } catch (cause) {
      if (codeOf(cause) !== RefusalCode.locked) throw cause;
      const text = `the client id '${id}' is in use by another connection`;
      throw new InvalidClientIDException(text, RefusalCode.locked, { cause });
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
      if (wanted.durable) await this.#declareLasting(name);
      else await this.#door.declareQueue(name, { durable: true, autoDelete: true });
    }
    await this.#door.bind(name, name, '');
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
    const { topic, noLocal, selector } = wanted;
    const selects =
      selector === undefined ? '' : `selector=${encodeURIComponent(JSON.stringify(selector))}`;
    const alternateExchange = `angelia:${noLocal ? 'noLocal' : ''}${selects}:${topic.name}`;
    const declare = (): Promise<void> =>
      this.#door.declareExchange(name, type, { 'alternate-exchange': alternateExchange });
    try {
      await declare();
    } catch (cause) {
      if (codeOf(cause) !== RefusalCode.different) throw cause;
      if (/inequivalent arg 'type'/.test((cause as Error).message)) {
        const other = wanted.shared ? 'for one consumer alone' : 'for consumers that share it';
        const text = `there is a subscription '${wanted.name}' ${other}`;
        throw new JMSException(text, RefusalCode.different, { cause });
      }
      const consumers = await this.#settledConsumersOf(name);
      if (consumers !== undefined && consumers > 0) {
        const text = 'others consume it, of another topic or in another way';
        throw new JMSException(`subscription '${wanted.name}': ${text}`, RefusalCode.different, {
          cause,
        });
      }
      if (consumers !== undefined) await this.deleteQueue(name);
      // Gone with the queue, unless whoever made it got no further.
      await this.#door.deleteExchange(name);
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
      if (codeOf(error) === RefusalCode.locked) return true;
      throw error;
    }
  }

  /** How many consumers a queue has; undefined: there is no such queue. */
  async #consumersOf(queue: string): Promise<number | undefined> {
    return (await this.#door.queue(queue))?.consumers;
  }

  async #declareBare(queue: string): Promise<void> {
    const wishes = { durable: true, arguments: this.#deadLetters(queue) };
    await this.#door.declareQueue(queue, wishes);
  }

  async #declareLasting(queue: string): Promise<void> {
    const { deadLetterQueue } = this.#wishes;
    // Dead letters for a queue that is not there are gone.
    if (deadLetterQueue !== undefined && deadLetterQueue !== queue) {
      await this.ensure({ kind: 'queue', name: deadLetterQueue });
    }
    try {
      await this.#door.declareQueue(queue, this.#lasting(queue));
    } catch (error) {
      if (!this.#unlimited || !/x-delivery-limit/.test((error as Error).message)) throw error;
      // An operator's policy, or a version that knows no such queues.
      this.#unlimited = false;
      await this.#door.declareQueue(queue, this.#lasting(queue));
    }
  }

  /** How queues are made that outlive us. */
  #lasting(queue: string): QueueWishes {
    const { queueType } = this.#wishes;
    return {
      durable: true,
      arguments: {
        'x-queue-type': queueType,
        ...(this.#unlimited && { 'x-delivery-limit': -1 }),
        ...(queueType === 'classic' && { 'x-max-priority': PRIORITY_MAX }),
        ...this.#deadLetters(queue),
      },
    };
  }

  #deadLetters(queue: string): Arguments {
    const { deadLetterQueue } = this.#wishes;
    if (deadLetterQueue === undefined || deadLetterQueue === queue) return {};
    return { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': deadLetterQueue };
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

/** @throws {InvalidDestinationException} if no queue or key can have this name */
export function checkName({ kind, name }: DestinationData): void {
  const bytes = Buffer.byteLength(name);
  if (bytes > 0 && bytes <= NAME_BYTES_MAX) return;
  throw new InvalidDestinationException(
    `the name of a ${kind} has 1 to ${NAME_BYTES_MAX} bytes in RabbitMQ, and not ${bytes}`,
  );
}

function codeOf(error: unknown): string | null {
  return error instanceof JMSException ? error.getErrorCode() : null;
}
