// A host whose clock stands still and whose turns end when told: what is measured is the core, not
// the event loop. Leaner than the broker's `ManualHost`, which keeps lists; this one keeps one slot
// for each kind of work, since the core never asks for more.

import { type Host, type Log, nodeHost } from '../../broker/index.ts';

export class StillHost implements Host {
  readonly log: Log = () => {};
  readonly files: Host['files'] = nodeHost().files;
  readonly crc32: Host['crc32'] = nodeHost().crc32;
  #nowMs = 1_000_000;
  #work: (() => void) | undefined;
  #later: (() => void) | undefined;
  #alarm: { readonly atMs: number; readonly work: () => void } | undefined;

  messageTimeMs(): number {
    return this.#nowMs;
  }

  arrivalShiftMs(): number {
    return 0;
  }

  transportTimeMs(): number {
    return this.#nowMs;
  }

  afterPoll(work: () => void): void {
    this.#later = work;
  }

  afterScript(work: () => void): void {
    this.#work = work;
  }

  timer(): () => void {
    throw new Error('the core asks for no timers of transport time');
  }

  messageAlarm(atMs: number, work: () => void): () => void {
    const alarm = { atMs, work };
    this.#alarm = alarm;
    return () => {
      if (this.#alarm === alarm) this.#alarm = undefined;
    };
  }

  randomHex(count: number): string {
    return '0'.repeat(count * 2);
  }

  /** Ends the turn, and those that it asked for. */
  endTurn(): void {
    for (let work = this.#take(); work !== undefined; work = this.#take()) work();
  }

  /** Moves the clock by a millisecond at a time; tells how long each alarm took, in ms. */
  advance(ms: number, tick: (tookMs: number) => void): void {
    const endMs = this.#nowMs + ms;
    while (this.#nowMs < endMs) {
      this.#nowMs++;
      for (let alarm = this.#due(); alarm !== undefined; alarm = this.#due()) {
        const start = performance.now();
        alarm.work();
        tick(performance.now() - start);
        this.endTurn();
      }
    }
  }

  #take(): (() => void) | undefined {
    const work = this.#work ?? this.#later;
    if (this.#work !== undefined) this.#work = undefined;
    else this.#later = undefined;
    return work;
  }

  #due(): { readonly work: () => void } | undefined {
    const alarm = this.#alarm;
    if (alarm === undefined || alarm.atMs > this.#nowMs) return undefined;
    this.#alarm = undefined;
    return alarm;
  }
}
