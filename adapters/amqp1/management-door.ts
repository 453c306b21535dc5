// The topology of RabbitMQ by requests to its management node. [HTTP over AMQP 1.0]

import { InvalidDestinationException, JMSException, JMSSecurityException } from '#jms-api';
import { encodedName } from '../rabbitmq-address.ts';
import {
  type Arguments,
  type QueueState,
  type QueueWishes,
  RefusalCode,
  type TopologyDoor,
} from '../rabbitmq-topology.ts';
import { type Answered, fieldOf, type Management } from './management.ts';
import { type Typed, types } from './rhea.ts';

/** What a queue says of itself here. */
export interface ToldQueue extends QueueState {
  /** `classic`, `quorum`, `stream`. */
  readonly type: string;
}

export class ManagementDoor implements TopologyDoor {
  readonly #management: Management;

  constructor(management: Management) {
    this.#management = management;
  }

  async declareQueue(name: string, wishes: QueueWishes): Promise<void> {
    const body = mapOf({
      durable: flag(wishes.durable),
      exclusive: flag(wishes.exclusive === true),
      auto_delete: flag(wishes.autoDelete === true),
      arguments: argumentsOf(wishes.arguments),
    });
    const answer = await this.#management.ask('PUT', pathOf('queues', name), body);
    check(answer, `declaring queue ${name}`);
  }

  async queue(name: string): Promise<ToldQueue | undefined> {
    const answer = await this.#management.ask('GET', pathOf('queues', name));
    if (answer.status === 404) return undefined;
    check(answer, `looking for queue ${name}`);
    return {
      consumers: Number(fieldOf(answer, 'consumer_count') ?? 0),
      type: String(fieldOf(answer, 'type')),
    };
  }

  async deleteQueue(name: string): Promise<void> {
    const answer = await this.#management.ask('DELETE', pathOf('queues', name));
    if (answer.status !== 404) check(answer, `deleting ${name}`);
  }

  async declareExchange(name: string, type: 'fanout' | 'direct', args: Arguments): Promise<void> {
    const body = mapOf({
      durable: types.True(),
      auto_delete: types.True(),
      type: types.wrap_string(type),
      arguments: argumentsOf(args),
    });
    const answer = await this.#management.ask('PUT', pathOf('exchanges', name), body);
    check(answer, `declaring exchange ${name}`);
  }

  async deleteExchange(name: string): Promise<void> {
    const answer = await this.#management.ask('DELETE', pathOf('exchanges', name));
    if (answer.status !== 404) check(answer, `deleting ${name}`);
  }

  async bind(queue: string, exchange: string, key: string): Promise<void> {
    const body = mapOf({
      source: types.wrap_string(exchange),
      destination_queue: types.wrap_string(queue),
      binding_key: types.wrap_string(key),
      arguments: argumentsOf({}),
    });
    const answer = await this.#management.ask('POST', '/bindings', body);
    check(answer, `binding ${queue} to ${exchange} by ${key}`);
  }
}

function pathOf(kind: 'queues' | 'exchanges', name: string): string {
  return `/${kind}/${encodedName(name)}`;
}

function check({ status, body }: Answered, what: string): void {
  if (status >= 200 && status < 300) return;
  const text = `${what}: ${String(body)}`;
  if (status === 409) throw new JMSException(text, RefusalCode.different);
  if (status === 403) throw new JMSSecurityException(text, RefusalCode.refused);
  if (/exclusive access/.test(text)) {
    throw new InvalidDestinationException(text, RefusalCode.locked);
  }
  if (status === 404 || /\bno (queue|exchange)\b/.test(text)) {
    throw new InvalidDestinationException(text, RefusalCode.notFound);
  }
  throw new JMSException(text, String(status));
}

function flag(on: boolean): Typed {
  return on ? types.True() : types.False();
}

function mapOf(fields: Readonly<Record<string, Typed>>): Typed {
  return types.Map32(
    Object.entries(fields).flatMap(([name, value]) => [types.wrap_string(name), value]),
  );
}

function argumentsOf(args: Arguments = {}): Typed {
  const typed = Object.entries(args).map(([name, value]): [string, Typed] => [
    name,
    typeof value === 'number' ? types.Int(value) : types.wrap_string(value),
  ]);
  return mapOf(Object.fromEntries(typed));
}
