// Queue and Topic: names as objects. They know nothing of a broker; a destination is looked at
// when a producer, a consumer or a message uses it. [JMS 4.1, 4.2]

import { IllegalStateException, InvalidDestinationException } from './errors.ts';
import type { DestinationData, DestinationKind } from './message-data.ts';

/**
 * What messages are sent to and come from. Not an interface of its own: any text would fit it.
 * [JMS 6.2.2]
 */
export type Destination = Queue | Topic;

/** A place where each message is for one consumer. [JMS 4.1] */
export interface Queue {
  /** Returns the queue's one spelling, such as `queue://orders`. */
  toString(): string;
  /** Returns the name of the queue. */
  getQueueName(): string;
}

/** A place where each message is for every subscription. [JMS 4.2] */
export interface Topic {
  /** Returns the topic's one spelling, such as `topic://prices`. */
  toString(): string;
  /** Returns the name of the topic. */
  getTopicName(): string;
}

/** A queue that lives as long as the connection that made it. [JMS 6.2.2] */
export interface TemporaryQueue extends Queue {
  /**
   * Ends the queue, and what waits in it.
   *
   * @throws {IllegalStateException} while it has consumers
   */
  delete(): Promise<void>;
}

/** A topic that lives as long as the connection that made it. [JMS 6.2.2] */
export interface TemporaryTopic extends Topic {
  /**
   * Ends the topic.
   *
   * @throws {IllegalStateException} while it has consumers
   */
  delete(): Promise<void>;
}

/** Makes `destination instanceof Queue` work for every Queue, ours or not. */
export const Queue: { [Symbol.hasInstance](value: unknown): value is Queue } = {
  [Symbol.hasInstance]: (value): value is Queue => hasMethod(value, 'getQueueName'),
};

/** Makes `destination instanceof Topic` work for every Topic, ours or not. */
export const Topic: { [Symbol.hasInstance](value: unknown): value is Topic } = {
  [Symbol.hasInstance]: (value): value is Topic => hasMethod(value, 'getTopicName'),
};

/** Makes `destination instanceof TemporaryQueue` work for every one, ours or not. */
export const TemporaryQueue: { [Symbol.hasInstance](value: unknown): value is TemporaryQueue } = {
  [Symbol.hasInstance]: (value): value is TemporaryQueue =>
    hasMethod(value, 'getQueueName') && hasMethod(value, 'delete'),
};

/** Makes `destination instanceof TemporaryTopic` work for every one, ours or not. */
export const TemporaryTopic: { [Symbol.hasInstance](value: unknown): value is TemporaryTopic } = {
  [Symbol.hasInstance]: (value): value is TemporaryTopic =>
    hasMethod(value, 'getTopicName') && hasMethod(value, 'delete'),
};

const PREFIX: Readonly<Record<DestinationKind, string>> = {
  queue: 'queue://',
  topic: 'topic://',
  'temporary-queue': 'temp-queue://',
  'temporary-topic': 'temp-topic://',
};

/** What both kinds share: they are {@link DestinationData} themselves, and so cross the seam. */
abstract class NamedDestination implements DestinationData {
  readonly kind: DestinationKind;
  readonly name: string;

  constructor(kind: DestinationKind, name: string) {
    this.kind = kind;
    this.name = name;
  }

  /** Tells whether the other object names the same destination. */
  equals(other: unknown): boolean {
    return (
      other instanceof NamedDestination && other.kind === this.kind && other.name === this.name
    );
  }

  toString(): string {
    return PREFIX[this.kind] + this.name;
  }
}

export class JmsQueue extends NamedDestination implements Queue {
  getQueueName(): string {
    return this.name;
  }
}

export class JmsTopic extends NamedDestination implements Topic {
  getTopicName(): string {
    return this.name;
  }
}

/** The connection that made a temporary destination. */
export interface TemporaryOwner {
  deleteTemporary(destination: DestinationData): Promise<void>;
}

export class JmsTemporaryQueue extends JmsQueue implements TemporaryQueue {
  readonly #owner: TemporaryOwner | null;

  /** @param owner - null: it came in a message, and belongs to somebody else */
  constructor(name: string, owner: TemporaryOwner | null) {
    super('temporary-queue', name);
    this.#owner = owner;
  }

  async delete(): Promise<void> {
    await ownerOf(this, this.#owner).deleteTemporary(this);
  }
}

export class JmsTemporaryTopic extends JmsTopic implements TemporaryTopic {
  readonly #owner: TemporaryOwner | null;

  /** @param owner - null: it came in a message, and belongs to somebody else */
  constructor(name: string, owner: TemporaryOwner | null) {
    super('temporary-topic', name);
    this.#owner = owner;
  }

  async delete(): Promise<void> {
    await ownerOf(this, this.#owner).deleteTemporary(this);
  }
}

function ownerOf(destination: NamedDestination, owner: TemporaryOwner | null): TemporaryOwner {
  if (owner !== null) return owner;
  throw new IllegalStateException(
    `${destination} came in a message: who made it may delete it [JMS 6.2.2]`,
  );
}

/** The queue that a user named; `queue://orders` is as good as `orders`. */
export function namedQueue(name: string): Queue {
  return new JmsQueue('queue', bareName('queue', name));
}

/** The topic that a user named; `topic://prices` is as good as `prices`. */
export function namedTopic(name: string): Topic {
  return new JmsTopic('topic', bareName('topic', name));
}

function bareName(kind: DestinationKind, name: string): string {
  if (typeof name !== 'string' || name === '') {
    throw new InvalidDestinationException(`a ${kind} needs a name, got ${JSON.stringify(name)}`);
  }
  return name.startsWith(PREFIX[kind]) ? name.slice(PREFIX[kind].length) : name;
}

/** The destination object for what came over the seam, or null. */
export function destinationOf(data: DestinationData | undefined): JmsQueue | JmsTopic | null {
  if (data === undefined) return null;
  if (data instanceof JmsQueue || data instanceof JmsTopic) return data;
  switch (data.kind) {
    case 'queue':
      return new JmsQueue(data.kind, data.name);
    case 'topic':
      return new JmsTopic(data.kind, data.name);
    case 'temporary-queue':
      return new JmsTemporaryQueue(data.name, null);
    case 'temporary-topic':
      return new JmsTemporaryTopic(data.name, null);
  }
}

/** Tells whether messages of the destination are for every subscription. */
export function isTopicData(data: DestinationData): boolean {
  return data.kind === 'topic' || data.kind === 'temporary-topic';
}

/**
 * The data of a destination that a user gave; objects of other providers are read by their methods.
 *
 * @throws {InvalidDestinationException} for null and for what is no destination [JMS 10.3]
 */
export function dataOf(destination: Destination | null | undefined): DestinationData {
  if (destination instanceof NamedDestination) return destination;
  if (destination instanceof Queue) return new JmsQueue('queue', destination.getQueueName());
  if (destination instanceof Topic) return new JmsTopic('topic', destination.getTopicName());
  throw new InvalidDestinationException(`expected a Queue or a Topic, got ${String(destination)}`);
}

/** Tells whether a value is a destination of any provider. */
export function isDestination(value: unknown): value is Destination {
  return value instanceof NamedDestination || value instanceof Queue || value instanceof Topic;
}

function hasMethod(value: unknown, name: string): boolean {
  return (
    typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function'
  );
}
