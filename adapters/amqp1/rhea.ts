// What this adapter uses of rhea, with types of its own: rhea's do not name the inner parts, and its
// inner parts are what its traps are avoided with. Nothing else here imports rhea.
//
// The traps, and where they are avoided:
// - it decodes messages into plain numbers (a short comes out as an int) and loses the low digits of
//   longs above 2^53: messages pass it as bytes, and `message-decode.ts` reads them;
// - it frees settled deliveries in order, so one that stays open stalls a session after 2,048 more:
//   `incoming.ts` and `outbox.ts` keep their own, and rhea has none;
// - it writes two different outcomes of one tick as the first for both: `settlements.ts` writes them;
// - one sender without credit holds up all senders of its session, the 2,049th unconfirmed send
//   throws, and a transfer has no transactional state: `outbox.ts` writes them;
// - its targets and outcomes have no transactions: `delivery-state.ts`, `terminus.ts`;
// - it takes every delivery-count to begin at 0, and RabbitMQ's does not: `link.ts` sets it;
// - it forgets a link by its name, two ticks after its end: `link.ts` waits for that;
// - its PLAIN counts characters for bytes, and takes the mechanisms in the peer's order: `sasl.ts`;
// - its timers outlive its socket by a minute, and hold the process: `amqp-connection.ts` ends them;
// - it writes each frame to the socket by itself: `amqp-connection.ts` corks it.

import type { EventEmitter } from 'node:events';
import rhea from 'rhea';

/** A value with its AMQP type. */
export interface Typed {
  readonly type: { readonly name: string; readonly typecode: number };
  readonly value: unknown;
  descriptor?: Typed;
}

/** Reads values from bytes. */
export interface Reader {
  readonly buffer: Buffer;
  position: number;
  read(): Typed;
  read_typecode(): number;
  read_fixed_width(type: Typed['type']): unknown;
  read_array_items(count: number, type: Typed['type']): unknown[];
  remaining(): number;
}

/** Writes values into bytes. */
export interface Writer {
  write(value: Typed): void;
  toBuffer(): Buffer;
}

type Make<V> = (value: V) => Typed;

/** Makers of typed values, named by AMQP's types; `wrap_` picks the shortest encoding. */
export interface Types {
  readonly Reader: new (buffer: Buffer) => Reader;
  readonly Writer: new () => Writer;
  readonly Null: () => Typed;
  readonly True: () => Typed;
  readonly False: () => Typed;
  readonly Ubyte: Make<number>;
  readonly Byte: Make<number>;
  readonly Short: Make<number>;
  readonly Int: Make<number>;
  readonly Long: Make<Buffer>;
  readonly Ulong: Make<Buffer>;
  readonly Float: Make<number>;
  readonly Double: Make<number>;
  readonly CharUTF32: Make<number>;
  readonly Timestamp: Make<Buffer>;
  readonly Uuid: Make<Buffer>;
  readonly Vbin32: Make<Uint8Array>;
  readonly List0: () => Typed;
  readonly List32: Make<readonly Typed[]>;
  readonly Map32: Make<readonly Typed[]>;
  wrap_uint(value: number): Typed;
  wrap_ulong(value: number): Typed;
  wrap_string(value: string): Typed;
  wrap_symbol(value: string): Typed;
  wrap_binary(value: Uint8Array): Typed;
  described_nc(descriptor: Typed, value: Typed): Typed;
}

/** A condition and its words. [AMQP 2.8.14] */
export interface AmqpError {
  readonly condition?: string | undefined;
  readonly description?: string | undefined;
  readonly info?: Readonly<Record<string, unknown>> | undefined;
}

/** A frame that came, with the fields that are read of some. */
export interface Frame {
  readonly performative: {
    readonly first?: number;
    readonly last?: number;
    readonly settled?: boolean;
    readonly state?: Typed | null;
    readonly delivery_id?: number;
    readonly delivery_count?: number;
    readonly link_credit?: number;
    readonly available?: number;
    readonly more?: boolean;
    readonly aborted?: boolean;
    target?: Typed | null;
    sasl_server_mechanisms?: string | readonly string[];
    readonly code?: number;
    readonly additional_data?: Buffer;
  };
  readonly payload?: Buffer;
}

interface Link extends EventEmitter {
  readonly remote: { readonly attach?: { readonly initial_delivery_count?: number } };
  readonly connection: Connection;
  readonly error?: AmqpError;
  readonly local: { readonly handle: number; readonly attach: { target?: Typed } };
  readonly offered_capabilities?: string | readonly string[];
  credit: number;
  delivery_count: number;
  close(): void;
  detach(): void;
  on_attach(frame: Frame): void;
}

export interface Sender extends Link {
  /** The peer's target; null: it refuses the link. */
  readonly target?: { readonly address?: string } | null;
  readonly max_message_size?: number | Buffer;
}

export interface Receiver extends Link {
  readonly source?: object | null;
  readonly snd_settle_mode?: number;
  drain: boolean;
  flow(credit: number): void;
  drain_credit(): void;
  on_flow(frame: Frame): void;
  /** Ours: who takes what comes. */
  deliveries?: { arrived(id: number, message: Buffer, settled: boolean): void };
  /** Ours: a delivery of which not all frames have come. */
  begun?: { readonly id: number; settled: boolean; readonly parts: Buffer[] } | undefined;
}

export interface Session extends EventEmitter {
  readonly error?: AmqpError;
  readonly connection: Connection;
  readonly local: { readonly channel: number; readonly handles: Readonly<Record<number, unknown>> };
  readonly remote: { readonly begin?: { readonly handle_max?: number | null } };
  readonly outgoing: {
    next_transfer_id: number;
    readonly window: number;
    readonly remote_window?: number;
    readonly remote_next_transfer_id?: number;
    on_disposition(fields: Frame['performative']): void;
  };
  readonly incoming: {
    next_transfer_id: number;
    max_transfer_id: number;
    readonly window: number;
    on_transfer(frame: Frame, receiver: Receiver): void;
  };
  open(): void;
  close(): void;
  open_sender(options: object): Sender;
  open_receiver(options: object): Receiver;
  output(performative: Typed): void;
  _process(): void;
}

export interface Connection extends EventEmitter {
  readonly socket: {
    readonly connecting: boolean;
    cork(): void;
    uncork(): void;
    destroy(): void;
    write(bytes: Uint8Array): unknown;
  };
  readonly local: { readonly open: Record<string, unknown> };
  readonly remote: { readonly close?: { readonly error?: AmqpError } };
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly offered_capabilities?: string | readonly string[];
  readonly max_frame_size?: number;
  /** The highest number of a session that the peer takes. */
  readonly channel_max?: number | null;
  readonly local_channel_map: Record<number, unknown>;
  readonly sasl_transport?: {
    readonly transport: { readonly read_complete: boolean };
    readonly mechanism?: { believes?(last: unknown): boolean };
    on_sasl_mechanisms(frame: Frame): void;
    on_sasl_outcome(frame: Frame): void;
  };
  sasl_failed(text: string, condition: string): void;
  connect(): void;
  close(): void;
  create_session(): Session;
  input(bytes: Buffer): void;
  socket_ready: boolean;
  _disconnected(): void;
  _write_open(): void;
  _register(): void;
  _process(): void;
}

interface Rhea {
  readonly types: Types;
  create_container(options: { readonly id: string }): {
    on(event: 'error', listener: (error: Error) => void): void;
    create_connection(options: object): Connection;
  };
}

const library = rhea as unknown as Rhea;

/** Of AMQP. */
const CHANNEL_MAX = 65_535;
/** So many numbers are used in turn, while they last. */
const ROUND = 64;
/** Stands at a number that is not to be taken. */
const PASSED = {};

export const types: Types = library.types;

/** Makes a connection, not yet connecting, in a container of its own. */
export function newConnection(id: string, options: object): Connection {
  const container = library.create_container({ id });
  // What has no other listener would be thrown from inside of a socket's event.
  container.on('error', () => {});
  return container.create_connection({ ...options, container_id: id });
}

/**
 * Makes a session with another number than the one that was free last: RabbitMQ, which has said that a
 * session has ended, may for a moment take its number for that one still. rhea takes the lowest.
 *
 * @param last - the number of the one before
 * @param max - the highest number that the peer takes
 * @returns undefined if the peer takes no more
 */
export function nextSession(
  connection: Connection,
  last: number,
  max: number = CHANNEL_MAX,
): Session | undefined {
  const { local_channel_map: used } = connection;
  const round = Math.min(max, ROUND - 1);
  let number = last;
  for (let tries = 0; tries <= round; tries++) {
    number = number < round ? number + 1 : 0;
    if (used[number] === undefined) break;
  }
  while (used[number] !== undefined) number++;
  if (number > max) return undefined;
  const passed: number[] = [];
  for (let lower = 0; lower < number; lower++) {
    if (used[lower] !== undefined) continue;
    used[lower] = PASSED;
    passed.push(lower);
  }
  const session = connection.create_session();
  for (const lower of passed) delete used[lower];
  return session;
}
