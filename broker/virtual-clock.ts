// A host whose message time stands still and moves only when it is told. Transport time stays real:
// heart-beats, idle time-outs and drain do not notice an advance.
//
//     real      ──────────────────────────────────────────►  transport time, sockets
//     virtual   ───● now        advance(60_000)        ●───   message time
//                   ╰── alarm ─ turns end ─ alarm ─ … ─╯      each due thing at its own time
//
// Invariant: what an alarm caused (turns, and the turns that those caused) has ended before time
// moves on. What a client answers to it does not belong to that.

import type { Host, Log } from './host.ts';

interface Alarm {
  readonly atMs: number;
  readonly work: () => void;
}

/** Wraps a host, whose message time is replaced. */
export class VirtualClock implements Host {
  readonly log: Log;
  readonly files: Host['files'];
  readonly crc32: Host['crc32'];
  readonly #host: Host;
  readonly #alarms: Set<Alarm> = new Set();
  #nowMs: number;
  /** Pieces of work that were scheduled and have not run. */
  #pending = 0;
  #whenQuiet: (() => void)[] = [];
  #advanced: Promise<number>;

  /** Starts at the message time of `host`. */
  constructor(host: Host) {
    this.#host = host;
    this.log = host.log;
    this.files = host.files;
    this.crc32 = host.crc32;
    this.#nowMs = Math.floor(host.messageTimeMs());
    this.#advanced = Promise.resolve(this.#nowMs);
  }

  messageTimeMs(): number {
    return this.#nowMs;
  }

  arrivalShiftMs(): number {
    return this.#nowMs - this.#host.messageTimeMs() + this.#host.arrivalShiftMs();
  }

  transportTimeMs(): number {
    return this.#host.transportTimeMs();
  }

  afterPoll(work: () => void): void {
    this.#host.afterPoll(this.#counted(work));
  }

  afterScript(work: () => void): void {
    this.#host.afterScript(this.#counted(work));
  }

  timer(delayMs: number, work: () => void): () => void {
    return this.#host.timer(delayMs, work);
  }

  messageAlarm(atMs: number, work: () => void): () => void {
    const alarm: Alarm = { atMs, work };
    this.#alarms.add(alarm);
    // What is due already needs no advance; nor does what was too much for one call.
    if (atMs <= this.#nowMs) this.afterPoll(() => this.#ring(alarm));
    return () => this.#alarms.delete(alarm);
  }

  randomHex(count: number): string {
    return this.#host.randomHex(count);
  }

  /**
   * Moves message time forward. What comes due on the way happens in order, each at its own time.
   *
   * @param ms - 0 lets what is due now happen
   * @returns the message time then, when all of it has happened. Calls wait for one another.
   */
  advance(ms: number): Promise<number> {
    this.#advanced = this.#advanced.then(() => this.#advance(this.#nowMs + ms));
    return this.#advanced;
  }

  async #advance(endMs: number): Promise<number> {
    await this.#quiet();
    for (;;) {
      const next = this.#earliest();
      if (next === undefined || next.atMs > endMs) break;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      // Not from here: what it throws must end the process, not this promise.
      this.afterPoll(() => this.#ring(next));
      await this.#quiet();
    }
    this.#nowMs = endMs;
    return endMs;
  }

  #earliest(): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of this.#alarms) {
      if (first === undefined || alarm.atMs < first.atMs) first = alarm;
    }
    return first;
  }

  /** Does an alarm's work, unless it was cancelled or done. */
  #ring(alarm: Alarm): void {
    if (this.#alarms.delete(alarm)) alarm.work();
  }

  /** Resolves when nothing that was scheduled is left, after one more poll at least. */
  #quiet(): Promise<void> {
    return new Promise((resolve) => {
      this.afterPoll(() => this.#whenQuiet.push(resolve));
    });
  }

  #counted(work: () => void): () => void {
    this.#pending++;
    return () => {
      try {
        work();
      } finally {
        // Also while sockets keep the broker busy this is 0 once in each iteration of the loop.
        if (--this.#pending === 0) {
          for (const resolve of this.#whenQuiet.splice(0)) resolve();
        }
      }
    };
  }
}
