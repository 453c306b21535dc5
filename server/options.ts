// The one table of the server's options. Whatever is known about an option is said here, once: its
// flag, environment variable and key in the file follow from its name; the parser, the help, the
// checks, their messages and docs/configuration.md follow from the table.
//
// Deliberately not here: where values come from and which wins. That is `config.ts`.

import { z } from 'zod';
import type { AddressSettings } from '#broker';
import { parseCredentials } from '#gateway';
import { settingsByPattern } from './address-settings.ts';

/** What a server needs to know before it starts. Ports: 0 lets the system choose, -1 is off. */
export interface Config {
  readonly config: string | undefined;
  /** Where messages are kept. */
  readonly data: string;
  readonly memory: boolean;
  /** 0: what is confirmed is safe; else a crash of the machine loses so much. */
  readonly syncEveryMs: number;
  /** Bytes that stay free on the volume of the data. */
  readonly diskFreeMin: number;
  /** Bytes of one file of the journal. */
  readonly segmentBytes: number;
  readonly host: string;
  readonly ports: 'random' | undefined;
  readonly portOffset: number;
  readonly amqpPort: number;
  readonly amqpsPort: number;
  readonly stompPort: number;
  readonly stompsPort: number;
  readonly wsPort: number;
  readonly multiPort: number;
  readonly httpPort: number;
  /** Origins of pages that may open WebSockets. */
  readonly wsOrigin: readonly string[];
  /** Whose habits are kept where brokers differ. */
  readonly compat: 'classic' | undefined;
  /** PEM file of our certificate; absent: no TLS. */
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  /** PEM file of those who sign the certificates of clients. */
  readonly tlsCa: string | undefined;
  readonly tlsClientAuth: 'none' | 'request' | 'require';
  /** Names by the distinguished names of certificates. */
  readonly tlsUser: ReadonlyMap<string, string>;
  /** Nobody is served without TLS. */
  readonly tlsOnly: boolean;
  /** Passwords by name, or verifiers of them. */
  readonly user: ReadonlyMap<string, string>;
  readonly anonymous: boolean;
  readonly autoCreate: boolean;
  /** Settings of queues and topics, by pattern of their names. */
  readonly settings: Readonly<Record<string, Partial<AddressSettings>>>;
  /** First level of the names of virtual topics. */
  readonly virtualTopics: string;
  /** First level of the names of the queues that they feed. */
  readonly virtualTopicConsumers: string;
  readonly virtualClock: boolean;
  readonly readyJson: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'pretty' | 'json';
  readonly drainMs: number;
}

/** One option. `T` is the type of its checked value. */
export interface Option<T> {
  /** Checks a value and turns it into what the server uses; its messages name what it expects. */
  readonly schema: z.ZodType<T>;
  readonly default: T;
  /** `switch`: said or not; `list`: may be said again; `table`: said in the file only. */
  readonly kind: 'switch' | 'value' | 'list' | 'table';
  /** What stands for the value in the help: `PORT`. Empty for a switch. */
  readonly placeholder: string;
  /** What the number counts; empty for what is not a number. */
  readonly unit: string;
  /** Which values there are, in words. */
  readonly range: string;
  /** What it is for, in one sentence. */
  readonly sentence: string;
  /** The value must not be repeated in messages. */
  readonly secret?: boolean;
}

const WORD_OF_SWITCH: Readonly<Record<string, boolean>> = { true: true, false: false };

/** Reads what a flag or a variable can only say as text. Text that makes no sense stays text. */
export function fromText(option: Option<unknown>, text: string): unknown {
  switch (option.kind) {
    case 'switch':
      return WORD_OF_SWITCH[text] ?? text;
    case 'list':
      return text.split('\n').filter((line) => line !== '');
    case 'table':
      return text;
    case 'value':
      return option.unit !== '' && /^-?\d+$/.test(text) ? Number(text) : text;
  }
}

interface Range {
  readonly unit: string;
  readonly min: number;
  readonly max: number;
}

function integer(initial: number, { unit, min, max }: Range, sentence: string): Option<number> {
  const range = `${min} to ${max}`;
  const error = `expected a whole number from ${range}`;
  return {
    schema: z.number({ error }).int({ error }).min(min, { error }).max(max, { error }),
    default: initial,
    kind: 'value',
    placeholder: unit === 'port' ? 'PORT' : 'N',
    unit,
    range,
    sentence,
  };
}

function port(initial: number, door: string): Option<number> {
  return integer(
    initial,
    { unit: 'port', min: -1, max: 65535 },
    `Port of ${door}; 0: the system chooses; -1: this door stays shut.`,
  );
}

function onOff(initial: boolean, sentence: string): Option<boolean> {
  return {
    schema: z.boolean({ error: 'expected true or false' }),
    default: initial,
    kind: 'switch',
    placeholder: '',
    unit: '',
    range: 'true, false',
    sentence,
  };
}

function choice<const T extends string, D extends T | undefined>(
  initial: D,
  words: readonly T[],
  sentence: string,
): Option<T | D> {
  const range = words.join(', ');
  return {
    schema: z.enum(words, { error: `expected ${words.join(' or ')}` }),
    default: initial,
    kind: 'value',
    placeholder: words.join('|'),
    unit: '',
    range,
    sentence,
  };
}

function text(initial: string, placeholder: string, sentence: string): Option<string> {
  const error = 'expected a text that is not empty';
  return {
    schema: z.string({ error }).min(1, { error }),
    default: initial,
    kind: 'value',
    placeholder,
    unit: '',
    range: 'text',
    sentence,
  };
}

function file(sentence: string): Option<string | undefined> {
  return { ...text('', 'FILE', sentence), default: undefined };
}

function level(initial: string, sentence: string): Option<string> {
  const error = 'expected one level of a name: no dot, comma, space or wildcard';
  return {
    schema: z.string({ error }).regex(/^[^.,*>#\s]+$/, { error }),
    default: initial,
    kind: 'value',
    placeholder: 'NAME',
    unit: '',
    range: 'one level of a name',
    sentence,
  };
}

const USER: RegExp = /^([^:\s]+):(.+)$/s;
const SUBJECT: RegExp = /^([^=\s]+)=(\w+=.+)$/s;

const users: z.ZodType<ReadonlyMap<string, string>> = z
  .array(z.string(), { error: 'expected a list of NAME:PASSWORD' })
  .transform((entries, context) => {
    const byName = new Map<string, string>();
    for (const entry of entries) {
      const [, name, password] = USER.exec(entry) ?? [];
      if (name === undefined || password === undefined) {
        context.addIssue('expected NAME:PASSWORD, both not empty, the name without spaces');
      } else if (byName.has(name)) {
        context.addIssue(`user '${name}' is given twice`);
      } else {
        checkVerifier(name, password, (message) => context.addIssue(message));
        byName.set(name, password);
      }
    }
    return byName;
  });

/** What looks like a verifier must be one: as a password it would never be right. */
function checkVerifier(name: string, secret: string, complain: (message: string) => void): void {
  try {
    parseCredentials(secret);
  } catch (error) {
    complain(`user '${name}': ${error instanceof Error ? error.message : String(error)}`);
  }
}

const subjects: z.ZodType<ReadonlyMap<string, string>> = z
  .array(z.string(), { error: 'expected a list of NAME=SUBJECT' })
  .transform((entries, context) => {
    const bySubject = new Map<string, string>();
    for (const entry of entries) {
      const [, name, subject] = SUBJECT.exec(entry) ?? [];
      if (name === undefined || subject === undefined) {
        context.addIssue('expected NAME=SUBJECT, the subject as in CN=billing,O=Acme');
      } else {
        bySubject.set(subject.replaceAll(/(?<!\\), +/g, ','), name);
      }
    }
    return bySubject;
  });

const origins: z.ZodType<readonly string[]> = z.array(
  z.string().regex(/^(\*|[a-z][a-z0-9+.-]*:\/\/[^/\s]+)$/, {
    error: 'expected an origin like https://example.org, without a path, or *',
  }),
  { error: 'expected a list of origins' },
);

/** All options, in the order of the help. */
export const options: { readonly [K in keyof Config]: Option<Config[K]> } = {
  config: file('YAML file with any of the other options.'),
  data: text('./angelia-data', 'DIR', 'Directory in which persistent messages are kept.'),
  memory: onOff(false, 'Keep nothing when the server stops, and touch no disk.'),
  syncEveryMs: integer(
    0,
    { unit: 'ms', min: 0, max: 60_000 },
    '0: sync before each confirm; else so often, and a crash of the machine may lose that much.',
  ),
  diskFreeMin: integer(
    64 * 1024 * 1024,
    { unit: 'bytes', min: 0, max: 2 ** 50 },
    'Persistent messages are refused when less than this is free on the volume of the data.',
  ),
  segmentBytes: integer(
    64 * 1024 * 1024,
    { unit: 'bytes', min: 1024 * 1024, max: 1024 * 1024 * 1024 },
    'One file of the journal, of which three are made at once; 16 MiB inside another program.',
  ),
  host: text('127.0.0.1', 'ADDRESS', 'Address to listen on; any but loopback asks for users.'),
  ports: choice(undefined, ['random'], 'Let the system choose every port that is not given.'),
  portOffset: integer(
    0,
    { unit: 'ports', min: 0, max: 60_000 },
    'Added to every port above 0, for several servers on one machine.',
  ),
  amqpPort: port(5672, 'AMQP 1.0'),
  amqpsPort: port(5671, 'AMQP 1.0 over TLS, if there is a certificate'),
  stompPort: port(61613, 'STOMP 1.0, 1.1 and 1.2'),
  stompsPort: port(61612, 'STOMP over TLS, if there is a certificate'),
  wsPort: port(61614, 'WebSockets, for STOMP and AMQP'),
  multiPort: port(61616, 'AMQP, STOMP, WebSockets and HTTP, told apart by what comes first'),
  httpPort: port(8161, 'HTTP: health, metrics and the REST calls'),
  wsOrigin: {
    schema: origins,
    default: [],
    kind: 'list',
    placeholder: 'ORIGIN',
    unit: '',
    range: 'https://HOST or *, repeatable',
    sentence: 'Pages of this origin may open WebSockets, beside pages of the same host.',
  },
  tlsCert: file(
    'PEM file of the certificate of this server, and of those between it and the root.',
  ),
  tlsKey: file('PEM file of its private key, without a passphrase.'),
  tlsCa: file('PEM file of the authorities that sign the certificates of clients.'),
  tlsClientAuth: choice(
    'none',
    ['none', 'request', 'require'],
    'Whether clients over TLS show a certificate, which says who they are: never, may, must.',
  ),
  tlsUser: {
    schema: subjects,
    default: new Map(),
    kind: 'list',
    placeholder: 'NAME=SUBJECT',
    unit: '',
    range: 'NAME=CN=…,O=…, repeatable',
    sentence: 'The user whom a certificate names; without any, its common name is the name.',
  },
  tlsOnly: onOff(false, 'Serve nobody without TLS, at any door.'),
  compat: choice(
    undefined,
    ['classic'],
    "Keep ActiveMQ Classic's habits where brokers differ: a STOMP ERROR does not end a connection.",
  ),
  user: {
    schema: users,
    default: new Map(),
    kind: 'list',
    placeholder: 'NAME:PASSWORD',
    unit: '',
    range: 'NAME:PASSWORD or NAME:VERIFIER, repeatable',
    sentence:
      "A user who may connect; with one, clients without a name are refused. 'angelia user NAME' makes a verifier.",
    secret: true,
  },
  anonymous: onOff(false, 'Welcome clients without a name, on any address and beside users.'),
  autoCreate: onOff(true, 'Create queues and topics when they are first used.'),
  settings: {
    schema: settingsByPattern,
    default: {},
    kind: 'table',
    placeholder: '',
    unit: '',
    range: 'see address-settings.md',
    sentence: 'Settings of queues and topics by pattern; in the file only.',
  },
  virtualTopics: level('VirtualTopic', 'First level of the names of virtual topics.'),
  virtualTopicConsumers: level('Consumer', 'First level of the queues that they feed.'),
  virtualClock: onOff(
    false,
    'Message time stands still, and moves by POST /api/v1/clock/advance alone; for tests.',
  ),
  readyJson: onOff(false, 'Print one line of JSON on stdout when every door is open.'),
  logLevel: choice('info', ['debug', 'info', 'warn', 'error'], 'The least that is logged.'),
  logFormat: choice('pretty', ['pretty', 'json'], 'How the log on stderr is written.'),
  drainMs: integer(
    5000,
    { unit: 'ms', min: 0, max: 600_000 },
    'How long clients have to leave when the server stops.',
  ),
};

/** The key of an option in the {@link Config}. */
export type OptionKey = keyof Config;

/** The options that are ports. */
export type PortKey = (typeof PORTS)[number];

export const PORTS = [
  'amqpPort',
  'amqpsPort',
  'stompPort',
  'stompsPort',
  'wsPort',
  'multiPort',
  'httpPort',
] as const;

export const optionKeys: readonly OptionKey[] = Object.keys(options) as OptionKey[];

/** The options that can be said outside of the file. */
export const sayableKeys: readonly OptionKey[] = optionKeys.filter(
  (key) => options[key].kind !== 'table',
);

/** `amqpPort` is `amqp-port` in flags and in the file. */
export function nameOf(key: OptionKey): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `amqpPort` is `ANGELIA_AMQP_PORT` in the environment. */
export function variableOf(key: OptionKey): string {
  return `ANGELIA_${nameOf(key).toUpperCase().replaceAll('-', '_')}`;
}

/** How an option is said on the command line: `--amqp-port`, `--no-auto-create`. */
export function flagOf(key: OptionKey): string {
  return options[key].default === true ? `--no-${nameOf(key)}` : `--${nameOf(key)}`;
}
