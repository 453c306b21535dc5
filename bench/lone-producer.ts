/**
 * A lone producer that sends one persistent message and waits for its confirm, again and again; and in
 * turns with it the same bytes written and synced through node:fs alone, so that what disturbs the
 * machine disturbs both.
 *
 *     100 sends ─► 100 × O_DSYNC ─► 100 × write, fdatasync ─► 100 sends …
 *
 * O_DSYNC is one trip through the thread pool, write and fdatasync are two; where a system has no
 * O_DSYNC the first way is measured as the second.
 */

import { closeSync, constants, fdatasync, openSync, write, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Restartable } from './backlog.ts';
import { ConfirmedProducer } from './confirmed.ts';
import { cpuUs } from './usage.ts';
import type { Protocol } from './wire.ts';

export interface LoneOptions {
  readonly protocol: Protocol;
  readonly messages: number;
  readonly size: number;
  /** On the disk that the broker writes to. */
  readonly directory: string;
}

/** Times of one kind. */
export interface Times {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuUs: number | undefined;
}

export interface LoneFigures {
  readonly confirm: Times;
  readonly alone: { readonly O_DSYNC: Times; readonly 'write + fdatasync': Times };
  /** Of the broker, for one message. */
  readonly cpuUs: number | undefined;
  readonly writtenToPayload: number | undefined;
}

const ROUND = 100;
const WARM_UP = 300;
/** What the broker's log adds to a body: heads of batch, record and message, and the frame's own. */
const AROUND = 200;

/** Plays it against a broker that is started for it. */
export async function loneProducer(
  target: Restartable,
  { protocol, messages, size, directory }: LoneOptions,
): Promise<LoneFigures> {
  const running = await target.start();
  const direct = new LoneFile(join(directory, 'alone-1'), size + AROUND, true);
  const twice = new LoneFile(join(directory, 'alone-2'), size + AROUND, false);
  try {
    const door = running.doors(protocol, 'bench-lone').in;
    const producer = await ConfirmedProducer.open(protocol, door, size, 1);
    for (let sent = 0; sent < WARM_UP; sent++) await producer.send(1);
    const took: number[] = [];
    const bytesBefore = await running.writtenBytes?.();
    let cpu = 0;
    while (took.length < messages) {
      const before = cpuUs(running.pid) ?? 0;
      for (let sent = 0; sent < ROUND; sent++) {
        const begin = performance.now();
        await producer.send(1);
        took.push(performance.now() - begin);
      }
      cpu += (cpuUs(running.pid) ?? 0) - before;
      await direct.round(ROUND);
      await twice.round(ROUND);
    }
    const bytesAfter = await running.writtenBytes?.();
    producer.close();
    const known = bytesBefore !== undefined && bytesAfter !== undefined;
    const brokers = cpuUs(running.pid) === undefined ? undefined : cpu / took.length;
    return {
      confirm: timesOf(took, undefined),
      alone: { O_DSYNC: direct.times(), 'write + fdatasync': twice.times() },
      cpuUs: brokers,
      writtenToPayload: known ? (bytesAfter - bytesBefore) / (took.length * size) : undefined,
    };
  } finally {
    direct.close();
    twice.close();
    await running.stop();
  }
}

/** A file full of zeros, to which bytes are written in order. */
class LoneFile {
  readonly #descriptor: number;
  readonly #bytes: Buffer;
  readonly #direct: boolean;
  #at = 0;
  #cpu = 0;
  readonly #took: number[] = [];

  constructor(path: string, length: number, direct: boolean) {
    const zeros = Buffer.alloc(1024 * 1024);
    const plain = openSync(path, 'w');
    for (let made = 0; made < FILE_BYTES; made += zeros.length) writeSync(plain, zeros);
    closeSync(plain);
    // Windows and old systems know no such flag.
    this.#direct = direct && constants.O_DSYNC !== undefined;
    const flags = constants.O_WRONLY | (this.#direct ? constants.O_DSYNC : 0);
    this.#descriptor = openSync(path, flags);
    this.#bytes = Buffer.alloc(length, 'x');
  }

  async round(count: number): Promise<void> {
    const before = process.cpuUsage();
    for (let written = 0; written < count; written++) {
      const begin = performance.now();
      await this.#write();
      this.#took.push(performance.now() - begin);
    }
    const { user, system } = process.cpuUsage(before);
    this.#cpu += user + system;
  }

  times(): Times {
    return timesOf(this.#took, this.#cpu / this.#took.length);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #write(): Promise<void> {
    const at = this.#at;
    this.#at = (at + this.#bytes.length) % (FILE_BYTES - this.#bytes.length);
    return new Promise((resolve, reject) => {
      const done = (error: Error | null): void => (error === null ? resolve() : reject(error));
      write(this.#descriptor, this.#bytes, 0, this.#bytes.length, at, (error) => {
        if (error !== null || this.#direct) done(error);
        else fdatasync(this.#descriptor, done);
      });
    });
  }
}

const FILE_BYTES = 16 * 1024 * 1024;

function timesOf(took: readonly number[], cpu: number | undefined): Times {
  const sorted = [...took].sort((one, other) => one - other);
  const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? 0;
  return { p50Ms: at(0.5), p99Ms: at(0.99), cpuUs: cpu };
}
