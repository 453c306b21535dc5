// The broker's doors to the world: clocks, scheduling, randomness and the log. Nothing else in
// `broker/` reads a clock, a random number or a `node:*` module (but `node-files.ts`, which is the
// real side of the door for files), so that a simulator can run the whole core from one seed.

import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Files } from './files.ts';
import { nodeFiles } from './node-files.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Writes one line of structured log: an event in words, and its facts. */
export type Log = (
  level: LogLevel,
  event: string,
  facts?: Readonly<Record<string, unknown>>,
) => void;

/**
 * Everything the core takes from outside.
 *
 * Two clocks, never mixed: *message time* (epoch ms, may be virtual and then stands still between
 * advances) decides TTL and everything else that is said of a message; *transport time* (monotonic
 * ms) decides heart-beats and idle time-outs.
 */
export interface Host {
  /** Message time: milliseconds since the epoch. */
  messageTimeMs(): number;
  /**
   * Message time less the time that clients live in: added to a point in time that a client said, as
   * it arrives. 0 unless message time is virtual.
   */
  arrivalShiftMs(): number;
  /** Transport time: monotonic milliseconds from an arbitrary zero. */
  transportTimeMs(): number;
  /** Runs `work` once, after all readable sockets of this event-loop iteration were absorbed. */
  afterPoll(work: () => void): void;
  /** Runs `work` once, when the running script has returned. */
  afterScript(work: () => void): void;
  /** Calls `work` after `delayMs` of transport time (at most 2^31-1); the result cancels it. */
  timer(delayMs: number, work: () => void): () => void;
  /** Calls `work` when message time reaches `atMs`; the result cancels it. */
  messageAlarm(atMs: number, work: () => void): () => void;
  /** Returns `count` random bytes in lower-case hexadecimal. */
  randomHex(count: number): string;
  /** CRC-32 of bytes, going on from `seed`. In plain JavaScript it would cost 1.4-3 us per KiB. */
  crc32(bytes: Uint8Array, seed: number): number;
  readonly files: Files;
  readonly log: Log;
}

const TIMER_MS_MAX = 2 ** 31 - 1;

/** Builds the real host of a process. `log` defaults to silence. */
export function nodeHost(log: Log = () => {}): Host {
  return {
    messageTimeMs: Date.now,
    arrivalShiftMs: () => 0,
    transportTimeMs: () => performance.now(),
    afterPoll: (work) => {
      setImmediate(work);
    },
    afterScript: queueMicrotask,
    timer: (delayMs, work) => {
      const timer = setTimeout(work, Math.min(Math.max(0, Math.ceil(delayMs)), TIMER_MS_MAX));
      timer.unref();
      return () => clearTimeout(timer);
    },
    messageAlarm: (atMs, work) => {
      const alarm = setTimeout(work, Math.min(Math.max(0, atMs - Date.now()), TIMER_MS_MAX));
      alarm.unref();
      return () => clearTimeout(alarm);
    },
    randomHex: (count) => randomBytes(count).toString('hex'),
    crc32,
    files: nodeFiles,
    log,
  };
}
