// A connection made of memory: an engine on one side, on the other a peer that plays a stream, and
// reads or does not read what is answered.

import type { Broker, ManualHost } from '#broker';
import { type Engine, type EngineFactory, Output, type Transport, type Wire } from '#gateway';

/** What a peer may be answered to one stream; more is a flood. */
export const OUTPUT_BYTES_MAX: number = 16 * 1024 * 1024;

export class MemoryWire implements Wire, Transport {
  readonly peer = 'fuzz';
  readonly output: Output;
  readonly engine: Engine;
  /** What was answered since the last {@link hear}. */
  heard: Buffer[] = [];
  ended = false;
  /** The peer reads nothing. */
  stuck = false;
  paused = false;
  readonly #broker: Broker;
  readonly #host: ManualHost;
  #bytes = 0;
  #waiting = 0;

  constructor(broker: Broker, host: ManualHost, factory: EngineFactory) {
    this.#broker = broker;
    this.#host = host;
    this.output = new Output(broker.turn, this);
    this.engine = factory(this);
  }

  /** Says bytes in one chunk, which is scribbled over when the turn ends, as a socket would. */
  say(bytes: Buffer): void {
    if (this.ended || this.paused) return;
    const chunk = Buffer.from(bytes);
    this.#broker.turn.absorbing(true);
    this.engine.absorb(chunk);
    this.#broker.turn.absorbing(false);
    this.#host.settle();
    chunk.fill(0xee);
  }

  hear(): Buffer {
    const heard = Buffer.concat(this.heard);
    this.heard = [];
    return heard;
  }

  /** The peer reads again what waits. */
  unstick(): void {
    this.stuck = false;
    this.#waiting = 0;
    if (!this.ended) this.engine.writable();
    this.#host.settle();
  }

  cut(): void {
    this.ended = true;
    this.engine.closed();
    this.#host.settle();
  }

  nowMs(): number {
    return this.#host.transportTimeMs();
  }

  wakeAt(atMs: number): void {
    this.#host.timer(atMs - this.nowMs(), () => {
      if (!this.ended) this.engine.tick(this.nowMs());
    });
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.#host.afterPoll(() => this.say(Buffer.alloc(0)));
  }

  end(): void {
    this.output.flush();
    this.ended = true;
  }

  log(): void {}

  write(slabs: readonly Buffer[]): boolean {
    for (const slab of slabs) {
      this.#bytes += slab.length;
      if (this.stuck) this.#waiting += slab.length;
      this.heard.push(Buffer.from(slab));
    }
    if (this.#bytes > OUTPUT_BYTES_MAX) throw new Error(`${this.#bytes} bytes were answered`);
    if (!this.stuck && !this.ended) this.engine.writable();
    return true;
  }

  waitingBytes(): number {
    return this.#waiting;
  }
}
