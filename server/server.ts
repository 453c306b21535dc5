// The life of one server.
//
//     starting ── all doors open ──► ready ── close() ──► draining ── all gone ──► closed
//         └── a port is taken ──► StartError, what was opened is closed again
//
// It knows no signal, no exit code and no command line: that is `main.ts`. Several servers live in
// one process without knowing of each other.

import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Hono } from 'hono';
import { brokerExists, offerBroker } from '#adapters/local';
import { type Broker, BrokerError, type FileJournal, JournalError, type Log } from '#broker';
import type { TlsEndpoint, TlsMaterial } from '#gateway';
import { readCertificates } from './certificates.ts';
import { compose, decompose } from './compose.ts';
import { completeConfig, UsageError } from './config.ts';
import { DataHeldError, DataLock } from './data-lock.ts';
import type { ServerState } from './http/app.ts';
import { HttpDoor } from './http/door.ts';
import { type Config, flagOf, type OptionKey } from './options.ts';
import { StartError } from './start-error.ts';
import {
  BROKER,
  DOOR,
  type Door,
  type DoorName,
  HTTP,
  JOURNAL,
  TLS,
  type Urls,
  USERS,
} from './tokens.ts';

export { StartError } from './start-error.ts';

/** What a server inside another program may be told; every port is the system's choice by default. */
export interface ServerOptions extends Partial<Config> {
  /**
   * `vm://NAME` in this process is this server's broker: programs in it meet the clients outside.
   * Default `localhost`, if that is free; the empty name: no `vm://` URL leads here.
   */
  readonly vm?: string;
}

/** Doors whose port takes both, and what it is called with TLS. */
const SECURE_NAMES: Readonly<Partial<Record<DoorName, 'wss' | 'https'>>> = {
  ws: 'wss',
  http: 'https',
};

/** How long the journal's failure waits for clients to have heard of it. */
const FAREWELL_MS = 500;

let servers = 0;

/**
 * Starts a server in this process, and resolves when every door is open.
 *
 * @param log - default: silence
 * @throws {UsageError} for options that are out of range or contradict each other
 * @throws {StartError} if a door cannot be opened
 */
export async function startServer(
  options: ServerOptions = {},
  log: Log = () => {},
): Promise<Server> {
  const { vm, ...rest } = options;
  const server = await Server.create(completeConfig(rest), log);
  await server.open(vm);
  return server;
}

export class Server {
  readonly config: Config;
  readonly broker: Broker;
  /** Where each open door is. */
  readonly urls: Urls = {};
  /** Where programs in this process find the broker: `vm://localhost`; undefined: nowhere. */
  vmUrl: string | undefined = undefined;
  readonly #log: Log;
  readonly #id: string = `server-${++servers}`;
  readonly #state: { -readonly [K in keyof ServerState]: ServerState[K] };
  readonly #doors: readonly Door[];
  readonly #http: HttpDoor | undefined;
  readonly #journal: FileJournal | undefined;
  readonly #lock: DataLock | undefined;
  readonly #tls: TlsEndpoint | undefined;
  #opened: Door[] = [];
  #closing: Promise<void> | undefined;
  #gone: Promise<unknown> | undefined;
  #withdraw: () => void = () => {};
  /** Told when the journal failed: what was confirmed is safe, nothing more will be. */
  onFailed: ((error: Error) => void) | undefined;

  /**
   * Takes the data directory and reads what is in it.
   *
   * @throws {StartError} if the directory is held by another process, or cannot be used
   * @internal
   */
  static async create(asked: Config, log: Log): Promise<Server> {
    const tls = readCertificates(asked, log);
    if (asked.memory) return new Server(asked, log, undefined, tls);
    const config = { ...asked, data: resolve(asked.data) };
    let lock: DataLock | undefined;
    try {
      mkdirSync(config.data, { recursive: true });
      lock = await DataLock.take(config.data);
      return new Server(config, log, lock, tls);
    } catch (cause) {
      await lock?.release();
      throw whyNoData(config.data, cause);
    }
  }

  private constructor(
    config: Config,
    log: Log,
    lock: DataLock | undefined,
    tls: TlsMaterial | undefined,
  ) {
    this.config = config;
    this.#log = log;
    this.#lock = lock;
    this.#state = { ready: false, reason: 'the server is starting', urls: this.urls, config };
    const container = compose(this.#id, config, log, this.#state, tls);
    try {
      this.broker = container.get(BROKER);
    } catch (cause) {
      decompose(this.#id);
      if (!(cause instanceof BrokerError)) throw cause;
      throw new UsageError(`settings: ${cause.message}`, { cause });
    }
    this.#journal = config.memory ? undefined : container.get(JOURNAL);
    this.broker.onFailed = (error) => this.#failed(error);
    container.get(USERS);
    this.#tls = tls === undefined ? undefined : container.get(TLS);
    this.#doors = container.getMany(DOOR);
    this.#http = config.httpPort < 0 ? undefined : this.#httpDoor(container.get(HTTP));
  }

  #httpDoor(app: Hono): HttpDoor {
    const tls = this.#tls;
    const { tlsOnly } = this.config;
    return new HttpDoor(app, this.#log, tls === undefined ? undefined : { tls, tlsOnly });
  }

  /**
   * Reads the files of the certificate again: connections that come from now on get the new one. If
   * something is wrong with them, the old one stays, and the log says what it was.
   */
  renewCertificate(): void {
    if (this.#tls === undefined) return;
    try {
      const material = readCertificates(this.config, this.#log);
      if (material !== undefined) this.#tls.renew(material);
      this.#log('info', 'the certificate was read again');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#log('error', 'the certificate was not renewed: the old one stays', { reason });
    }
  }

  /** Opens every door, HTTP last. @internal */
  async open(vm?: string): Promise<void> {
    const { host, httpPort } = this.config;
    try {
      await this.#journal?.ready();
      this.#offer(vm ?? (brokerExists('localhost') ? '' : 'localhost'));
      for (const door of this.#doors) {
        await this.#open(door.name, door.option, door.port, () =>
          door.listener.open(host, door.port),
        );
        this.#opened.push(door);
      }
      const http = this.#http;
      if (http !== undefined) {
        await this.#open('http', 'httpPort', httpPort, () => http.open(host, httpPort));
      }
    } catch (error) {
      await this.close();
      throw error instanceof JournalError ? whyNoData(this.config.data, error) : error;
    }
    this.#state.ready = true;
  }

  /**
   * Stops: accepts nobody any more, answers what was read, lets each protocol say goodbye, and cuts
   * who has not left after {@link Config.drainMs}. Resolves when every socket is closed.
   */
  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @throws {StartError} if the name is taken */
  #offer(name: string): void {
    if (name === '') return;
    try {
      this.#withdraw = offerBroker(name, this.broker);
    } catch (cause) {
      throw new StartError(`vm://${name} is taken in this process: choose another name`, { cause });
    }
    this.vmUrl = `vm://${name}`;
  }

  async #open(
    name: DoorName,
    option: OptionKey,
    asked: number,
    listen: () => Promise<number>,
  ): Promise<void> {
    const { host } = this.config;
    try {
      const at = `${forUrl(host)}:${await listen()}`;
      const secure = SECURE_NAMES[name];
      if (secure === undefined || !this.config.tlsOnly) {
        this.urls[name] = `${name === 'multi' ? 'tcp' : name}://${at}`;
      }
      if (secure !== undefined && this.#tls !== undefined) this.urls[secure] = `${secure}://${at}`;
    } catch (cause) {
      throw new StartError(whyNot(name, option, host, asked, cause), { cause });
    }
  }

  async #drain(): Promise<void> {
    this.#state.ready = false;
    this.#state.reason = 'the server is stopping';
    const gone = this.#stopAccepting();
    // What has been read is answered before anybody hears goodbye.
    await new Promise<void>((resolve) => this.broker.host.afterPoll(resolve));
    for (const { listener } of this.#opened) listener.goodbye();
    const deadline = setTimeout(() => this.#cut(), this.config.drainMs);
    await gone;
    clearTimeout(deadline);
    await this.#http?.close();
    this.#withdraw();
    await this.broker.close();
    await this.#lock?.release();
    decompose(this.#id);
    const lost = this.config.memory ? this.broker.storedMessages : 0;
    this.#log('info', 'stopped', { messagesLost: lost });
  }

  #failed(error: Error): void {
    this.#state.ready = false;
    this.#state.reason = `the journal failed: ${error.message}`;
    this.#log('error', 'the journal failed: nothing more is confirmed, what was is safe', {
      error: error.message,
    });
    const why = `${this.#state.reason}: nothing more is confirmed, what was is safe`;
    const gone = this.#stopAccepting();
    for (const { listener } of this.#opened) listener.goodbye(why);
    this.#withdraw();
    // Everybody is told before the process may end; who does not listen is not waited for.
    let told = false;
    const tell = () => {
      if (!told) this.onFailed?.(error);
      told = true;
    };
    void gone.then(tell);
    setTimeout(tell, FAREWELL_MS).unref();
  }

  /** Resolves when the last client is gone. */
  #stopAccepting(): Promise<unknown> {
    this.#gone ??= Promise.all(this.#opened.map(({ listener }) => listener.stopAccepting()));
    return this.#gone;
  }

  #cut(): void {
    const left = this.#opened.reduce((sum, { listener }) => sum + listener.connections, 0);
    this.#log('warn', 'cut clients that did not leave', { connections: left });
    for (const { listener } of this.#opened) listener.destroy();
  }
}

function whyNoData(directory: string, cause: unknown): unknown {
  if (cause instanceof DataHeldError || cause instanceof JournalError) {
    return new StartError(cause.message, { cause });
  }
  const { code } = cause as { code?: unknown };
  if (typeof code !== 'string' || !(cause instanceof Error)) return cause;
  return new StartError(`${directory} cannot be used: ${cause.message}`, { cause });
}

/** An address that a client can use: a wildcard is reached by loopback from here. */
function forUrl(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function whyNot(
  name: string,
  option: OptionKey,
  host: string,
  port: number,
  cause: unknown,
): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const flag = flagOf(option);
  switch (code) {
    case 'EADDRINUSE':
      return (
        `port ${port} on ${host} for ${name} is in use: stop the program that has it, ` +
        `or choose another with ${flag}, --port-offset or --ports random`
      );
    case 'EACCES':
      return `port ${port} for ${name} needs privileges: choose one above 1023 with ${flag}`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `--host ${host} is not an address of this machine (${code})`;
    default:
      return `${name} cannot listen on ${host} port ${port}: ${String(cause)}`;
  }
}
