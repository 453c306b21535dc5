// The `jms.` options of a connection URL: all that the documentation of Apache Qpid JMS names, and
// the spellings and options of ActiveMQ Classic. Each does what it says, or is refused with the reason.
// docs/connection-options.md is written from these tables.

import { ConnectionOptions } from './connection-options.ts';
import { IllegalArgumentException } from './errors.ts';
import { Outcome } from './provider.ts';
import {
  booleanOf,
  type FixedOption,
  fixedOption,
  integerOf,
  type OptionTable,
  readOptions,
  type UrlOption,
} from './url-options.ts';

const PREFETCH_MAX = 32767;
/** The longest timer there is. */
const MS_MAX = 2 ** 31 - 1;

/** Redelivery outcomes by the names, and the numbers, that Qpid has for them. */
const OUTCOMES: Readonly<Record<string, Outcome>> = {
  ACCEPTED: Outcome.accepted,
  REJECTED: Outcome.rejected,
  RELEASED: Outcome.released,
  MODIFIED_FAILED: Outcome.failed,
  MODIFIED_FAILED_UNDELIVERABLE: Outcome.undeliverable,
};

type Draft = { -readonly [K in keyof ConnectionOptions]: ConnectionOptions[K] };
type Key<T> = { [K in keyof Draft]: Draft[K] extends T ? K : never }[keyof Draft];

function option(
  name: string,
  otherwise: string,
  meaning: string,
  take: UrlOption<Draft>['take'],
): UrlOption<Draft> {
  return { name, otherwise, meaning, take };
}

function flag(name: string, otherwise: boolean, meaning: string, ...keys: Key<boolean>[]) {
  return option(name, String(otherwise), meaning, (draft, value, said) => {
    for (const key of keys) (draft as Record<string, unknown>)[key] = booleanOf(value, said);
  });
}

function integer(
  name: string,
  otherwise: string,
  bounds: readonly [min: number, max: number],
  meaning: string,
  ...keys: Key<number>[]
) {
  return option(name, otherwise, meaning, (draft, value, said) => {
    const number = integerOf(value, said, ...bounds);
    for (const key of keys) (draft as Record<string, unknown>)[key] = number;
  });
}

const PREFETCH = [0, PREFETCH_MAX] as const;
const MS = [0, MS_MAX] as const;
const MS_OR_EVER = [-1, MS_MAX] as const;

const OPTIONS: readonly UrlOption<Draft>[] = [
  option('username', '', 'who we are', (draft, value) => {
    draft.username = value;
  }),
  option('password', '', 'the password', (draft, value) => {
    draft.password = value;
  }),
  option('clientID', '', 'the client id; it cannot be changed', (draft, value) => {
    draft.clientID = value;
  }),
  flag(
    'awaitClientID',
    true,
    'wait for `setClientID`, or the first use, before the broker is told that we are there',
    'awaitClientID',
  ),
  flag(
    'localMessageExpiry',
    true,
    'what expires in the client is not delivered',
    'localMessageExpiry',
  ),
  flag(
    'forceAsyncAcks',
    false,
    '`acknowledge()` does not wait until the broker has recorded it',
    'forceAsyncAcks',
  ),
  flag(
    'receiveLocalOnly',
    false,
    'without prefetch: a `receive` whose time is over does not ask the broker once more',
    'receiveLocalOnly',
  ),
  flag(
    'receiveNoWaitLocalOnly',
    false,
    '`receiveNoWait` returns what is here, and does not ask the broker',
    'receiveNoWaitLocalOnly',
  ),
  integer(
    'connectTimeout',
    '15000',
    [1, MS_MAX],
    'ms that a broker may take to let us in; with `failover:` each of them',
    'connectTimeoutMs',
  ),
  integer(
    'closeTimeout',
    '60000',
    MS,
    'ms that `close()` of a connection waits for the broker; then it gives up what is not confirmed',
    'closeTimeoutMs',
  ),
  integer(
    'sendTimeout',
    '-1',
    MS_OR_EVER,
    'ms until a send that is not confirmed rejects; whether it arrived is then not known; -1: never',
    'sendTimeoutMs',
  ),
  integer(
    'requestTimeout',
    '-1',
    MS_OR_EVER,
    'ms until a call rejects that waits for another answer of the broker; -1: never',
    'requestTimeoutMs',
  ),
  integer(
    'prefetchPolicy.all',
    '1000',
    PREFETCH,
    'how many messages may wait in a consumer; 0: each is asked for',
    'queuePrefetch',
    'topicPrefetch',
    'durableTopicPrefetch',
    'queueBrowserPrefetch',
  ),
  integer('prefetchPolicy.queuePrefetch', '1000', PREFETCH, 'of queues', 'queuePrefetch'),
  integer('prefetchPolicy.topicPrefetch', '1000', PREFETCH, 'of topics', 'topicPrefetch'),
  integer(
    'prefetchPolicy.durableTopicPrefetch',
    '1000',
    PREFETCH,
    'of durable subscriptions',
    'durableTopicPrefetch',
  ),
  integer(
    'prefetchPolicy.queueBrowserPrefetch',
    '1000',
    PREFETCH,
    'of browsers',
    'queueBrowserPrefetch',
  ),
  integer(
    'redeliveryPolicy.maxRedeliveries',
    '-1',
    [-1, 2 ** 31 - 1],
    'how often a message may come again; -1: any number of times',
    'maxRedeliveries',
  ),
  option(
    'redeliveryPolicy.outcome',
    'MODIFIED_FAILED_UNDELIVERABLE',
    `what becomes of it then: ${Object.keys(OUTCOMES).join(', ')}`,
    (draft, value, name) => {
      draft.exhausted = outcomeOf(value, name);
    },
  ),
  flag(
    'presettlePolicy.presettleAll',
    false,
    'sends and deliveries are settled as they are written, and may get lost; not consumers of transactions',
    'presettleProducers',
    'presettleConsumers',
  ),
  flag('presettlePolicy.presettleProducers', false, 'all sends', 'presettleProducers'),
  flag(
    'presettlePolicy.presettleTransactedProducers',
    false,
    'sends in transactions',
    'presettleTransactedProducers',
  ),
  flag(
    'presettlePolicy.presettleQueueProducers',
    false,
    'sends of producers of queues',
    'presettleQueueProducers',
  ),
  flag(
    'presettlePolicy.presettleTopicProducers',
    false,
    'sends of producers of topics',
    'presettleTopicProducers',
  ),
  flag('presettlePolicy.presettleConsumers', false, 'all deliveries', 'presettleConsumers'),
  flag(
    'presettlePolicy.presettleQueueConsumers',
    false,
    'deliveries from queues',
    'presettleQueueConsumers',
  ),
  flag(
    'presettlePolicy.presettleTopicConsumers',
    false,
    'deliveries from topics',
    'presettleTopicConsumers',
  ),
];

const NO_JAVA_OBJECTS = 'an ObjectMessage is JSON: no class is ever loaded for a message';
const BROKERS_DELAY = 'the delay before a message comes again is a setting of the broker';
const IN_ORDER = 'a session delivers in the order of the broker';

const FIXED: readonly FixedOption[] = [
  // Qpid JMS
  fixedOption(
    'forceAsyncSend',
    'false',
    'a send returns at once: do not await it, or give a listener',
  ),
  fixedOption('forceSyncSend', ['true', 'false'], 'every send is confirmed'),
  fixedOption('localMessagePriority', 'false', `${IN_ORDER}, which sends higher priorities first`),
  fixedOption(
    'validatePropertyNames',
    'true',
    'a selector could not name such a property [JMS 3.5.1]',
  ),
  fixedOption('queuePrefix', '', 'a queue has the name that createQueue says, at every broker'),
  fixedOption('topicPrefix', '', 'a topic has the name that createTopic says, at every broker'),
  fixedOption('clientIDPrefix', 'ID:', 'no client id is made up: say jms.clientID'),
  fixedOption('connectionIDPrefix', 'ID:', 'connections have no id that anybody sees'),
  fixedOption(
    'populateJMSXUserID',
    'false',
    'JMSXUserID is optional, and proves nothing [JMS 3.5.9]',
  ),
  fixedOption('useDaemonThread', 'false', 'an open connection holds the process, as a socket does'),
  fixedOption('tracing', 'noop', 'there is no tracer'),
  fixedOption(
    'messageIDPolicy.messageIDType',
    'DEFAULT',
    'a message id is a text that begins with ID:',
  ),
  fixedOption('deserializationPolicy.allowList', [], NO_JAVA_OBJECTS),
  fixedOption('deserializationPolicy.denyList', [], NO_JAVA_OBJECTS),
  // ActiveMQ Classic
  fixedOption('dispatchAsync', ['true', 'false'], 'a broker never waits for a consumer'),
  fixedOption('optimizeAcknowledge', 'false', 'a session with DUPS_OK_ACKNOWLEDGE does that'),
  fixedOption('useCompression', 'false', 'bodies are sent as they are'),
  fixedOption(
    'copyMessageOnSend',
    'true',
    'a message may be changed as soon as send returned [JMS 3.9]',
  ),
  fixedOption(
    'disableTimeStampsByDefault',
    'false',
    'say setDisableMessageTimestamp of a producer',
  ),
  fixedOption('nestedMapAndListEnabled', 'false', 'a map holds the types of JMS [JMS 3.11.3]'),
  fixedOption('alwaysSessionAsync', ['true', 'false'], 'each session works by itself'),
  fixedOption(
    'exclusiveConsumer',
    'false',
    'ask the broker for a queue with one consumer at a time',
  ),
  fixedOption('watchTopicAdvisories', ['true', 'false'], 'there are no advisory topics'),
  fixedOption('checkForDuplicates', ['true', 'false'], 'what comes again is marked'),
  fixedOption('nonBlockingRedelivery', 'false', IN_ORDER),
  fixedOption('producerWindowSize', '0', 'await sends: that many are under way as you start'),
  fixedOption('useRetroactiveConsumer', 'false', 'a durable subscription keeps what came before'),
  fixedOption('trustedPackages', [], NO_JAVA_OBJECTS),
  fixedOption('trustAllPackages', 'false', NO_JAVA_OBJECTS),
  fixedOption('redeliveryPolicy.initialRedeliveryDelay', '0', BROKERS_DELAY),
  fixedOption('redeliveryPolicy.redeliveryDelay', '0', BROKERS_DELAY),
  fixedOption('redeliveryPolicy.maximumRedeliveryDelay', '-1', BROKERS_DELAY),
  fixedOption('redeliveryPolicy.useExponentialBackOff', 'false', BROKERS_DELAY),
  fixedOption('redeliveryPolicy.backOffMultiplier', [], BROKERS_DELAY),
  fixedOption('redeliveryPolicy.useCollisionAvoidance', 'false', BROKERS_DELAY),
];

/** All that there is; docs/connection-options.md shows it. */
export const jmsOptions: OptionTable<Draft> = {
  prefix: 'jms.',
  options: OPTIONS,
  fixed: FIXED,
  aliases: {
    // Qpid JMS, before.
    alwaysSyncSend: 'forceSyncSend',
    sendAcksAsync: 'forceAsyncAcks',
    'deserializationPolicy.whiteList': 'deserializationPolicy.allowList',
    'deserializationPolicy.blackList': 'deserializationPolicy.denyList',
    // ActiveMQ Classic.
    userName: 'username',
    useAsyncSend: 'forceAsyncSend',
    connectResponseTimeout: 'connectTimeout',
    consumerExpiryCheckEnabled: 'localMessageExpiry',
    messagePrioritySupported: 'localMessagePriority',
    'redeliveryPolicy.maximumRedeliveries': 'redeliveryPolicy.maxRedeliveries',
  },
};

/**
 * Reads the options, given as `name=value` without the `jms.` before the name.
 *
 * @throws {IllegalArgumentException} for what is no option, and for values that are out of range
 * @throws {UnsupportedOperationException} for an option that others have, and that has no sense here
 */
export function connectionOptions(pairs: readonly string[]): ConnectionOptions {
  const options = new ConnectionOptions();
  readOptions(jmsOptions, options, pairs);
  return options;
}

function outcomeOf(value: string, name: string): Outcome {
  const names = Object.keys(OUTCOMES);
  const index = /^[1-5]$/.test(value) ? Number(value) - 1 : names.indexOf(value);
  const outcome = OUTCOMES[names[index] ?? ''];
  if (outcome !== undefined) return outcome;
  throw new IllegalArgumentException(`${name} is one of ${names.join(', ')}, not '${value}'`);
}
