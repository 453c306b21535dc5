// From flags, environment and file to one checked `Config`. The first that says something wins:
//
//     flag  ►  environment  ►  file  ►  default
//
// Every refusal says where the value stood, what was expected and what came. Nothing is read here:
// the caller brings the flags, the variables and a way to read a file.

import { parse, YAMLParseError } from 'yaml';
import { complaint } from './complaint.ts';
import {
  type Config,
  flagOf,
  fromText,
  nameOf,
  type Option,
  type OptionKey,
  optionKeys,
  options,
  PORTS,
  type PortKey,
  sayableKeys,
  variableOf,
} from './options.ts';

/** Somebody asked for something that cannot be; exit 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Where values come from. */
export interface Sources {
  /** Flags by option key, as text; `true` and `false` for switches, a list for lists. */
  readonly flags: Readonly<Partial<Record<OptionKey, string | boolean | readonly string[]>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Returns the text of the file, or throws. */
  readonly readFile: (path: string) => string;
}

interface Given {
  /** For people: `--amqp-port`, `ANGELIA_AMQP_PORT`, `angelia.yaml: amqp-port`. */
  readonly where: string;
  readonly value: unknown;
}

type Find = (key: OptionKey) => Given | undefined;

/**
 * Finds the value of every option and checks it.
 *
 * @throws {UsageError} for a value out of its range, an unknown key in the file, a file that
 * cannot be read, or options that contradict each other
 */
export function resolveConfig(sources: Sources): Config {
  const said: Find = (key) => fromFlags(sources, key) ?? fromEnvironment(sources, key);
  const path = checked('config', said('config'));
  const file = path === undefined ? new Map<OptionKey, Given>() : readFile(sources, path);
  return settle((key) => said(key) ?? file.get(key), path);
}

/** Inside another program the journal's files are smaller: three of them are there before anything. */
const SEGMENT_BYTES_EMBEDDED = 16 * 1024 * 1024;

/**
 * Fills what is missing and checks the rest, for a server inside another program: there the ports
 * are the system's choice unless they are given, and nothing is kept unless `data` is.
 *
 * @throws {UsageError} as {@link resolveConfig}
 */
export function completeConfig(given: Partial<Config>): Config {
  const memory = given.data === undefined;
  const usual = { ports: 'random', memory, segmentBytes: SEGMENT_BYTES_EMBEDDED } as const;
  const all: Partial<Config> = { ...usual, ...given };
  return settle((key) => {
    const value = all[key];
    return value === undefined ? undefined : { where: nameOf(key), value: plain(key, value) };
  }, undefined);
}

/** Names variables that look like ours and are none, but for those that Kubernetes sets. */
export function strangeVariables(environment: Sources['environment']): string[] {
  const known = new Set(sayableKeys.map(variableOf));
  const kubernetes = /^ANGELIA_(SERVICE_(HOST|PORT(_.*)?)|PORT(_\d+_(TCP|UDP)(_.*)?)?)$/;
  return Object.keys(environment).filter(
    (name) => name.startsWith('ANGELIA_') && !known.has(name) && !kubernetes.test(name),
  );
}

function settle(find: Find, path: string | undefined): Config {
  const values = Object.fromEntries(optionKeys.map((key) => [key, checked(key, find(key))]));
  const asked = { ...values, config: path } as unknown as Config;
  const kept = find('data');
  if (asked.memory && kept !== undefined && find('memory') !== undefined) {
    throw new UsageError(`${kept.where} and memory: messages are kept there, or not at all`);
  }
  checkTls(asked, find);
  const chosenPort = (key: PortKey) => {
    const given = find(key);
    if (asked.tlsCert === undefined ? SECURE.has(key) : asked.tlsOnly && PLAIN.has(key)) return -1;
    const asks = given === undefined && asked.ports === 'random' ? 0 : asked[key];
    const port = asks > 0 ? asks + asked.portOffset : asks;
    if (port <= 65_535) return port;
    throw new UsageError(
      `${flagOf(key)} ${asks} and ${flagOf('portOffset')} ${asked.portOffset}: ` +
        `expected a sum of 65535 at most, got ${port}`,
    );
  };
  const ports = Object.fromEntries(PORTS.map((key) => [key, chosenPort(key)]));
  const config: Config = { ...asked, ...ports };
  checkTogether(config);
  return config;
}

/** Doors that there are with a certificate alone, and those that need none. */
const SECURE: ReadonlySet<PortKey> = new Set(['amqpsPort', 'stompsPort']);
const PLAIN: ReadonlySet<PortKey> = new Set(['amqpPort', 'stompPort']);

/** What is said about TLS must hang together: half of it would leave a door open. */
function checkTls(asked: Config, find: Find): void {
  const { tlsCert, tlsKey, tlsCa, tlsClientAuth, tlsOnly, tlsUser } = asked;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    const [has, lacks] = tlsCert === undefined ? ['tlsKey', 'tlsCert'] : ['tlsCert', 'tlsKey'];
    const flags = [has, lacks].map((key) => flagOf(key as OptionKey));
    throw new UsageError(`${flags[0]} is given without ${flags[1]}: TLS needs both`);
  }
  if (tlsCert === undefined) {
    const wants = (['tlsCa', 'tlsClientAuth', 'tlsOnly', 'tlsUser'] as const).find(
      (key) => find(key) !== undefined && asked[key] !== options[key].default,
    );
    const open = [...SECURE].find((key) => find(key) !== undefined && asked[key] >= 0);
    const key = wants ?? open;
    if (key === undefined) return;
    throw new UsageError(`${flagOf(key)} needs a certificate: add --tls-cert FILE --tls-key FILE`);
  }
  if (tlsClientAuth !== 'none' && tlsCa === undefined) {
    throw new UsageError(
      `--tls-client-auth ${tlsClientAuth} needs --tls-ca FILE: who signs the certificates of clients`,
    );
  }
  if (tlsUser.size > 0 && tlsClientAuth === 'none') {
    throw new UsageError('--tls-user needs --tls-client-auth request or require');
  }
  const plain = [...PLAIN].find((key) => find(key) !== undefined && asked[key] >= 0);
  if (tlsOnly && plain !== undefined) {
    throw new UsageError(`${flagOf(plain)} opens a door without TLS, and --tls-only forbids it`);
  }
}

function checkTogether(config: Config): void {
  const taken = new Map<number, OptionKey>();
  for (const key of PORTS) {
    const port = config[key];
    const other = taken.get(port);
    if (port > 0 && other !== undefined) {
      throw new UsageError(`${flagOf(other)} and ${flagOf(key)} both ask for port ${port}`);
    }
    taken.set(port, key);
  }
  const named = config.user.size > 0 || config.tlsClientAuth === 'require';
  if (isLoopback(config.host) || config.anonymous || named) return;
  throw new UsageError(
    `--host ${config.host} lets other machines in, and no user is configured: ` +
      'add --user NAME:PASSWORD, or say --anonymous to welcome everybody',
  );
}

/** True for an address that no other machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function fromFlags(sources: Sources, key: OptionKey): Given | undefined {
  const value = sources.flags[key];
  if (value === undefined) return undefined;
  const read = typeof value === 'string' ? fromText(options[key], value) : value;
  return { where: flagOf(key), value: read };
}

function fromEnvironment(sources: Sources, key: OptionKey): Given | undefined {
  if (!sayableKeys.includes(key)) return undefined;
  const where = variableOf(key);
  const text = sources.environment[where];
  return text === undefined ? undefined : { where, value: fromText(options[key], text) };
}

function readFile(sources: Sources, path: string): Map<OptionKey, Given> {
  let content: unknown;
  try {
    content = parse(sources.readFile(path));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
    const what = cause instanceof YAMLParseError ? 'is not YAML' : 'cannot be read';
    throw new UsageError(`the file ${path} ${what}: ${reason}`, { cause });
  }
  if (content === null) return new Map();
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw new UsageError(`the file ${path}: expected lines of 'option: value'`);
  }
  const keys = new Map(optionKeys.map((key) => [nameOf(key), key]));
  keys.delete('config');
  const given = new Map<OptionKey, Given>();
  for (const [name, value] of Object.entries(content)) {
    const key = keys.get(name);
    if (key === undefined) throw new UsageError(`the file ${path}: there is no option '${name}'`);
    given.set(key, { where: `the file ${path}: ${name}`, value });
  }
  return given;
}

function checked<K extends OptionKey>(key: K, given: Given | undefined): Config[K] {
  const option: Option<Config[K]> = options[key];
  if (given === undefined) return option.default;
  const result = option.schema.safeParse(given.value);
  if (result.success) return result.data;
  throw new UsageError(`${given.where}: ${complaint(result.error, given.value, option.secret)}`);
}

/** A map as the list from which the table reads it. */
function plain(key: OptionKey, value: unknown): unknown {
  if (!(value instanceof Map)) return value;
  const entries = [...value] as [string, string][];
  return key === 'tlsUser'
    ? entries.map(([subject, name]) => `${name}=${subject}`)
    : entries.map(([name, word]) => `${name}:${word}`);
}
