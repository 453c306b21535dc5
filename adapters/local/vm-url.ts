// A `vm://` URL: the name of the broker, and how it is to be made if it is not there. The names of
// options are those of ActiveMQ Classic. What it has and we do not is refused with the reason, unless
// the value that is asked for is what holds here anyway.

import { IllegalArgumentException, nearest, UnsupportedOperationException } from '#jms-api';

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

/** Options that do something. */
const WORKING: Readonly<Record<string, (draft: Draft, value: string, option: string) => void>> = {
  create: (draft, value, option) => {
    draft.create = booleanOf(value, option);
  },
  'broker.persistent': (draft, value, option) => {
    draft.persistent = booleanOf(value, option);
  },
  'broker.dataDirectory': (draft, value) => {
    if (value === '') throw new IllegalArgumentException('broker.dataDirectory names no directory');
    draft.dataDirectory = value;
  },
  'broker.deleteAllMessagesOnStartup': (draft, value, option) => {
    draft.fresh = booleanOf(value, option);
  },
};

/** Options that Classic has: the value that holds here anyway, if there is one, and why no other. */
const FIXED: Readonly<Record<string, readonly [value: string | undefined, reason: string]>> = {
  marshal: ['false', 'nothing is marshalled within a process'],
  async: ['true', 'a send returns at once: await it, or do not'],
  waitForStart: [undefined, 'start the broker before you connect to it'],
  brokerConfig: [undefined, 'it names a configuration of ActiveMQ; the options here are broker.*'],
  'broker.useJmx': ['false', 'there is no JMX; a server in the process offers metrics over HTTP'],
  'broker.useShutdownHook': [
    'false',
    'what was confirmed is safe however the process ends; stopBroker(NAME) stops in order',
  ],
  'broker.start': ['true', 'a broker is there as soon as it is made'],
  'broker.schedulerSupport': ['true', 'delivery delays are always there'],
  'broker.advisorySupport': ['false', 'there are no advisory topics'],
  'broker.enableStatistics': ['true', 'they are always counted'],
  'broker.populateJMSXUserID': ['false', 'say jms.populateJMSXUserID=true, for a connection'],
  'broker.brokerName': [undefined, 'the name is what follows vm://'],
  'broker.dataDirectoryFile': [undefined, 'say broker.dataDirectory'],
  'broker.persistenceAdapter': [undefined, 'there is one journal, chosen by broker.persistent'],
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
  const options = (match?.[2] ?? '').split('&').filter((option) => option !== '');
  for (const option of options) take(draft, option);
  if (draft.persistent) checkName(name);
  else if (draft.dataDirectory !== undefined) {
    throw new IllegalArgumentException(
      'broker.dataDirectory is for a broker that keeps its data: add broker.persistent=true',
    );
  }
  return draft;
}

function take(draft: Draft, option: string): void {
  const at = option.indexOf('=');
  const name = at < 0 ? option : option.slice(0, at);
  const value = at < 0 ? '' : decoded(option.slice(at + 1), name);
  if (Object.hasOwn(WORKING, name)) {
    WORKING[name]?.(draft, value, name);
    return;
  }
  const [holds, reason] = (Object.hasOwn(FIXED, name) ? FIXED[name] : undefined) ?? [];
  if (reason === undefined) throw unknownOption(name);
  if (value === holds) return;
  throw new UnsupportedOperationException(
    `${name}=${value} is not supported${holds === undefined ? '' : `, ${holds} is`}: ${reason}`,
  );
}

function unknownOption(name: string): IllegalArgumentException {
  const working = Object.keys(WORKING);
  const near = nearest(name, [...working, ...Object.keys(FIXED)]);
  return new IllegalArgumentException(
    `'${name}' is not an option of vm:// URLs; ` +
      (near === undefined ? `there are ${working.join(', ')}` : `did you mean ${near}?`),
  );
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
  if (value === 'true' || value === 'false') return value === 'true';
  throw new IllegalArgumentException(`${name} is true or false, not '${value}'`);
}

/** The name becomes that of a directory, on every system. */
function checkName(name: string): void {
  if (/^[a-z0-9][a-z0-9._-]{0,99}$/i.test(name) && !name.endsWith('.') && !TAKEN.has(name)) return;
  throw new IllegalArgumentException(
    `a broker that keeps its data cannot be called '${name}': its directory has that name, of ` +
      'letters, digits, _ . - and at most 100, and not journal, which is a server’s',
  );
}
