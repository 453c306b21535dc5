// The `jms.` options of a connection URL, with the names of Apache Qpid JMS. Spellings of ActiveMQ
// Classic are taken as well, and warned of once. One table says what there is; what is not in it is
// refused, with the name that is nearest.
//
//     vm://orders?jms.clientID=billing&jms.prefetchPolicy.all=100&jms.redeliveryPolicy.maxRedeliveries=3

import { isTopicData } from './destination.ts';
import { IllegalArgumentException } from './errors.ts';
import type { DestinationData } from './message-data.ts';
import { nearest } from './nearest.ts';
import { type ConsumerRequest, Outcome } from './provider.ts';

const PREFETCH_DEFAULT = 1000;
const PREFETCH_MAX = 32767;

/** Redelivery outcomes by the names, and the numbers, that Qpid has for them. */
const OUTCOMES: Readonly<Record<string, Outcome>> = {
  ACCEPTED: Outcome.accepted,
  REJECTED: Outcome.rejected,
  RELEASED: Outcome.released,
  MODIFIED_FAILED: Outcome.failed,
  MODIFIED_FAILED_UNDELIVERABLE: Outcome.undeliverable,
};

/** Fields while they are read. */
type Draft = { -readonly [K in keyof ConnectionOptions]: ConnectionOptions[K] };

/** Takes the value of one option. */
type Take = (draft: Draft, value: string, name: string) => void;

const TABLE: Readonly<Record<string, Take>> = {
  username: (draft, value) => {
    draft.username = value;
  },
  password: (draft, value) => {
    draft.password = value;
  },
  clientID: (draft, value) => {
    draft.clientID = value;
  },
  localMessageExpiry: (draft, value, name) => {
    draft.localMessageExpiry = booleanOf(value, name);
  },
  'redeliveryPolicy.maxRedeliveries': (draft, value, name) => {
    draft.maxRedeliveries = integerOf(value, name, -1, 2 ** 31 - 1);
  },
  'redeliveryPolicy.outcome': (draft, value, name) => {
    draft.exhausted = outcomeOf(value, name);
  },
  'prefetchPolicy.all': (draft, value, name) => {
    const all = prefetchOf(value, name);
    draft.queuePrefetch = all;
    draft.topicPrefetch = all;
    draft.durableTopicPrefetch = all;
    draft.queueBrowserPrefetch = all;
  },
  'prefetchPolicy.queuePrefetch': (draft, value, name) => {
    draft.queuePrefetch = prefetchOf(value, name);
  },
  'prefetchPolicy.topicPrefetch': (draft, value, name) => {
    draft.topicPrefetch = prefetchOf(value, name);
  },
  'prefetchPolicy.durableTopicPrefetch': (draft, value, name) => {
    draft.durableTopicPrefetch = prefetchOf(value, name);
  },
  'prefetchPolicy.queueBrowserPrefetch': (draft, value, name) => {
    draft.queueBrowserPrefetch = prefetchOf(value, name);
  },
};

/** How others spell them. */
const ALIASES: Readonly<Record<string, string>> = {
  userName: 'username',
  'redeliveryPolicy.maximumRedeliveries': 'redeliveryPolicy.maxRedeliveries',
};

const warned: Set<string> = new Set();

/** What the options of a URL say. */
export class ConnectionOptions {
  readonly username: string | undefined = undefined;
  readonly password: string | undefined = undefined;
  readonly clientID: string | undefined = undefined;
  /** What expires while it waits in the client is not delivered. */
  readonly localMessageExpiry: boolean = true;
  /** How often a message may come again; -1: any number of times. */
  readonly maxRedeliveries: number = -1;
  /** What becomes of one that came again too often. */
  readonly exhausted: Outcome = Outcome.undeliverable;
  readonly queuePrefetch: number = PREFETCH_DEFAULT;
  readonly topicPrefetch: number = PREFETCH_DEFAULT;
  readonly durableTopicPrefetch: number = PREFETCH_DEFAULT;
  readonly queueBrowserPrefetch: number = PREFETCH_DEFAULT;

  /** How many messages may wait for a consumer here, before it asked for them. */
  prefetchFor(destination: DestinationData, request: ConsumerRequest): number {
    if (request.browse === true) return this.queueBrowserPrefetch;
    if (!isTopicData(destination)) return this.queuePrefetch;
    return request.subscription?.durable === true ? this.durableTopicPrefetch : this.topicPrefetch;
  }
}

/**
 * Reads the options, given as `name=value` without the `jms.` before the name.
 *
 * @throws {IllegalArgumentException} for what is no option, and for values that are out of range
 */
export function connectionOptions(pairs: readonly string[]): ConnectionOptions {
  const options = new ConnectionOptions();
  // `all` first: the special wins over the general, whatever their order.
  const sorted = [...pairs].sort((a, b) => Number(isGeneral(b)) - Number(isGeneral(a)));
  for (const pair of sorted) {
    const at = pair.indexOf('=');
    const key = at < 0 ? pair : pair.slice(0, at);
    const name = Object.hasOwn(ALIASES, key) ? (ALIASES[key] ?? key) : key;
    const take = Object.hasOwn(TABLE, name) ? TABLE[name] : undefined;
    if (take === undefined) throw unknownOption(`jms.${key}`);
    if (name !== key) warn(key, name);
    take(options, at < 0 ? '' : decoded(pair.slice(at + 1), `jms.${key}`), `jms.${key}`);
  }
  return options;
}

function isGeneral(pair: string): boolean {
  return pair.startsWith('prefetchPolicy.all=');
}

function unknownOption(name: string): IllegalArgumentException {
  const known = Object.keys(TABLE).map((key) => `jms.${key}`);
  const near = nearest(name, known);
  return new IllegalArgumentException(
    near === undefined
      ? `${name} is not an option; there are ${known.join(', ')}`
      : `${name} is not an option; did you mean ${near}?`,
  );
}

function warn(key: string, name: string): void {
  if (warned.has(key)) return;
  warned.add(key);
  process.emitWarning(`jms.${key} is called jms.${name} here`, { code: 'ANGELIA_OPTION_ALIAS' });
}

function decoded(value: string, name: string): string {
  try {
    return decodeURIComponent(value);
  } catch (cause) {
    const text = `the value of ${name} is not percent-encoded as a URL is`;
    throw new IllegalArgumentException(text, { cause });
  }
}

function booleanOf(value: string, name: string): boolean {
  if (value === 'true') return true;
  if (value === 'false') return false;
  throw new IllegalArgumentException(`${name} is true or false, not '${value}'`);
}

function integerOf(value: string, name: string, min: number, max: number): number {
  const number = /^[+-]?\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new IllegalArgumentException(`${name} is ${min} to ${max}, not '${value}'`);
}

function prefetchOf(value: string, name: string): number {
  return integerOf(value, name, 0, PREFETCH_MAX);
}

function outcomeOf(value: string, name: string): Outcome {
  const names = Object.keys(OUTCOMES);
  const index = /^[1-5]$/.test(value) ? Number(value) - 1 : names.indexOf(value);
  const outcome = OUTCOMES[names[index] ?? ''];
  if (outcome !== undefined) return outcome;
  throw new IllegalArgumentException(`${name} is one of ${names.join(', ')}, not '${value}'`);
}
