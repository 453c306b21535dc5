// A host that stands still: clocks move when told, turns end when told, random numbers come from a
// counter. It makes a test of the core, or of an engine, run without waiting, the same each time.

import { type Host, type LogLevel, nodeHost } from './host.ts';
import { SimulatedFiles } from './journal/simulated-files.ts';

export interface LogLine {
  readonly level: LogLevel;
  readonly event: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export class ManualHost implements Host {
  /** All that was logged. */
  readonly lines: LogLine[] = [];
  /** What a disk answers is work for {@link settle}. */
  readonly files: SimulatedFiles;
  readonly crc32: Host['crc32'] = nodeHost().crc32;
  /** What {@link arrivalShiftMs} answers. */
  shiftMs = 0;
  #messageTimeMs = 1_000_000;
  #transportTimeMs = 0;
  #work: (() => void)[] = [];
  #timers: { readonly atMs: number; readonly work: () => void }[] = [];
  #random: number;

  /** @param files - those of an earlier host, for a restart */
  constructor(files: SimulatedFiles = new SimulatedFiles()) {
    this.files = files;
    files.schedule = (work) => this.afterPoll(work);
    this.#random = files.lives++ * 2 ** 16;
  }

  messageTimeMs(): number {
    return this.#messageTimeMs;
  }

  arrivalShiftMs(): number {
    return this.shiftMs;
  }

  transportTimeMs(): number {
    return this.#transportTimeMs;
  }

  afterPoll(work: () => void): void {
    this.#work.push(work);
  }

  afterScript(work: () => void): void {
    this.#work.push(work);
  }

  timer(delayMs: number, work: () => void): () => void {
    const timer = { atMs: this.#transportTimeMs + delayMs, work };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  messageAlarm(atMs: number, work: () => void): () => void {
    return this.timer(atMs - this.#messageTimeMs, work);
  }

  randomHex(count: number): string {
    this.#random++;
    return this.#random.toString(16).padStart(count * 2, '0');
  }

  log(level: LogLevel, event: string, facts: Readonly<Record<string, unknown>> = {}): void {
    this.lines.push({ level, event, facts });
  }

  /** Does all scheduled work, and what that schedules, until nothing is left. */
  settle(): void {
    while (this.#work.length > 0) {
      const work = this.#work;
      this.#work = [];
      for (const one of work) one();
    }
  }

  /** Moves both clocks, firing timers in order on the way. */
  advance(ms: number): void {
    const endMs = this.#transportTimeMs + ms;
    for (;;) {
      const due = this.#timers
        .filter((timer) => timer.atMs <= endMs)
        .sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#moveTo(Math.max(due.atMs, this.#transportTimeMs));
      due.work();
      this.settle();
    }
    this.#moveTo(endMs);
    this.settle();
  }

  #moveTo(transportTimeMs: number): void {
    this.#messageTimeMs += transportTimeMs - this.#transportTimeMs;
    this.#transportTimeMs = transportTimeMs;
  }
}
