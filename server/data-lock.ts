// A data directory is held by one process. The lock is a socket in the directory on which the
// holder answers with its pid and start time (on Windows a named pipe with the directory's name). A
// socket that nobody listens on is stale, whoever left it, and is taken over. A pid in a file would
// not do: in a container every process has the same one.

import { createHash } from 'node:crypto';
import { closeSync, openSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';

/** Who holds a directory, as far as it says. */
export interface Holder {
  readonly pid: number;
  readonly startedAt: string;
}

/** The directory belongs to another process. */
export class DataHeldError extends Error {
  override readonly name = 'DataHeldError';
  readonly holder: Holder | undefined;

  constructor(directory: string, holder: Holder | undefined) {
    const ours = holder?.pid === process.pid && holder.startedAt === STARTED_AT;
    const who =
      holder === undefined
        ? 'a process that does not answer'
        : `process ${holder.pid}, started at ${holder.startedAt}${ours ? ' (this one)' : ''}`;
    super(`${directory} is in use by ${who}: stop it, or choose another directory`);
    this.holder = holder;
  }
}

const NAME = 'angelia.lock';
const ANSWER_MS = 2000;
const STARTED_AT = new Date(Date.now() - Math.round(process.uptime() * 1000)).toISOString();
/** What fits into the address of a local socket everywhere, with its final zero. */
const PATH_BYTES_MAX = 103;

export class DataLock {
  readonly #server: Server;
  readonly #address: Address;

  private constructor(server: Server, address: Address) {
    this.#server = server;
    this.#address = address;
  }

  /**
   * Takes a directory, which must exist.
   *
   * @throws {DataHeldError} if a living process has it
   */
  static async take(directory: string): Promise<DataLock> {
    const address = new Address(directory);
    try {
      const holder = await ask(address.path);
      if (holder !== 'nobody') throw new DataHeldError(directory, known(holder));
      await clearStale(directory, address);
      return new DataLock(await listen(directory, address), address);
    } catch (error) {
      address.close();
      throw error;
    }
  }

  /** Lets the directory go. */
  release(): Promise<void> {
    return new Promise((done) => {
      this.#server.close(() => {
        this.#address.close();
        done();
      });
    });
  }
}

/** Refuses if a living process holds the directory; takes nothing. */
export async function refuseIfHeld(directory: string): Promise<void> {
  const address = new Address(directory);
  try {
    const holder = await ask(address.path);
    if (holder !== 'nobody') throw new DataHeldError(directory, known(holder));
  } finally {
    address.close();
  }
}

/** Where the socket of a directory is. */
class Address {
  readonly path: string;
  /** The file's own path; empty where there is no file. */
  readonly file: string;
  #directory = -1;

  constructor(directory: string) {
    const real = realpathSync(directory);
    if (process.platform === 'win32') {
      const hash = createHash('sha256').update(real.toLowerCase()).digest('hex');
      this.path = `\\\\.\\pipe\\angelia-${hash}`;
      this.file = '';
      return;
    }
    this.file = join(real, NAME);
    this.path = this.file;
    if (Buffer.byteLength(this.file) <= PATH_BYTES_MAX) return;
    if (process.platform !== 'linux') {
      throw new Error(`${real} is too long for a local socket: at most ${PATH_BYTES_MAX} bytes`);
    }
    // Linux names an open directory in a few bytes.
    this.#directory = openSync(real, 'r');
    this.path = `/proc/self/fd/${this.#directory}/${NAME}`;
  }

  close(): void {
    if (this.#directory >= 0) closeSync(this.#directory);
    this.#directory = -1;
  }
}

/** What a socket's owner says; `nobody` if there is none. */
function ask(path: string): Promise<Holder | 'silent' | 'nobody'> {
  return new Promise((done, failed) => {
    let said = '';
    const socket = createConnection(path);
    const timer = setTimeout(() => end('silent'), ANSWER_MS);
    const end = (answer: Holder | 'silent' | 'nobody') => {
      clearTimeout(timer);
      socket.destroy();
      done(answer);
    };
    socket.setEncoding('utf8');
    socket.on('data', (text) => {
      said += text;
    });
    socket.on('end', () => end(parse(said)));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') end('nobody');
      else if (error.code === 'ECONNRESET') end('silent');
      else {
        clearTimeout(timer);
        failed(error);
      }
    });
  });
}

function parse(said: string): Holder | 'silent' {
  try {
    const { pid, startedAt } = JSON.parse(said) as Partial<Holder>;
    return typeof pid === 'number' && typeof startedAt === 'string' ? { pid, startedAt } : 'silent';
  } catch {
    return 'silent';
  }
}

function known(holder: Holder | 'silent' | 'nobody'): Holder | undefined {
  return typeof holder === 'string' ? undefined : holder;
}

/**
 * Removes a socket that nobody listens on. Another process may do the same and be faster: what was
 * taken away is asked once more, and put back if it turns out to be that one's.
 */
async function clearStale(directory: string, { file }: Address): Promise<void> {
  if (file === '') return;
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const short = Buffer.byteLength(aside) <= PATH_BYTES_MAX;
  const holder = short ? await ask(aside) : 'nobody';
  if (holder === 'nobody') {
    rmSync(aside, { force: true });
    return;
  }
  renameSync(aside, file);
  throw new DataHeldError(directory, known(holder));
}

function listen(directory: string, address: Address): Promise<Server> {
  const answer = JSON.stringify({ pid: process.pid, startedAt: STARTED_AT });
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(answer);
  });
  // It holds the directory, not the process.
  server.unref();
  return new Promise((done, failed) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      failed(error.code === 'EADDRINUSE' ? new DataHeldError(directory, undefined) : error);
    });
    server.listen(address.path, () => done(server));
  });
}
