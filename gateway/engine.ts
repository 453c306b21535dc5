// The border between a protocol and its socket. An engine takes bytes and time in and puts bytes
// out: it owns no socket, no timer and no clock, so that a test can run one without waiting.

import type { LogLevel } from '#broker';
import type { Subject } from './auth.ts';
import type { Output } from './output.ts';

/** One side of one protocol's conversation. All calls come from the connection that owns it. */
export interface Engine {
  /**
   * Eats the whole chunk. The chunk may be overwritten when the turn ends: a message that stays
   * longer is made `borrowed`, anything else is copied. Never throws for what a peer sent.
   */
  absorb(chunk: Buffer): void;
  /** The peer has read all that was written: suspended consumers may go on. */
  writable(): void;
  /** A time that was asked for with {@link Wire.wakeAt} has come. `nowMs` is transport time. */
  tick(nowMs: number): void;
  /**
   * The server is closing: say goodbye in the protocol's own way and end the wire.
   *
   * @param failure - it does not close in order, and why
   */
  goodbye(failure?: string): void;
  /** The socket is gone, or was ended by us: release everything. Called once, last. */
  closed(): void;
}

/** What an engine has of its socket. */
export interface Wire {
  readonly output: Output;
  /** Where the peer is, for people: `127.0.0.1:40123`. */
  readonly peer: string;
  /** Whom the peer's certificate is of, if it showed one that our authority has signed. */
  readonly subject?: Subject | undefined;
  /** Transport time, ms. */
  nowMs(): number;
  /** Asks for a {@link Engine.tick} at a transport time; an earlier request stays. */
  wakeAt(atMs: number): void;
  /** Reads nothing more from the peer, until {@link resume}: it has to wait. */
  pause(): void;
  /** Reads again: the engine absorbs an empty chunk first, for what it had put off. */
  resume(): void;
  /** Writes what is in the output, then closes the socket. Nothing is absorbed any more. */
  end(): void;
  /** Logs one event with where it happened. */
  log(level: LogLevel, event: string, facts?: Readonly<Record<string, unknown>>): void;
}

/** Makes the engine of a new connection. */
export type EngineFactory = (wire: Wire) => Engine;
