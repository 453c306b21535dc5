// Where a consumer at a RabbitMQ gets its messages from: the queue itself, or that of a subscription.

import type { ConsumerRequest, DestinationData } from '#jms-api';
import type { Holdings } from './rabbitmq-holdings.ts';
import type { Topology } from './rabbitmq-topology.ts';
import { type Wanted, wantedBy } from './selector.ts';

/** What a connection is for the sources of its consumers. */
export interface SourceHost {
  readonly topology: Topology;
  readonly holdings: Holdings;
  readonly clientId: string | undefined;
  /** By which noLocal knows what it sent. */
  readonly sender: string;
  /** @throws {InvalidDestinationException} for a temporary one that was deleted */
  checkThere(destination: DestinationData): void;
}

export interface Source {
  readonly destination: DestinationData;
  readonly queue: string;
  /** It is of this consumer alone, and goes with it. */
  readonly own: boolean;
  /** It is gone with its last consumer. */
  readonly anchored: boolean;
  /** What comes from this sender is left out. */
  readonly except: string | undefined;
  /** What it says no to is left out, too: RabbitMQ has no selectors. */
  readonly wanted: Wanted | undefined;
  /** Where a message with this routing key was sent to. */
  from(routingKey: string): DestinationData;
  /** The consumer has ended. */
  leave(): void;
}

/**
 * @throws {InvalidDestinationException} if there is no such destination for us
 * @throws {InvalidSelectorException} if the selector of a topic's consumer cannot be read
 * @throws {JMSException} if others use the subscription in a way that excludes this
 */
export async function sourceOf(
  host: SourceHost,
  destination: DestinationData,
  request: ConsumerRequest,
): Promise<Source> {
  const { topology, holdings, clientId, sender } = host;
  host.checkThere(destination);
  const { kind } = destination;
  if (kind === 'queue' || kind === 'temporary-queue') {
    const queue = await topology.ensureQueue(destination);
    return {
      ...{ destination, queue, own: false, anchored: false, except: undefined, wanted: undefined },
      from: () => destination,
      leave: () => undefined,
    };
  }
  const noLocal = request.noLocal === true;
  const topic = {
    destination,
    except: noLocal ? sender : undefined,
    wanted: wantedBy(request.selector),
    from: (name: string) =>
      name === destination.name ? destination : ({ kind: 'topic', name } as const),
  };
  const { subscription } = request;
  if (subscription === undefined) {
    if (kind === 'temporary-topic') await topology.ensure(destination);
    const queue = await topology.declareOwn('subscription');
    await topology.bind(queue, destination);
    return { ...topic, queue, own: true, anchored: false, leave: () => undefined };
  }
  const { name, durable, shared } = subscription;
  const alone = durable && !shared;
  if (alone) holdings.attend(name);
  const leave = (): void => {
    if (alone) holdings.leave(name);
  };
  try {
    const { selector } = request;
    const wanted = { topic: destination, clientId, name, durable, shared, noLocal, selector };
    const queue = await topology.subscribe(wanted);
    return { ...topic, queue, own: false, anchored: shared, leave };
  } catch (error) {
    leave();
    throw error;
  }
}
