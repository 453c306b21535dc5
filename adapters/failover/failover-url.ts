// A `failover:` URL, in the grammar of Apache Qpid JMS, and the words of ActiveMQ Classic for it.
//
//     failover:(amqp://a:5672,amqp://b:5672?amqp.x=1)?failover.maxReconnectAttempts=20
//
// What stands behind `failover.nested.` is added to the query of each URL inside.

import {
  booleanOf,
  fixedOption,
  IllegalArgumentException,
  integerOf,
  type OptionTable,
  readOptions,
  type UrlOption,
} from '#jms-api';

/** What to do with a list of servers that a broker offers when we come to it. */
export type ServerListAction = 'REPLACE' | 'ADD' | 'IGNORE';

/** What a `failover:` URL says. */
export interface FailoverUrl {
  /** Where brokers are, in order; at least one. */
  readonly urls: readonly string[];
  /** Options for each of them that does not say them itself. */
  readonly nested: readonly string[];
  readonly initialReconnectDelayMs: number;
  readonly reconnectDelayMs: number;
  readonly maxReconnectDelayMs: number;
  readonly useReconnectBackOff: boolean;
  readonly reconnectBackOffMultiplier: number;
  /** How many rounds through the brokers; -1: without end. */
  readonly maxReconnectAttempts: number;
  /** The same, before the first connection; undefined: no other. */
  readonly startupMaxReconnectAttempts: number | undefined;
  readonly warnAfterReconnectAttempts: number;
  readonly randomize: boolean;
  readonly serverListAction: ServerListAction;
}

type Draft = { -readonly [K in keyof FailoverUrl]: FailoverUrl[K] };

const MS_MAX = 2 ** 31 - 1;
const ATTEMPTS_MAX = 2 ** 31 - 1;
const ACTIONS: readonly ServerListAction[] = ['REPLACE', 'ADD', 'IGNORE'];

function option(
  name: string,
  otherwise: string,
  meaning: string,
  take: UrlOption<Draft>['take'],
): UrlOption<Draft> {
  return { name: `failover.${name}`, otherwise, meaning, take };
}

const OPTIONS: readonly UrlOption<Draft>[] = [
  option('initialReconnectDelay', '0', 'ms before the first round', (draft, value, name) => {
    draft.initialReconnectDelayMs = integerOf(value, name, 0, MS_MAX);
  }),
  option('reconnectDelay', '10', 'ms between the first two rounds', (draft, value, name) => {
    draft.reconnectDelayMs = integerOf(value, name, 0, MS_MAX);
  }),
  option('maxReconnectDelay', '30000', 'ms between rounds at most', (draft, value, name) => {
    draft.maxReconnectDelayMs = integerOf(value, name, 0, MS_MAX);
  }),
  option(
    'useReconnectBackOff',
    'true',
    'the time between rounds grows; else it stays `failover.reconnectDelay`',
    (draft, value, name) => {
      draft.useReconnectBackOff = booleanOf(value, name);
    },
  ),
  option('reconnectBackOffMultiplier', '2.0', 'by so much', (draft, value, name) => {
    const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= 1 && number <= 1000)) {
      throw new IllegalArgumentException(`${name} is 1 to 1000, not '${value}'`);
    }
    draft.reconnectBackOffMultiplier = number;
  }),
  option(
    'maxReconnectAttempts',
    '-1',
    'rounds through the brokers until the connection is given up; -1: never',
    (draft, value, name) => {
      draft.maxReconnectAttempts = integerOf(value, name, -1, ATTEMPTS_MAX);
    },
  ),
  option(
    'startupMaxReconnectAttempts',
    '',
    'the same before the first connection; otherwise `failover.maxReconnectAttempts`',
    (draft, value, name) => {
      draft.startupMaxReconnectAttempts = integerOf(value, name, -1, ATTEMPTS_MAX);
    },
  ),
  option(
    'warnAfterReconnectAttempts',
    '10',
    'a warning of the process after each so many rounds; 0: none',
    (draft, value, name) => {
      draft.warnAfterReconnectAttempts = integerOf(value, name, 0, ATTEMPTS_MAX);
    },
  ),
  option('randomize', 'false', 'the brokers are tried in random order', (draft, value, name) => {
    draft.randomize = booleanOf(value, name);
  }),
  option(
    'amqpOpenServerListAction',
    'REPLACE',
    `what to do with the servers that a broker names: ${ACTIONS.join(', ')} (the broker stays)`,
    (draft, value, name) => {
      const action = ACTIONS.find((one) => one === value.toUpperCase());
      if (action === undefined) {
        throw new IllegalArgumentException(`${name} is one of ${ACTIONS.join(', ')}, not ${value}`);
      }
      draft.serverListAction = action;
    },
  ),
];

/** All that there is; docs/connection-options.md shows it. */
export const failoverOptions: OptionTable<Draft> = {
  prefix: '',
  options: OPTIONS,
  // ActiveMQ Classic has these.
  fixed: [
    fixedOption('timeout', ['-1'], 'say jms.sendTimeout'),
    fixedOption(
      'backup',
      ['false'],
      'one connection at a time: a broker that is back is found at once',
    ),
    fixedOption('backupPoolSize', [], 'one connection at a time'),
    fixedOption('priorityBackup', ['false'], 'a connection that works is not left'),
    fixedOption('priorityURIs', [], 'a connection that works is not left'),
    fixedOption('trackMessages', ['true'], 'unconfirmed sends are always sent again'),
    fixedOption('maxCacheSize', [], 'what is not confirmed is kept: await sends to bound it'),
    fixedOption('reconnectSupported', ['true'], 'it is what failover: is for'),
    fixedOption('rebalanceUpdateURIs', ['false'], 'a connection that works is not left'),
    fixedOption(
      'updateURIsURL',
      [],
      'say failover.amqpOpenServerListAction: the broker names others',
    ),
    fixedOption('updateURIsSupported', ['true'], 'say failover.amqpOpenServerListAction=IGNORE'),
  ],
  aliases: {
    initialReconnectDelay: 'failover.initialReconnectDelay',
    reconnectDelay: 'failover.reconnectDelay',
    maxReconnectDelay: 'failover.maxReconnectDelay',
    useExponentialBackOff: 'failover.useReconnectBackOff',
    backOffMultiplier: 'failover.reconnectBackOffMultiplier',
    reconnectDelayExponent: 'failover.reconnectBackOffMultiplier',
    maxReconnectAttempts: 'failover.maxReconnectAttempts',
    startupMaxReconnectAttempts: 'failover.startupMaxReconnectAttempts',
    warnAfterReconnectAttempts: 'failover.warnAfterReconnectAttempts',
    randomize: 'failover.randomize',
  },
};

/** Both are added to the URLs inside; the second is Classic's. */
const NESTED: readonly string[] = ['failover.nested.', 'nested.'];

/**
 * Reads a `failover:` URL, without its `jms.*` options.
 *
 * @throws {IllegalArgumentException} for what is no such URL, or no option of one
 * @throws {UnsupportedOperationException} for options that Classic has and we do not
 */
export function parseFailoverUrl(url: string): FailoverUrl {
  const match = /^failover:(?:\/\/)?(?:\((.*)\)|([^(?]*))\/?(?:\?(.*))?$/i.exec(url);
  const inside = match?.[1] ?? match?.[2] ?? '';
  // Only before a URL: an option's value may have a comma.
  const urls = inside.split(/,(?=\s*[a-z][a-z0-9+.-]*:)/i).map((one) => one.trim());
  if (match === null || urls[0] === '') {
    throw new IllegalArgumentException(`expected failover:(URL,URL)?failover.…, got '${url}'`);
  }
  const pairs = (match[3] ?? '').split('&').filter((pair) => pair !== '');
  const nested = pairs.flatMap((pair) => {
    const prefix = NESTED.find((one) => pair.startsWith(one));
    return prefix === undefined ? [] : [pair.slice(prefix.length)];
  });
  const draft: Draft = {
    urls: urls.map((one) => nestedUrl(one, nested)),
    nested,
    initialReconnectDelayMs: 0,
    reconnectDelayMs: 10,
    maxReconnectDelayMs: 30_000,
    useReconnectBackOff: true,
    reconnectBackOffMultiplier: 2,
    maxReconnectAttempts: -1,
    startupMaxReconnectAttempts: undefined,
    warnAfterReconnectAttempts: 10,
    randomize: false,
    serverListAction: 'REPLACE',
  };
  const own = pairs.filter((pair) => !NESTED.some((one) => pair.startsWith(one)));
  readOptions(failoverOptions, draft, own);
  return draft;
}

/**
 * Adds options that the URL does not say itself.
 *
 * @throws {IllegalArgumentException} if it is not the URL of a broker
 */
export function nestedUrl(url: string, nested: readonly string[]): string {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === 'failover') {
    throw new IllegalArgumentException(
      `'${url}' in failover:(…) is not the URL of a broker, such as amqp://host:5672`,
    );
  }
  const at = url.indexOf('?');
  const before = at < 0 ? url : url.slice(0, at);
  const said = at < 0 ? [] : url.slice(at + 1).split('&');
  const wrong = [...said, ...nested].find((pair) => pair.startsWith('jms.'));
  if (wrong !== undefined) {
    throw new IllegalArgumentException(
      `${wrong} is for the whole connection: say it after the parentheses of failover:(…)`,
    );
  }
  const names = new Set(said.map((pair) => pair.split('=', 1)[0]));
  const all = [...said, ...nested.filter((pair) => !names.has(pair.split('=', 1)[0]))];
  return all.length === 0 ? before : `${before}?${all.join('&')}`;
}
