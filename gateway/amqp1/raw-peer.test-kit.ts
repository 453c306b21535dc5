// A client for tests that speaks in raw frames: it says what a test tells it to, right or wrong, and
// shows every frame that comes back. It runs an engine over a wire in memory, on a host that stands
// still, so that nothing waits and nothing is left to luck. It has no rules of its own.

import type { Broker, LogLevel, ManualHost } from '#broker';
import type { Subject } from '../auth.ts';
import type { Engine, EngineFactory, Wire } from '../engine.ts';
import { Output, type Transport } from '../output.ts';
import type { DeliveryState } from './delivery-state.ts';
import { DispositionFields, readDisposition } from './disposition.ts';
import { Encoder, encodeValue } from './encoder.ts';
import { FlowFields, readFlow } from './flow.ts';
import { Framer, type FrameSink, protocolHeader, sealFrame } from './frame.ts';
import {
  type Attach,
  type Begin,
  DISPOSITION,
  type Draft,
  encodeFrame,
  FLOW,
  type Open,
  type Performative,
  performativeCode,
  readPerformative,
  type SaslPerformative,
  TRANSFER,
} from './performatives.ts';
import { keepSaid } from './said.test-kit.ts';
import { readTransfer, TransferFields } from './transfer.ts';
import { described, FALSE, NULL, symbol, TRUE, uint, type Value } from './types.ts';

/** A frame that came, in plain fields. */
export type Came =
  | { readonly kind: 'header'; readonly protocol: number }
  | { readonly kind: 'empty' }
  | (Performative & { readonly channel: number })
  | (SaslPerformative & { readonly channel: number })
  | ({ readonly kind: 'flow'; readonly channel: number } & FlowFields)
  | ({ readonly kind: 'disposition'; readonly channel: number } & DispositionFields)
  | ({
      readonly kind: 'transfer';
      readonly channel: number;
      readonly tag: Buffer | undefined;
      readonly payload: Buffer;
    } & Omit<TransferFields, 'tagStart' | 'tagEnd'>);

export type Kind = Came['kind'];
export type CameOf<K extends Kind> = Extract<Came, { readonly kind: K }>;

export class RawPeer implements Wire, Transport, FrameSink {
  readonly output: Output;
  readonly peer: string;
  readonly subject: Subject | undefined;
  readonly engine: Engine;
  /** What was logged of this connection. */
  readonly lines: { level: LogLevel; event: string; facts: Readonly<Record<string, unknown>> }[] =
    [];
  /** The engine closed the wire. */
  ended = false;
  /** The peer reads nothing: what is written waits. */
  stuck = false;
  readonly #host: ManualHost;
  readonly #broker: Broker;
  readonly #framer: Framer;
  #waiting: Buffer[] = [];
  #came: Came[] = [];

  constructor(
    host: ManualHost,
    broker: Broker,
    factory: EngineFactory,
    name = '127.0.0.1:1',
    subject?: Subject,
  ) {
    this.subject = subject;
    this.#host = host;
    this.#broker = broker;
    this.peer = name;
    this.output = new Output(broker.turn, this);
    this.#framer = new Framer(this, 0x7fff_ffff);
    this.engine = factory(this);
  }

  /** Sends bytes in one chunk, and lets the turn end. */
  say(...bytes: readonly Buffer[]): this {
    this.sayQuietly(...bytes);
    this.#host.settle();
    return this;
  }

  /** Sends bytes in one chunk, and does not let the turn end. */
  sayQuietly(...bytes: readonly Buffer[]): void {
    // The chunk is scribbled over afterwards, as a socket's read buffer would be.
    const chunk = Buffer.concat(bytes);
    keepSaid(this.#broker, this, chunk);
    this.#broker.turn.absorbing(true);
    if (!this.ended) this.engine.absorb(chunk);
    this.#broker.turn.absorbing(false);
    this.#host.afterPoll(() => chunk.fill(0xee));
  }

  /** All that came since the last call. */
  hear(): Came[] {
    const came = this.#came;
    this.#came = [];
    return came;
  }

  /** Of all that came since the last call, the frames of one kind. */
  hearOnly<K extends Kind>(kind: K): CameOf<K>[] {
    return this.hear().filter((frame): frame is CameOf<K> => frame.kind === kind);
  }

  /** One fact of all that was logged. */
  logged(fact: string): unknown[] {
    return this.lines.map(({ facts }) => facts[fact]);
  }

  /** The peer reads again. */
  unstick(): void {
    this.stuck = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const bytes of waiting) this.#framer.absorb(bytes);
    this.engine.writable();
    this.#host.settle();
  }

  /** The socket is gone, with or without a word before. */
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

  pause(): void {}

  resume(): void {
    this.#host.afterPoll(() => this.sayQuietly());
  }

  end(): void {
    this.output.flush();
    this.ended = true;
  }

  log(level: LogLevel, event: string, facts: Readonly<Record<string, unknown>> = {}): void {
    this.lines.push({ level, event, facts });
  }

  write(slabs: readonly Buffer[]): boolean {
    for (const slab of slabs) {
      if (this.stuck) this.#waiting.push(Buffer.from(slab));
      else this.#framer.absorb(Buffer.from(slab));
    }
    if (!this.stuck && !this.ended) this.engine.writable();
    return true;
  }

  waitingBytes(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, 0);
  }

  onProtocolHeader(protocol: number): void {
    this.#came.push({ kind: 'header', protocol });
  }

  onFrame(_type: number, channel: number, buffer: Buffer, start: number, end: number): void {
    this.#came.push(understand(channel, buffer, start, end));
    const last = this.#came.at(-1);
    if (last?.kind === 'sasl-outcome') this.#framer.expectProtocolHeader();
  }
}

function understand(channel: number, buffer: Buffer, start: number, end: number): Came {
  if (start === end) return { kind: 'empty' };
  switch (performativeCode(buffer, start, end)) {
    case TRANSFER: {
      const fields = new TransferFields();
      const payload = readTransfer(buffer, start, end, fields);
      const { tagStart, tagEnd, ...rest } = fields;
      return {
        kind: 'transfer',
        channel,
        tag: tagStart < 0 ? undefined : Buffer.from(buffer.subarray(tagStart, tagEnd)),
        payload: Buffer.from(buffer.subarray(payload, end)),
        ...rest,
      };
    }
    case FLOW: {
      const fields = new FlowFields();
      readFlow(buffer, start, end, fields);
      return { kind: 'flow', channel, ...fields };
    }
    case DISPOSITION: {
      const fields = new DispositionFields();
      readDisposition(buffer, start, end, fields);
      return { kind: 'disposition', channel, ...fields };
    }
    default:
      return { channel, ...readPerformative(buffer, start, end) };
  }
}

/** Writes a frame with any descriptor, fields and payload: also what no codec would write. */
export function rawFrame(
  channel: number,
  code: number,
  fields: readonly Value[],
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const encoder = new Encoder();
  encoder.raw(Buffer.from([0, 0, 0, 0, 2, 0, channel >>> 8, channel & 0xff]));
  encoder.write(described(code, { type: 'list', value: fields }));
  encoder.raw(payload);
  const frame = Buffer.from(encoder.bytes());
  sealFrame(frame, 0, frame.length);
  return frame;
}

export const HEADER: Buffer = protocolHeader(0);
export const SASL_HEADER: Buffer = protocolHeader(3);

export function open(fields: Partial<Draft<Open>> = {}): Buffer {
  return encodeFrame(0, { kind: 'open', containerId: 'raw', ...fields });
}

export function begin(channel = 0, fields: Partial<Draft<Begin>> = {}): Buffer {
  return encodeFrame(channel, {
    kind: 'begin',
    nextOutgoingId: 0,
    incomingWindow: 0x7fff_ffff,
    outgoingWindow: 0x7fff_ffff,
    ...fields,
  });
}

/** The attach of a sender, handle 0 on channel 0, to the queue `q`. */
export function sender(fields: Partial<Draft<Attach>> = {}, channel = 0): Buffer {
  return encodeFrame(channel, {
    kind: 'attach',
    name: 'sender',
    handle: 0,
    role: 'sender',
    source: source('here'),
    target: target('q'),
    initialDeliveryCount: 0,
    ...fields,
  } as Draft<Attach>);
}

/** The attach of a receiver, handle 1 on channel 0, from the queue `q`. */
export function receiver(fields: Partial<Draft<Attach>> = {}, channel = 0): Buffer {
  return encodeFrame(channel, {
    kind: 'attach',
    name: 'receiver',
    handle: 1,
    role: 'receiver',
    source: source('q'),
    target: target('here'),
    ...fields,
  } as Draft<Attach>);
}

export function source(
  address: string,
  fields: Partial<NonNullable<Draft<Attach>['source']>> = {},
): NonNullable<Draft<Attach>['source']> {
  return { kind: 'source', address, ...fields };
}

export function target(
  address: string,
  ...capabilities: readonly string[]
): NonNullable<Draft<Attach>['target']> {
  return { kind: 'target', address, capabilities };
}

export function detach(handle: number, closed = true, channel = 0): Buffer {
  return encodeFrame(channel, { kind: 'detach', handle, closed });
}

export function end(channel = 0): Buffer {
  return encodeFrame(channel, { kind: 'end' });
}

export function close(): Buffer {
  return encodeFrame(0, { kind: 'close' });
}

interface FlowSaid {
  readonly nextIncomingId?: number;
  readonly incomingWindow?: number;
  readonly nextOutgoingId?: number;
  readonly handle?: number;
  readonly deliveryCount?: number;
  readonly credit?: number;
  readonly drain?: boolean;
  readonly echo?: boolean;
}

export function flow(said: FlowSaid, channel = 0): Buffer {
  const maybe = (value: number | undefined): Value => (value === undefined ? NULL : uint(value));
  return rawFrame(channel, FLOW, [
    maybe(said.nextIncomingId),
    uint(said.incomingWindow ?? 0x7fff_ffff),
    uint(said.nextOutgoingId ?? 0),
    uint(0x7fff_ffff),
    maybe(said.handle),
    maybe(said.deliveryCount),
    maybe(said.credit),
    NULL,
    said.drain === true ? TRUE : FALSE,
    said.echo === true ? TRUE : FALSE,
  ]);
}

/** Grants credit to the receiver on handle 1. */
export function credit(count: number, said: FlowSaid = {}, channel = 0): Buffer {
  return flow({ handle: 1, deliveryCount: 0, credit: count, nextIncomingId: 0, ...said }, channel);
}

interface TransferSaid {
  readonly handle?: number;
  readonly tag?: Buffer | null;
  readonly format?: number;
  readonly settled?: boolean;
  readonly more?: boolean;
  readonly aborted?: boolean;
  readonly resume?: boolean;
  readonly batchable?: boolean;
  readonly rcvSettleMode?: number;
  readonly state?: Value;
}

/** A transfer on handle 0; `id` undefined for a continuation. */
export function transfer(
  id: number | undefined,
  payload: Buffer,
  said: TransferSaid = {},
  channel = 0,
): Buffer {
  const tag = said.tag === undefined ? Buffer.from('t') : said.tag;
  const first = id !== undefined;
  return rawFrame(
    channel,
    TRANSFER,
    [
      uint(said.handle ?? 0),
      first ? uint(id) : NULL,
      first && tag !== null ? { type: 'binary', value: tag } : NULL,
      first ? uint(said.format ?? 0) : NULL,
      said.settled === undefined ? NULL : said.settled ? TRUE : FALSE,
      said.more === true ? TRUE : FALSE,
      said.rcvSettleMode === undefined ? NULL : { type: 'ubyte', value: said.rcvSettleMode },
      said.state ?? NULL,
      said.resume === true ? TRUE : NULL,
      said.aborted === true ? TRUE : NULL,
      said.batchable === true ? TRUE : NULL,
    ],
    payload,
  );
}

/** What a receiver, or a sender, says of deliveries. */
export function settle(
  first: number,
  last: number,
  state: DeliveryState['kind'] | Value | undefined,
  settled = true,
  channel = 0,
  role: 'receiver' | 'sender' = 'receiver',
): Buffer {
  const codes: Readonly<Record<string, number>> = {
    accepted: 0x24,
    rejected: 0x25,
    released: 0x26,
    modified: 0x27,
  };
  const value =
    typeof state === 'string'
      ? described(codes[state] ?? 0, { type: 'list', value: [] })
      : (state ?? NULL);
  return rawFrame(channel, DISPOSITION, [
    role === 'receiver' ? TRUE : FALSE,
    uint(first),
    uint(last),
    settled ? TRUE : FALSE,
    value,
  ]);
}

/** A message with a text body; `durable` and `ttl` in its header. */
export function message(text: string, header: { durable?: boolean; ttl?: number } = {}): Buffer {
  const encoder = new Encoder();
  if (header.durable !== undefined || header.ttl !== undefined) {
    const ttl: Value = header.ttl === undefined ? NULL : uint(header.ttl);
    const durable = header.durable === true ? TRUE : FALSE;
    encoder.write(described(0x70, { type: 'list', value: [durable, NULL, ttl] }));
  }
  encoder.write(described(0x77, { type: 'string', value: text }));
  return Buffer.from(encoder.bytes());
}

/** A message with properties: its `to`, and the kind of that in an annotation. */
export function messageTo(to: string | undefined, kind: number | undefined, text: string): Buffer {
  const encoder = new Encoder();
  if (kind !== undefined) {
    const pairs: [Value, Value][] = [[symbol('x-opt-jms-dest'), { type: 'byte', value: kind }]];
    encoder.write(described(0x72, { type: 'map', value: pairs }));
  }
  if (to !== undefined) {
    encoder.write(
      described(0x73, { type: 'list', value: [NULL, NULL, { type: 'string', value: to }] }),
    );
  }
  encoder.write(described(0x77, { type: 'string', value: text }));
  return Buffer.from(encoder.bytes());
}

/** The state of what belongs to a transaction. */
export function inTransaction(txnId: Buffer, outcome?: Value): Value {
  const id: Value = { type: 'binary', value: txnId };
  return described(0x34, { type: 'list', value: outcome === undefined ? [id] : [id, outcome] });
}

/** A message with application properties, and with fields of its own properties. */
export function messageWith(
  properties: Readonly<Record<string, Value>>,
  text: string,
  own: readonly Value[] = [],
): Buffer {
  const pairs = Object.entries(properties).map(([key, value]): [Value, Value] => [
    { type: 'string', value: key },
    value,
  ]);
  const sections = [encodeValue(described(0x74, { type: 'map', value: pairs })), message(text)];
  if (own.length > 0) sections.unshift(encodeValue(described(0x73, { type: 'list', value: own })));
  return Buffer.concat(sections);
}

/** The text of a message that {@link message} made. */
export function textOf(payload: Buffer): string {
  return payload.toString('utf8', payload.lastIndexOf(0xa1) + 2);
}
