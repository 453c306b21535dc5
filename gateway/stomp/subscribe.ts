// Reads what a SUBSCRIBE asks for: in ActiveMQ Classic's words, in Artemis's and in RabbitMQ's.
//
//                  ActiveMQ Classic            Artemis                     RabbitMQ
//     window       activemq.prefetchSize       consumer-window-size        prefetch-count
//     durable      client-id of CONNECT, and   the same, and               durable:true,
//                  activemq.subscriptionName   durable-subscription-name   auto-delete:false
//     shared       –                           –                           x-queue-name, durable
//
// and `shared:true`, our own word, beside a name; with `durable:false` for as long as its consumers.
// [STOMP 1.2 SUBSCRIBE]

import {
  type Address,
  type ConsumerOptions,
  isPattern,
  isTemporary,
  isTopic,
  parseSelector,
  type Redelivery,
  type SubscriptionName,
} from '#broker';
import { resolveDestination, type TemporaryMaker } from './destination.ts';
import { malformed, unexpected, unsupported } from './errors.ts';
import type { Frame } from './frame.ts';
import { stompLimits } from './limits.ts';
import type { Version } from './spelling.ts';
import { checkAsked } from './transformation.ts';
import { Wishes } from './wishes.ts';

export type AckMode = 'auto' | 'client' | 'client-individual';

/** A SUBSCRIBE in our words. */
export interface Asked {
  /** What the client will call it in UNSUBSCRIBE. */
  readonly key: string;
  readonly id: string | undefined;
  readonly address: Address;
  readonly ackMode: AckMode;
  /** Messages that may be out. */
  readonly window: number;
  /** Bytes that may be out; the message that goes beyond is the last. */
  readonly windowBytes: number;
  readonly transformation: string | undefined;
  /** For the broker, but for `presettled`. */
  readonly consumer: ConsumerOptions;
}

const NUMBER_MAX = 2 ** 31 - 1;

/** Of RabbitMQ: kinds of queues, each of which is what ours are. */
const QUEUE_TYPES: readonly (string | undefined)[] = [undefined, 'classic', 'quorum'];

/** The name under which a subscription is kept; without an id it goes by its destination. */
export function subscriptionKey(id: string | undefined, destination: string | undefined): string {
  return id === undefined ? `to ${destination}` : `id ${id}`;
}

/** @throws {StompError | BrokerError} for what is missing, wrong or not supported */
export function readSubscribe(frame: Frame, version: Version, make: TemporaryMaker): Asked {
  const wishes = new Wishes(frame, version);
  const id = wishes.text('id');
  const destination = wishes.text('destination');
  if (destination === undefined) {
    throw unexpected("expected header 'destination' on SUBSCRIBE, got none");
  }
  if (id === undefined && version !== '1.0') {
    throw unexpected("expected header 'id' on SUBSCRIBE, got none");
  }
  const type = wishes.text('subscription-type', 'destination-type');
  const { address, options } = resolveDestination(destination, make, type);
  wishes.addOptions(options);
  const transformation = wishes.text('transformation');
  if (transformation !== undefined) checkAsked(transformation);
  const browse = readBrowse(wishes, address, version);
  const subscription = readSubscription(wishes, address);
  const windowBytes = wishes.number(-1, NUMBER_MAX, 'consumer-window-size') ?? -1;
  return {
    key: subscriptionKey(id, destination),
    id,
    address,
    ackMode: readAckMode(wishes.text('ack')),
    window: windowBytes === 0 ? 1 : readWindow(wishes, address, browse, subscription),
    windowBytes: windowBytes > 0 ? windowBytes : Number.POSITIVE_INFINITY,
    transformation,
    consumer: readConsumer(wishes, browse, subscription),
  };
}

/** The durable subscription that an UNSUBSCRIBE names, to be deleted. */
export function readSubscriptionName(frame: Frame, version: Version): string | undefined {
  return namesOf(new Wishes(frame, version));
}

/** Of RabbitMQ: UNSUBSCRIBE with this deletes what SUBSCRIBE with it made. */
export function readsDurable(frame: Frame, version: Version): boolean {
  return new Wishes(frame, version).truth('durable');
}

function readConsumer(
  wishes: Wishes,
  browse: boolean,
  subscription: SubscriptionName | undefined,
): ConsumerOptions {
  const text = wishes.text('selector', 'activemq.selector');
  // As ActiveMQ does for STOMP, whose clients can only send text; ours can say more.
  const convertStrings = wishes.text('convert-strings') !== 'false';
  const selector = parseSelector(text, { convertStrings });
  const redelivery = readRedelivery(wishes);
  const limit = wishes.number(-1, NUMBER_MAX, 'activemq.maximumPendingMessageLimit') ?? -1;
  if (wishes.truth('exclusive')) {
    throw unsupported("header 'exclusive' of RabbitMQ (activemq.exclusive is something else, and)");
  }
  return {
    ...(selector && { selector }),
    ...(subscription && { subscription }),
    ...(redelivery && { redelivery }),
    // A topic's subscriber that keeps up has one waiting at most.
    ...(limit >= 0 && { pendingMax: Math.max(1, limit) }),
    browse,
    noLocal: wishes.truth('no-local', 'activemq.noLocal'),
    priority: wishes.number(-NUMBER_MAX, NUMBER_MAX, 'activemq.priority', 'x-priority') ?? 0,
    exclusive: wishes.truth('activemq.exclusive'),
    retroactive: wishes.truth('activemq.retroactive'),
  };
}

function readAckMode(text: string | undefined): AckMode {
  if (text === undefined) return 'auto';
  if (text === 'auto' || text === 'client' || text === 'client-individual') return text;
  throw malformed(`expected ack as auto, client or client-individual, got '${text}'`);
}

function readWindow(
  wishes: Wishes,
  address: Address,
  browse: boolean,
  subscription: SubscriptionName | undefined,
): number {
  const most = stompLimits.prefetchMax;
  const said = wishes.number(1, most, 'activemq.prefetchSize', 'prefetch-count');
  if (said !== undefined) return said;
  if (browse) return stompLimits.prefetchBrowser;
  if (subscription?.durable) return stompLimits.prefetchDurable;
  return isTopic(address) ? stompLimits.prefetchTopic : stompLimits.prefetchQueue;
}

function readBrowse(wishes: Wishes, address: Address, version: Version): boolean {
  if (!wishes.truth('browser', 'activemq.browser')) return false;
  if (version === '1.0') throw unsupported("header 'browser' in STOMP 1.0");
  const { name } = address;
  if (isTopic(address) || name.includes(',') || isPattern(name)) {
    throw unsupported(`header 'browser' with '${name}', which is not one queue,`);
  }
  return true;
}

function readSubscription(wishes: Wishes, address: Address): SubscriptionName | undefined {
  if (!QUEUE_TYPES.includes(wishes.text('x-queue-type'))) {
    throw unsupported(`x-queue-type '${wishes.text('x-queue-type')}'`);
  }
  const name = namesOf(wishes);
  const queueName = wishes.text('x-queue-name');
  const durable = wishes.truth('durable');
  const autoDelete = wishes.truth('auto-delete');
  if (!isTopic(address) || isTemporary(address)) {
    // A queue lasts by itself.
    const wrong = name ?? queueName;
    if (wrong !== undefined) {
      throw unexpected(`a subscription name, '${wrong}', is for topics, not for '${address.name}'`);
    }
    if (autoDelete) throw unsupported("header 'auto-delete' with a queue");
    return undefined;
  }
  if (name !== undefined) {
    const shared = wishes.truth('shared');
    const lasting = !shared || wishes.text('durable') !== 'false';
    return checked({ name, durable: lasting, shared }, address);
  }
  if (durable && autoDelete) throw unsupported("header 'auto-delete' with 'durable'");
  if (!durable && queueName === undefined) return undefined;
  // As RabbitMQ has them: by name, whoever the client is, for as many as come.
  const stable = queueName ?? `${wishes.text('destination')} ${wishes.text('id')}`;
  return checked({ name: stable, durable, shared: true, global: true }, address);
}

function checked(name: SubscriptionName, address: Address): SubscriptionName {
  if (address.name.includes(',')) {
    throw unsupported(`one named subscription of '${address.name}', which are many topics,`);
  }
  return name;
}

function namesOf(wishes: Wishes): string | undefined {
  return wishes.text(
    'durable-subscription-name',
    'durable-subscriber-name',
    'activemq.subscriptionName',
    // ActiveMQ's own slip of the pen, which it has understood ever since.
    'activemq.subcriptionName',
  );
}

/** The redelivery policy of ActiveMQ's clients, which is the broker's work here. */
function readRedelivery(wishes: Wishes): Redelivery | undefined {
  const most = wishes.number(-1, NUMBER_MAX, 'activemq.maximumRedeliveries');
  const initial = wishes.number(0, NUMBER_MAX, 'activemq.initialRedeliveryDelay');
  const later = wishes.number(0, NUMBER_MAX, 'activemq.redeliveryDelay');
  const longest = wishes.number(-1, NUMBER_MAX, 'activemq.maximumRedeliveryDelay') ?? -1;
  const backOff = wishes.truth('activemq.useExponentialBackOff');
  const multiplier = readMultiplier(wishes);
  const delay = initial ?? later;
  if (most === undefined && delay === undefined) return undefined;
  if (initial !== undefined && later !== undefined && initial !== later) {
    throw unsupported('activemq.initialRedeliveryDelay beside another activemq.redeliveryDelay');
  }
  return {
    ...(most !== undefined && { maxDeliveries: most + 1 }),
    ...(delay !== undefined && { redeliveryDelayMs: delay }),
    ...(longest >= 0 && { redeliveryDelayMsMax: longest }),
    redeliveryMultiplier: backOff ? multiplier : 1,
  };
}

function readMultiplier(wishes: Wishes): number {
  const text = wishes.text('activemq.backOffMultiplier');
  if (text === undefined) return 5;
  if (/^\d{1,6}(\.\d{1,6})?$/.test(text) && Number(text) >= 1) return Number(text);
  throw malformed(`expected activemq.backOffMultiplier as 1 or more, got '${text}'`);
}
