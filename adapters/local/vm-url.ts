// A `vm://` URL: the name of the broker, and how it is to be made if it is not there. The names of
// options are those of ActiveMQ Classic.

import {
  booleanOf,
  fixedOption,
  IllegalArgumentException,
  type OptionTable,
  readOptions,
} from '#jms-api';

/** What a `vm:` URL says. */
export interface VmUrl {
  readonly name: string;
  /** Make the broker if there is none. */
  readonly create: boolean;
  readonly persistent: boolean;
  /** The directory in which the data has one of the broker's name; undefined: not said. */
  readonly dataDirectory: string | undefined;
  /** Forget what an earlier life kept. */
  readonly fresh: boolean;
}

type Draft = { -readonly [K in keyof VmUrl]: VmUrl[K] };

/** Where brokers keep their data that were told to keep it, and not where. */
export const DATA_DIRECTORY = './angelia-data';

/** All that there is; docs/connection-options.md shows it. */
export const vmOptions: OptionTable<Draft> = {
  prefix: '',
  options: [
    {
      name: 'create',
      otherwise: 'true',
      meaning: 'make the broker if there is none of that name',
      take(draft, value, name) {
        draft.create = booleanOf(value, name);
      },
    },
    {
      name: 'broker.persistent',
      otherwise: 'false',
      meaning: 'the broker keeps persistent messages on disk; else in memory',
      take(draft, value, name) {
        draft.persistent = booleanOf(value, name);
      },
    },
    {
      name: 'broker.dataDirectory',
      otherwise: DATA_DIRECTORY,
      meaning: 'the directory in which a directory with the broker’s name keeps its data',
      take(draft, value, name) {
        if (value === '') throw new IllegalArgumentException(`${name} names no directory`);
        draft.dataDirectory = value;
      },
    },
    {
      name: 'broker.deleteAllMessagesOnStartup',
      otherwise: 'false',
      meaning: 'the broker forgets, when it is made, what it kept before',
      take(draft, value, name) {
        draft.fresh = booleanOf(value, name);
      },
    },
  ],
  fixed: [
    fixedOption('marshal', ['false'], 'nothing is marshalled within a process'),
    fixedOption('async', ['true'], 'a send returns at once: await it, or do not'),
    fixedOption('waitForStart', [], 'start the broker before you connect to it'),
    fixedOption(
      'brokerConfig',
      [],
      'it names a configuration of ActiveMQ; the options here are broker.*',
    ),
    fixedOption('broker.useJmx', ['false'], 'there is no JMX; a server in the process has metrics'),
    fixedOption(
      'broker.useShutdownHook',
      ['false'],
      'what was confirmed is safe however the process ends; stopBroker(NAME) stops in order',
    ),
    fixedOption('broker.start', ['true'], 'a broker is there as soon as it is made'),
    fixedOption('broker.schedulerSupport', ['true'], 'delivery delays are always there'),
    fixedOption('broker.advisorySupport', ['false'], 'there are no advisory topics'),
    fixedOption('broker.enableStatistics', ['true'], 'they are always counted'),
    fixedOption(
      'broker.populateJMSXUserID',
      ['false'],
      'JMSXUserID proves nothing within a process',
    ),
    fixedOption('broker.brokerName', [], 'the name is what follows vm://'),
    fixedOption('broker.dataDirectoryFile', [], 'say broker.dataDirectory'),
    fixedOption('broker.persistenceAdapter', [], 'there is one journal, by broker.persistent'),
  ],
  aliases: {},
};

/** Names that a server keeps in its data directory, which may be the one around ours. */
const TAKEN: ReadonlySet<string> = new Set(['journal', 'angelia.lock']);

/**
 * Reads a `vm:` URL.
 *
 * @throws {IllegalArgumentException} for what is no such URL, or no option of one
 * @throws {UnsupportedOperationException} for options that Classic has and we do not
 */
export function parseVmUrl(url: string): VmUrl {
  const match = /^vm:(?:\/\/)?([^/?#]+)\/?(?:\?(.*))?$/i.exec(url);
  const name = match?.[1];
  if (name === undefined) throw new IllegalArgumentException(`expected vm://NAME, got '${url}'`);
  const draft: Draft = {
    name,
    create: true,
    persistent: false,
    dataDirectory: undefined,
    fresh: false,
  };
  const pairs = (match?.[2] ?? '').split('&').filter((pair) => pair !== '');
  readOptions(vmOptions, draft, pairs);
  if (draft.persistent) checkName(name);
  else if (draft.dataDirectory !== undefined) {
    throw new IllegalArgumentException(
      'broker.dataDirectory is for a broker that keeps its data: add broker.persistent=true',
    );
  }
  return draft;
}

/** The name becomes that of a directory, on every system. */
function checkName(name: string): void {
  if (/^[a-z0-9][a-z0-9._-]{0,99}$/i.test(name) && !name.endsWith('.') && !TAKEN.has(name)) return;
  throw new IllegalArgumentException(
    `a broker that keeps its data cannot be called '${name}': its directory has that name, of ` +
      'letters, digits, _ . - and at most 100, and not journal, which is a server’s',
  );
}
