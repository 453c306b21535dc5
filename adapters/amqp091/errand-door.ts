// The topology of RabbitMQ by methods of AMQP 0-9-1: each is an errand, as a refused one costs its
// channel. [AMQP 0-9-1 exchange, queue]

import { InvalidDestinationException } from '#jms-api';
import type { Arguments, QueueState, QueueWishes, TopologyDoor } from '../rabbitmq-topology.ts';
import { RefusalCode } from '../rabbitmq-topology.ts';
import type { Errands } from './errands.ts';

export class ErrandDoor implements TopologyDoor {
  readonly #errands: Errands;

  constructor(errands: Errands) {
    this.#errands = errands;
  }

  async declareQueue(name: string, wishes: QueueWishes): Promise<void> {
    await this.#errands.run(`declaring queue ${name}`, (channel) =>
      channel.assertQueue(name, wishes),
    );
  }

  async queue(name: string): Promise<QueueState | undefined> {
    try {
      const { consumerCount } = await this.#errands.run(`looking for queue ${name}`, (channel) =>
        channel.checkQueue(name),
      );
      return { consumers: consumerCount };
    } catch (error) {
      const missing = error instanceof InvalidDestinationException;
      if (missing && error.getErrorCode() === RefusalCode.notFound) return undefined;
      throw error;
    }
  }

  async deleteQueue(name: string): Promise<void> {
    await this.#errands.run(`deleting ${name}`, (channel) => channel.deleteQueue(name));
  }

  async declareExchange(name: string, type: 'fanout' | 'direct', args: Arguments): Promise<void> {
    const wishes = { durable: true, autoDelete: true, arguments: args };
    await this.#errands.run(`declaring exchange ${name}`, (channel) =>
      channel.assertExchange(name, type, wishes),
    );
  }

  /** As RabbitMQ's JMS client does, if none of its programs did before. */
  async declareTopicExchange(name: string): Promise<void> {
    if (name.startsWith('amq.')) return;
    await this.#errands.run(`declaring exchange ${name}`, (channel) =>
      channel.assertExchange(name, 'topic', { durable: true }),
    );
  }

  async deleteExchange(name: string): Promise<void> {
    await this.#errands.run(`deleting ${name}`, (channel) => channel.deleteExchange(name));
  }

  async bind(queue: string, exchange: string, key: string): Promise<void> {
    await this.#errands.run(`binding ${queue} to ${exchange} by ${key}`, (channel) =>
      channel.bindQueue(queue, exchange, key),
    );
  }
}
