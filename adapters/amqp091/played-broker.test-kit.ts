// A broker of AMQP 0-9-1 that tests play: queues in memory, prefetch, confirmations, and a log of what
// was said in which order. It does what RabbitMQ does as far as the tests look, and what RabbitMQ does
// rarely: it confirms late, returns, and closes channels when it is told to.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { ExecutionContext } from 'ava';
import * as Wire from './wire.test-kit.ts';

interface Stored {
  readonly key: string;
  readonly exchange: string;
  readonly frames: readonly Wire.Frame[];
}

interface Subscriber {
  readonly channel: number;
  readonly tag: string;
  readonly prefetch: number;
  unsettled: number;
}

interface Queue {
  readonly messages: Stored[];
  readonly subscribers: Subscriber[];
}

interface ChannelState {
  prefetch: number;
  delivered: number;
  published: number;
  /** By delivery tag. */
  readonly out: Map<number, { queue: Queue; stored: Stored; subscriber: Subscriber | undefined }>;
  /** What is being published. */
  incoming: { exchange: string; key: string; mandatory: boolean; frames: Wire.Frame[] } | undefined;
  bodyLeft: number;
}

export class PlayedBroker {
  /** `ack 3 multiple`, `publish orders`, `connection.close`, in the order in which they came. */
  readonly log: string[] = [];
  /** Publications with these numbers are confirmed when `confirm` says so, and not at once. */
  readonly held: Set<number> = new Set();
  readonly #queues: Map<string, Queue> = new Map();
  #socket: Socket | undefined;
  #channels: Map<number, ChannelState> = new Map();
  #port = 0;

  /** @param secure - TLS, with this certificate and key */
  static async start(t: ExecutionContext, secure?: TlsOptions): Promise<PlayedBroker> {
    const broker = new PlayedBroker();
    const serve = (socket: Socket): void => {
      t.teardown(() => socket.destroy());
      broker.#serve(socket);
    };
    const server = secure === undefined ? createServer(serve) : createTlsServer(secure, serve);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => server.close());
    broker.#port = (server.address() as AddressInfo).port;
    return broker;
  }

  get url(): string {
    return `amqp091://127.0.0.1:${this.#port}`;
  }

  declare(name: string): void {
    this.#queues.set(name, { messages: [], subscribers: [] });
  }

  delete(name: string): void {
    this.#queues.delete(name);
  }

  /** Confirms one publication of a channel. */
  confirm(channel: number, number: number): void {
    this.#write(Wire.method(channel, [60, 80], Wire.longlong(number), Wire.octet(0)));
  }

  /** Closes a channel as RabbitMQ does for what it cannot take. */
  closeChannel(channel: number, code: number, text: string): void {
    this.#channels.delete(channel);
    const parts = [Wire.short(code), Wire.shortText(text), Wire.short(60), Wire.short(40)];
    this.#write(Wire.method(channel, [20, 40], ...parts));
  }

  /** Ends all subscriptions of a queue, as if it were deleted. */
  cancel(name: string): void {
    for (const { channel, tag } of this.#queues.get(name)?.subscribers.splice(0) ?? []) {
      this.#write(Wire.method(channel, [60, 30], Wire.shortText(tag), Wire.octet(1)));
    }
  }

  #serve(socket: Socket): void {
    this.#socket = socket;
    this.#channels = new Map();
    socket.on('error', () => undefined);
    let rest: Buffer = Buffer.alloc(0);
    let greeted = false;
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      if (!greeted && rest.length >= 8) {
        greeted = true;
        rest = rest.subarray(8);
        const about = Wire.table({ product: 'RabbitMQ', version: '4.0.5' });
        const words = [Wire.longText('PLAIN'), Wire.longText('en_US')];
        this.#write(Wire.method(0, [10, 10], Wire.octet(0), Wire.octet(9), about, ...words));
      }
      rest = Wire.takeFrames(rest, (frame) => this.#take(frame));
    });
  }

  #write(bytes: Buffer): void {
    this.#socket?.write(bytes);
  }

  #take(frame: Wire.Frame): void {
    if (frame.type === Wire.METHOD) this.#method(frame);
    else if (frame.type === Wire.HEADER || frame.type === Wire.BODY) this.#content(frame);
  }

  #method({ channel, payload }: Wire.Frame): void {
    const name = `${payload.readUInt16BE(0)}.${payload.readUInt16BE(2)}`;
    const args = new Wire.Arguments(payload);
    const answer = (method: readonly [number, number], ...parts: Buffer[]): void =>
      this.#write(Wire.method(channel, method, ...parts));
    switch (name) {
      case '10.11':
        answer([10, 30], Wire.short(100), Wire.long(131_072), Wire.short(0));
        return;
      case '10.40':
        this.log.push(`vhost ${args.shortText()}`);
        answer([10, 41], Wire.shortText(''));
        return;
      case '10.50':
        this.log.push('connection.close');
        answer([10, 51]);
        return;
      case '20.10':
        this.#channels.set(channel, newChannel());
        answer([20, 11], Wire.longText(''));
        return;
      case '20.40':
        answer([20, 41]);
        return;
      case '85.10':
        answer([85, 11]);
        return;
      case '50.10':
        this.#declared(channel, args);
        return;
      case '50.20':
        answer([50, 21]);
        return;
      case '50.40':
        answer([50, 41], Wire.long(0));
        return;
      case '40.10':
        answer([40, 11]);
        return;
      default:
        this.#basic(name, channel, args);
    }
  }

  #declared(channel: number, args: Wire.Arguments): void {
    args.short();
    const name = args.shortText();
    const passive = (args.octet() & 1) === 1;
    this.log.push(`${passive ? 'look' : 'declare'} ${name}`);
    if (!this.#queues.has(name)) {
      if (passive) {
        this.closeChannel(channel, 404, `NOT_FOUND - no queue '${name}'`);
        return;
      }
      this.declare(name);
    }
    const counts = [Wire.long(0), Wire.long(0)];
    this.#write(Wire.method(channel, [50, 11], Wire.shortText(name), ...counts));
  }

  #basic(name: string, channel: number, args: Wire.Arguments): void {
    const state = this.#channels.get(channel);
    if (state === undefined) return;
    switch (name) {
      case '60.10':
        args.short();
        args.short();
        state.prefetch = args.short();
        this.#write(Wire.method(channel, [60, 11]));
        return;
      case '60.20':
        this.#consume(channel, state, args);
        return;
      case '60.30': {
        const tag = args.shortText();
        this.log.push('cancel');
        for (const { subscribers } of this.#queues.values()) {
          const at = subscribers.findIndex((one) => one.tag === tag);
          if (at >= 0) subscribers.splice(at, 1);
        }
        this.#write(Wire.method(channel, [60, 31], Wire.shortText(tag)));
        return;
      }
      case '60.40': {
        args.short();
        const [exchange, key] = [args.shortText(), args.shortText()];
        const mandatory = (args.octet() & 1) === 1;
        state.incoming = { exchange, key, mandatory, frames: [] };
        return;
      }
      case '60.70':
        args.short();
        this.#get(channel, state, args.shortText());
        return;
      case '60.80':
        this.#settled(state, 'ack', args.longlong(), args.octet() === 1);
        return;
      case '60.120': {
        const tag = args.longlong();
        const requeue = (args.octet() & 2) === 2;
        this.#settled(state, requeue ? 'requeue' : 'reject', tag, false);
        return;
      }
    }
  }

  #consume(channel: number, state: ChannelState, args: Wire.Arguments): void {
    args.short();
    const [name, tag] = [args.shortText(), args.shortText()];
    this.log.push(`consume ${state.prefetch}`);
    this.#write(Wire.method(channel, [60, 21], Wire.shortText(tag)));
    const queue = this.#queues.get(name);
    queue?.subscribers.push({ channel, tag, prefetch: state.prefetch, unsettled: 0 });
    if (queue !== undefined) this.#push(queue);
  }

  #get(channel: number, state: ChannelState, name: string): void {
    const queue = this.#queues.get(name);
    const stored = queue?.messages.shift();
    if (queue === undefined || stored === undefined) {
      this.#write(Wire.method(channel, [60, 72], Wire.shortText('')));
      return;
    }
    const tag = ++state.delivered;
    state.out.set(tag, { queue, stored, subscriber: undefined });
    const where = [Wire.shortText(stored.exchange), Wire.shortText(stored.key)];
    const parts = [Wire.longlong(tag), Wire.octet(0), ...where, Wire.long(queue.messages.length)];
    this.#write(Wire.method(channel, [60, 71], ...parts));
    this.#writeContent(channel, stored);
  }

  /** RabbitMQ closes the channel for a tag that is not out. */
  #settled(state: ChannelState, word: string, tag: number, multiple: boolean): void {
    this.log.push(`${word} ${tag}${multiple ? ' multiple' : ''}${state.out.has(tag) ? '' : ' !'}`);
    for (const [one, { queue, stored, subscriber }] of state.out) {
      if (multiple ? one > tag : one !== tag) continue;
      state.out.delete(one);
      if (subscriber !== undefined) subscriber.unsettled--;
      if (word === 'requeue') queue.messages.unshift(stored);
      this.#push(queue);
    }
  }

  #push(queue: Queue): void {
    for (;;) {
      const ready = queue.subscribers.find(
        ({ prefetch, unsettled }) => prefetch === 0 || unsettled < prefetch,
      );
      if (ready === undefined) return;
      const stored = queue.messages.shift();
      if (stored === undefined) return;
      const state = this.#channels.get(ready.channel);
      if (state === undefined) return;
      ready.unsettled++;
      const tag = ++state.delivered;
      state.out.set(tag, { queue, stored, subscriber: ready });
      const where = [Wire.shortText(stored.exchange), Wire.shortText(stored.key)];
      const parts = [Wire.shortText(ready.tag), Wire.longlong(tag), Wire.octet(0), ...where];
      this.#write(Wire.method(ready.channel, [60, 60], ...parts));
      this.#writeContent(ready.channel, stored);
    }
  }

  #writeContent(channel: number, { frames }: Stored): void {
    for (const { type, payload } of frames) this.#write(Wire.frame(type, channel, payload));
  }

  #content(frame: Wire.Frame): void {
    const state = this.#channels.get(frame.channel);
    const incoming = state?.incoming;
    if (state === undefined || incoming === undefined) return;
    incoming.frames.push({ ...frame, payload: Buffer.from(frame.payload) });
    if (frame.type === Wire.HEADER) {
      state.bodyLeft = Number(frame.payload.readBigUInt64BE(4));
    } else state.bodyLeft -= frame.payload.length;
    if (state.bodyLeft > 0) return;
    state.incoming = undefined;
    this.#published(frame.channel, state, incoming);
  }

  #published(
    channel: number,
    state: ChannelState,
    { exchange, key, mandatory, frames }: NonNullable<ChannelState['incoming']>,
  ): void {
    const number = ++state.published;
    this.log.push(`publish ${key}`);
    const stored = { exchange, key, frames };
    const queue = exchange === '' ? this.#queues.get(key) : undefined;
    if (queue !== undefined) {
      queue.messages.push(stored);
      this.#push(queue);
    } else if (mandatory) {
      const parts = [Wire.short(312), Wire.shortText('NO_ROUTE')];
      const where = [Wire.shortText(exchange), Wire.shortText(key)];
      this.#write(Wire.method(channel, [60, 50], ...parts, ...where));
      this.#writeContent(channel, stored);
    }
    if (!this.held.has(number)) this.confirm(channel, number);
  }
}

function newChannel(): ChannelState {
  return {
    prefetch: 0,
    delivered: 0,
    published: 0,
    out: new Map(),
    incoming: undefined,
    bodyLeft: 0,
  };
}
