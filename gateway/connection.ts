// Joins one peer to one engine: bytes in, bytes out, one timer. Knows no protocol, and no socket: what
// it needs of one is a Duplex, of which there are two, a socket and a WebSocket.

import type { Broker, LogLevel } from '#broker';
import type { Subject } from './auth.ts';
import type { Engine, EngineFactory, Wire } from './engine.ts';
import { gatewayLimits } from './limits.ts';
import { Output, type Transport } from './output.ts';

/** A way for bytes in both directions. */
export interface Duplex {
  /** Where the peer is, for people: `127.0.0.1:40123`. */
  readonly peer: string;
  /** Whom the peer's certificate is of, if it showed one that our authority has signed. */
  readonly subject: Subject | undefined;
  /** False when nothing that is written will arrive any more. */
  readonly writable: boolean;
  /** Tells the receiver what comes, from now on. */
  listen(receiver: DuplexReceiver): void;
  /** Writes all slabs in order. They may be used again once {@link waitingBytes} is 0. */
  write(slabs: readonly Buffer[]): void;
  /** Bytes that were written and are not on their way yet. */
  waitingBytes(): number;
  /** Reads nothing until {@link resume}. */
  pause(): void;
  resume(): void;
  /** Lets the last bytes leave, and closes. */
  end(): void;
  /** Closes without a word. */
  destroy(): void;
}

/** Who is told what a {@link Duplex} brings. */
export interface DuplexReceiver {
  absorb(chunk: Buffer): void;
  /** All that was written is on its way. */
  drained(): void;
  /** The peer says nothing more, and may still listen. */
  halfClosed(): void;
  failed(error: Error): void;
  /** Called once, last. */
  closed(): void;
}

/** What a connection belongs to. */
export interface ConnectionHome {
  readonly broker: Broker;
  /** What the door is called in logs. */
  readonly door: string;
  readonly gone: (connection: PeerConnection) => void;
}

const NOTHING: Buffer = Buffer.alloc(0);

export class PeerConnection implements Wire, Transport, DuplexReceiver {
  readonly output: Output;
  readonly peer: string;
  readonly subject: Subject | undefined;
  readonly #home: ConnectionHome;
  readonly #broker: Broker;
  readonly #duplex: Duplex;
  readonly #engine: Engine;
  #wakeAtMs = Number.POSITIVE_INFINITY;
  #cancelWake: () => void = () => {};
  /** The engine does not want to read. */
  #paused = false;
  /** The peer does not read, so neither do we. */
  #clogged = false;
  #ended = false;
  /** The engine's own constructor may already have ended the wire. */
  #ready = false;

  constructor(home: ConnectionHome, duplex: Duplex, factory: EngineFactory) {
    this.#home = home;
    this.#broker = home.broker;
    this.#duplex = duplex;
    this.peer = duplex.peer;
    this.subject = duplex.subject;
    this.output = new Output(home.broker.turn, this);
    duplex.listen(this);
    this.#engine = factory(this);
    this.#ready = true;
  }

  /** Asks the engine to say goodbye. */
  goodbye(failure?: string): void {
    if (!this.#ended) this.#engine.goodbye(failure);
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

  pause(): void {
    this.#paused = true;
    this.#duplex.pause();
  }

  resume(): void {
    this.#broker.host.afterPoll(() => {
      this.#paused = false;
      // What the engine put off comes before what is still in the socket.
      this.absorb(NOTHING);
      this.#readOn();
    });
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#duplex.resume();
    this.output.flush();
    this.#duplex.end();
    this.#cancelWake();
    // A peer that never closes is not waited for.
    this.#cancelWake = this.#broker.host.timer(gatewayLimits.lingerMs, () =>
      this.#duplex.destroy(),
    );
  }

  log(level: LogLevel, event: string, facts: Readonly<Record<string, unknown>> = {}): void {
    this.#broker.host.log(level, event, { door: this.#home.door, peer: this.peer, ...facts });
  }

  write(slabs: readonly Buffer[]): boolean {
    const duplex = this.#duplex;
    if (!duplex.writable) return true;
    duplex.write(slabs);
    const waiting = duplex.waitingBytes();
    if (waiting === 0) {
      if (this.#ready && !this.#ended) this.#engine.writable();
      return true;
    }
    if (waiting > gatewayLimits.outputBytesMax && !this.#clogged) {
      this.#clogged = true;
      duplex.pause();
    }
    return false;
  }

  waitingBytes(): number {
    return this.#duplex.waitingBytes();
  }

  absorb(chunk: Buffer): void {
    if (this.#ended) return;
    const { turn } = this.#broker;
    turn.absorbing(true);
    this.#engine.absorb(chunk);
    turn.absorbing(false);
  }

  drained(): void {
    this.#clogged = false;
    this.#readOn();
    if (!this.#ended) this.#engine.writable();
  }

  halfClosed(): void {
    // What the peer sent before it half-closed still gets its answer.
    this.#broker.host.afterPoll(() => this.end());
  }

  failed(error: Error): void {
    this.log('debug', 'socket error', { error: error.message });
  }

  closed(): void {
    this.#ended = true;
    this.#cancelWake();
    this.#engine.closed();
    this.#home.gone(this);
  }

  #readOn(): void {
    if (!this.#paused && !this.#clogged) this.#duplex.resume();
  }
}
