// A broker, a well-behaved neighbour, and peers that play harmed streams beside it. Whatever a stream
// holds: nothing is thrown, what is answered are whole frames, memory stays bounded, it is over in
// time, nothing is left of its connections, and the neighbour is served.

import { Broker, ManualHost } from '#broker';
import type { EngineFactory } from '#gateway';
import type { Dice } from './dice.ts';
import { MemoryWire } from './memory-wire.ts';
import type { Stream } from './recording.ts';

/** A client that does what a client should, on a queue of its own. */
export interface Neighbour {
  /** @throws {Error} if it was not served */
  exchange(text: string): void;
  /** Says that it is alive. */
  beat(): void;
}

/** What is played. */
export interface Protocol {
  readonly name: 'amqp' | 'stomp';
  factory(broker: Broker, dice: Dice): EngineFactory;
  enter(wire: MemoryWire): Neighbour;
  /** @throws {Error} if it is not what a server says */
  checkAnswer(heard: Buffer): void;
}

/** Streams that one broker sees, one after the other: what one leaves behind, the next meets. */
export const STREAMS_PER_BROKER = 50;
const BEAT_MS = 20_000;
/** Of the processor: how long it takes by the clock, others decide. */
const STREAM_MS_MAX = 1000;
const RSS_EVERY = 10;
const RSS_GROWTH_MAX: number = 384 * 1024 * 1024;

export class Playground {
  readonly #protocol: Protocol;
  readonly #host: ManualHost = new ManualHost();
  readonly #broker: Broker;
  readonly #factory: EngineFactory;
  readonly #neighbour: Neighbour;
  #played = 0;
  #rss: number = process.memoryUsage.rss();

  constructor(protocol: Protocol, dice: Dice) {
    this.#protocol = protocol;
    // Some brokers are soon full: what a stream is refused then must harm it alone as well.
    const small = dice.roll(4) === 0;
    this.#broker = new Broker(this.#host, {
      limits: { storedBytesMax: 64 * 1024 * 1024 },
      ...(small && { settings: { '*': { messagesMax: 2, whenFull: 'block' } } }),
    });
    this.#factory = protocol.factory(this.#broker, dice);
    this.#neighbour = protocol.enter(this.#dial());
  }

  /** @throws {Error} with what is wrong */
  play(stream: Stream, dice: Dice): void {
    const startedAt = process.cpuUsage();
    const wires = new Map<number, MemoryWire>();
    const stuck = dice.roll(10) === 0;
    let unsaid: { wire: MemoryWire; parts: Buffer[] } | undefined;
    const say = (): void => {
      if (unsaid === undefined) return;
      this.#say(unsaid.wire, Buffer.concat(unsaid.parts), dice);
      unsaid = undefined;
    };
    for (const { connection, bytes } of stream) {
      let wire = wires.get(connection);
      if (wire === undefined) {
        say();
        wire = this.#dial();
        wire.stuck = stuck;
        wires.set(connection, wire);
      }
      if (unsaid?.wire !== wire) say();
      unsaid ??= { wire, parts: [] };
      unsaid.parts.push(bytes);
      if (dice.roll(3) > 0) say();
    }
    say();
    this.#leave([...wires.values()], dice);
    this.#neighbour.exchange(`${++this.#played}`);
    this.#checkGone();
    this.#host.lines.length = 0;
    const { user, system } = process.cpuUsage(startedAt);
    const ms = (user + system) / 1000;
    if (ms > STREAM_MS_MAX) throw new Error(`it took ${Math.round(ms)} ms of the processor`);
    // To ask costs as much as to play a short stream.
    if (this.#played % RSS_EVERY !== 0) return;
    const rss = process.memoryUsage.rss();
    const grown = rss - this.#rss;
    if (grown > RSS_GROWTH_MAX) throw new Error(`it took ${grown} bytes of memory`);
    this.#rss = rss;
  }

  #dial(): MemoryWire {
    return new MemoryWire(this.#broker, this.#host, this.#factory);
  }

  /** In one chunk or cut anywhere; now and then time goes by. */
  #say(wire: MemoryWire, bytes: Buffer, dice: Dice): void {
    const whole = dice.roll(3) > 0;
    for (let at = 0; at < bytes.length && !wire.ended; ) {
      const end = whole ? bytes.length : at + 1 + dice.roll(64);
      wire.say(bytes.subarray(at, end));
      at = end;
    }
    const moment = dice.roll(60);
    if (moment === 0) this.#pass(dice.pick([1, 20, 2000, 40_000, 70_000]));
    if (moment === 1 && wire.stuck) wire.unstick();
  }

  /** Lets time go by, in which a peer that is silent is given up and the neighbour is not. */
  #pass(ms: number): void {
    for (let left = ms; left > 0; left -= BEAT_MS) {
      this.#host.advance(Math.min(left, BEAT_MS));
      this.#neighbour.beat();
    }
  }

  #leave(wires: readonly MemoryWire[], dice: Dice): void {
    if (dice.roll(3) === 0) this.#pass(20);
    for (const wire of wires) {
      if (wire.stuck && dice.roll(2) === 0) wire.unstick();
      if (dice.roll(8) === 0 && !wire.ended) wire.engine.goodbye();
      wire.output.flush();
      this.#protocol.checkAnswer(wire.hear());
      wire.cut();
    }
  }

  #checkGone(): void {
    const broker = this.#broker;
    let neighbours = 0;
    for (const { options } of broker.connections()) {
      // Only links that may come back have a connection of their own.
      if (!options.peer.startsWith('detached links')) neighbours++;
    }
    if (neighbours !== 1) throw new Error(`${neighbours - 1} connections are left`);
    if (this.#played % 10 !== 0) return;
    for (const { shared } of broker.queues()) {
      shared?.eachWaiting((message) => {
        message.view();
        return true;
      });
    }
  }
}
