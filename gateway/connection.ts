// Joins one socket to one engine: bytes in, bytes out, one timer. Knows no protocol.

import type { Socket } from 'node:net';
import type { Broker, LogLevel } from '#broker';
import type { Engine, EngineFactory, Wire } from './engine.ts';
import { gatewayLimits } from './limits.ts';
import { Output, type Transport } from './output.ts';

export class SocketConnection implements Wire, Transport {
  readonly output: Output;
  readonly peer: string;
  readonly #broker: Broker;
  readonly #socket: Socket;
  readonly #door: string;
  readonly #engine: Engine;
  readonly #closed: (connection: SocketConnection) => void;
  #wakeAtMs = Number.POSITIVE_INFINITY;
  #cancelWake: () => void = () => {};
  #ended = false;
  /** The engine's own constructor may already have ended the wire. */
  #ready = false;

  constructor(
    broker: Broker,
    socket: Socket,
    door: string,
    factory: EngineFactory,
    closed: (connection: SocketConnection) => void,
  ) {
    this.#broker = broker;
    this.#socket = socket;
    this.#door = door;
    this.#closed = closed;
    this.peer = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
    this.output = new Output(broker.turn, this);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#absorb(chunk));
    socket.on('drain', () => this.#drained());
    // What the peer sent before it half-closed still gets its answer.
    socket.on('end', () => broker.host.afterPoll(() => this.end()));
    socket.on('error', (error) => this.log('debug', 'socket error', { error: error.message }));
    socket.on('close', () => this.#gone());
    this.#engine = factory(this);
    this.#ready = true;
  }

  /** Asks the engine to say goodbye. */
  goodbye(): void {
    if (!this.#ended) this.#engine.goodbye();
  }

  /** Closes the socket without a word. */
  destroy(): void {
    this.#socket.destroy();
  }

  nowMs(): number {
    return this.#broker.host.transportTimeMs();
  }

  wakeAt(atMs: number): void {
    if (atMs >= this.#wakeAtMs) return;
    this.#cancelWake();
    this.#wakeAtMs = atMs;
    this.#cancelWake = this.#broker.host.timer(atMs - this.nowMs(), () => {
      this.#wakeAtMs = Number.POSITIVE_INFINITY;
      if (!this.#ended) this.#engine.tick(this.nowMs());
    });
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.resume();
    this.output.flush();
    this.#endSocket();
  }

  log(level: LogLevel, event: string, facts: Readonly<Record<string, unknown>> = {}): void {
    this.#broker.host.log(level, event, { door: this.#door, peer: this.peer, ...facts });
  }

  write(slabs: readonly Buffer[]): boolean {
    const socket = this.#socket;
    if (!socket.writable) return true;
    const [first] = slabs;
    if (slabs.length === 1 && first !== undefined) {
      socket.write(first);
    } else {
      socket.cork();
      for (const slab of slabs) socket.write(slab);
      socket.uncork();
    }
    const waiting = socket.writableLength;
    if (waiting === 0) {
      if (this.#ready && !this.#ended) this.#engine.writable();
      return true;
    }
    if (waiting > gatewayLimits.outputBytesMax) socket.pause();
    return false;
  }

  waitingBytes(): number {
    return this.#socket.writableLength;
  }

  #absorb(chunk: Buffer): void {
    if (this.#ended) return;
    const { turn } = this.#broker;
    turn.absorbing(true);
    this.#engine.absorb(chunk);
    turn.absorbing(false);
  }

  #drained(): void {
    this.#socket.resume();
    if (!this.#ended) this.#engine.writable();
  }

  /** Lets the last bytes leave, and does not wait for ever for a peer that never closes. */
  #endSocket(): void {
    this.#socket.end();
    this.#cancelWake();
    this.#cancelWake = this.#broker.host.timer(gatewayLimits.lingerMs, () => this.destroy());
  }

  #gone(): void {
    this.#ended = true;
    this.#cancelWake();
    this.#engine.closed();
    this.#closed(this);
  }
}
