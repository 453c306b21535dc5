/**
 * Drives rhea (npm), an AMQP 1.0 client for Node. Without credentials it opens with the plain
 * AMQP header, no SASL layer before it. Links carry the capability `queue` or `topic`; settlement
 * is explicit: in `auto` when a message is handed over, in `client` when told.
 */

import type { Socket } from 'node:net';
import { describe, expand, isPlain } from '../body.ts';
import type {
  Acknowledge,
  AmqpProperties,
  ConnectOptions,
  Destination,
  MessageSpec,
  Outcome,
  Received,
  ReceivedBody,
  SubscribeOptions,
} from '../dialogue.ts';
import {
  type RheaTypes,
  readList,
  readMap,
  readSections,
  type Typed,
  writeMap,
  write as writeValue,
} from './amqp-typed.ts';
import { Inbox } from './inbox.ts';
import { type DriverConnection, type DriverSubscription, loadClient, serve } from './loop.ts';

/** The part of the library that this driver touches. */
interface Emitter {
  on(event: string, listener: (context: Context) => void): void;
  once(event: string, listener: (context: Context) => void): void;
}
interface Delivery {
  accept(): void;
  reject(error?: object): void;
  release(): void;
  modified(fields: object): void;
  readonly id: number;
  readonly remote_state?: unknown;
}
interface Context {
  readonly message: RheaMessage;
  readonly delivery: Delivery;
  readonly error?: Error;
  readonly sender?: { readonly error?: Error };
  readonly receiver?: { readonly error?: Error };
  readonly connection?: { readonly error?: Error };
}
interface RheaMessage {
  body?: unknown;
  /** Added by this driver: the sections with their types. */
  sections?: Map<number, Typed>;
  correlation_id?: unknown;
  subject?: string;
  reply_to?: string;
  priority?: number;
  durable?: boolean;
  delivery_count?: number;
}
interface Receiver extends Emitter {
  readonly source?: { readonly address?: string };
  readonly credit: number;
  drain: boolean;
  add_credit(count: number): void;
  drain_credit(): void;
  close(): void;
  detach(): void;
}
interface Sender extends Emitter {
  sendable(): boolean;
  send(message: object): Delivery;
  close(): void;
}
interface RheaConnection extends Emitter {
  readonly socket: Socket;
  open_sender(options: object): Sender;
  open_receiver(options: object): Receiver;
  close(): void;
}
interface Library {
  create_container(options: object): Emitter & { connect(options: object): RheaConnection };
  types: RheaTypes;
  message: {
    decode(bytes: Buffer): RheaMessage;
    data_section(bytes: Buffer): unknown;
    sequence_section(items: readonly unknown[]): unknown;
  };
  filter: { selector(text: string): object };
}

const { library, version } = loadClient('rhea');
const rhea = library as Library;

// The one place where rhea lets go of the bytes: keep the types that its decoding forgets.
const decode = rhea.message.decode;
rhea.message.decode = (bytes: Buffer): RheaMessage =>
  Object.assign(decode(bytes), { sections: readSections(rhea.types, bytes) });

const APPLICATION_PROPERTIES = 0x74;
const DATA = 0x75;
const AMQP_SEQUENCE = 0x76;
const AMQP_VALUE = 0x77;
/** Places among the fields of the properties section. [AMQP 3.2.4] */
const [MESSAGE_ID, CORRELATION_ID, EXPIRES_AT, CREATED_AT] = [0, 5, 8, 9];
const PROPERTIES = 0x73;
const CREDIT = 100;

function bodyOf(message: RheaMessage): ReceivedBody {
  const data = message.sections?.get(DATA);
  if (data !== undefined) {
    const content = (message.body as { content: Buffer | Buffer[] }).content;
    return describe(Array.isArray(content) ? Buffer.concat(content) : content);
  }
  const sequence = message.sections?.get(AMQP_SEQUENCE);
  if (sequence !== undefined) {
    return { kind: 'stream', items: readList(sequence.value as Typed[]) };
  }
  const value = message.sections?.get(AMQP_VALUE);
  if (typeof message.body === 'string') return describe(message.body);
  if (value !== undefined && Array.isArray(value.value)) {
    return { kind: 'map', entries: readMap(value.value as Typed[]) };
  }
  return { kind: 'other', what: JSON.stringify(message.body) ?? 'no body' };
}

function parseAddress(address: string): Destination {
  const [, kind = 'queue', name = address] = /^(queue|topic):\/\/(.*)$/.exec(address) ?? [];
  return { kind: kind as Destination['kind'], name };
}

/** Ids and times with their types; only where an id is none that JMS has. */
function amqpProperties(message: RheaMessage): AmqpProperties | undefined {
  const fields = message.sections?.get(PROPERTIES)?.value as Typed[] | undefined;
  const [id, correlation, expires, created] = [
    MESSAGE_ID,
    CORRELATION_ID,
    EXPIRES_AT,
    CREATED_AT,
  ].map((at) => fields?.[at]);
  if (id === undefined || correlation === undefined || !expires?.value || !created) return;
  const [messageId, correlationId] = readList([id, correlation]);
  if (messageId === undefined || correlationId === undefined) return;
  const [createdAt, expiresAt] = [String(Number(created.value)), String(Number(expires.value))];
  return { messageId, correlationId, createdAt, expiresAt };
}

function read(message: RheaMessage): Received {
  const properties = message.sections?.get(APPLICATION_PROPERTIES)?.value as Typed[] | undefined;
  const { correlation_id, subject, reply_to } = message;
  const amqp = amqpProperties(message);
  return {
    ...(amqp === undefined ? {} : { amqp }),
    body: bodyOf(message),
    properties: readMap(properties ?? []),
    priority: message.priority ?? 4,
    persistent: message.durable ?? false,
    redelivered: (message.delivery_count ?? 0) > 0,
    ...(correlation_id === undefined ? {} : { correlationId: String(correlation_id) }),
    ...(subject === undefined ? {} : { type: subject }),
    ...(reply_to === undefined ? {} : { replyTo: parseAddress(reply_to) }),
  };
}

function writeBody({ body }: MessageSpec): object {
  if ('stream' in body) {
    const annotations = writeMap(rhea.types, {
      'x-opt-jms-msg-type': { type: 'byte', value: '4' },
    });
    const items = body.stream.map((value) => writeValue(rhea.types, value));
    return { body: rhea.message.sequence_section(items), message_annotations: annotations };
  }
  if (!isPlain(body) && !('map' in body)) throw new Error('bare AMQP has no such body');
  if ('map' in body) {
    // Without this a JMS client takes the map for an object. [JMS mapping 3.2]
    const annotations = writeMap(rhea.types, {
      'x-opt-jms-msg-type': { type: 'byte', value: '2' },
    });
    return { body: writeMap(rhea.types, body.map), message_annotations: annotations };
  }
  const content = expand(body);
  return { body: typeof content === 'string' ? content : rhea.message.data_section(content) };
}

function write(spec: MessageSpec): object {
  const { properties, correlationId, type, replyTo, priority, persistent, amqp } = spec;
  return {
    ...writeBody(spec),
    ...(amqp && {
      message_id: writeValue(rhea.types, amqp.messageId),
      correlation_id: writeValue(rhea.types, amqp.correlationId),
      creation_time: Number(amqp.createdAt),
      absolute_expiry_time: Number(amqp.expiresAt),
    }),
    durable: persistent ?? false,
    ...(properties && { application_properties: writeMap(rhea.types, properties) }),
    ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
    ...(type === undefined ? {} : { subject: type }),
    ...(replyTo === undefined ? {} : { reply_to: replyTo.name }),
    ...(priority === undefined ? {} : { priority }),
  };
}

function errorOf(context: Context): Error {
  const found = context.error ?? context.sender?.error ?? context.receiver?.error;
  const { condition, description } = (found ?? context.connection?.error ?? {}) as {
    condition?: string;
    description?: string;
  };
  return new Error(`${condition ?? 'closed'}: ${description ?? 'the broker said no more'}`);
}

/** Resolves at `event`; rejects at any event of `failures`. */
function once(emitter: Emitter, event: string, failures: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    emitter.once(event, () => resolve());
    for (const failure of failures) emitter.once(failure, (context) => reject(errorOf(context)));
  });
}

/** Settles for itself; credit is what has not been asked back. */
class Subscription implements DriverSubscription {
  readonly #receiver: Receiver;
  readonly #inbox = new Inbox<Context>();
  readonly #auto: boolean;
  #unsettled: Delivery[] = [];
  #drained: () => void = () => undefined;

  constructor(receiver: Receiver, auto: boolean, broken: Promise<never>) {
    this.#receiver = receiver;
    this.#auto = auto;
    receiver.on('message', (context) => {
      this.#inbox.push(context);
      // Settled when it is handed over, so more may come; what is kept keeps its credit.
      if (auto && !receiver.drain) receiver.add_credit(1);
    });
    receiver.on('receiver_drained', () => {
      this.#drained();
      receiver.drain = false;
    });
    broken.catch((error: Error) => this.#inbox.fail(error));
  }

  async receive(count: number, timeoutMs: number): Promise<Received[]> {
    const contexts = await this.#inbox.take(count, timeoutMs);
    this.#unsettled.push(...contexts.map((context) => context.delivery));
    if (this.#auto) await this.acknowledge();
    return contexts.map((context) => read(context.message));
  }

  async acknowledge(): Promise<void> {
    for (const delivery of this.#unsettled) delivery.accept();
    this.#unsettled = [];
  }

  async settle(at: number, outcome: Outcome): Promise<void> {
    const [delivery] = this.#unsettled.splice(at, 1);
    if (delivery === undefined) throw new Error(`nothing at ${at}`);
    if (outcome === 'accept') delivery.accept();
    else if (outcome === 'reject') delivery.reject();
    else if (outcome === 'release') delivery.release();
    else {
      const undeliverable_here = outcome === 'undeliverable';
      delivery.modified({ delivery_failed: true, undeliverable_here });
    }
    // In one tick rhea would write two outcomes as the first of them.
    await new Promise((resolve) => setImmediate(resolve));
  }

  async drain(): Promise<Received[]> {
    const done = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    this.#receiver.drain_credit();
    await done;
    const came = await this.receive(Number.MAX_SAFE_INTEGER, 1);
    this.#receiver.add_credit(CREDIT - this.#receiver.credit);
    return came;
  }

  async unsubscribe(forget: boolean): Promise<void> {
    const closed = once(this.#receiver, 'receiver_close', ['receiver_error']);
    if (forget) this.#receiver.close();
    else this.#receiver.detach();
    await closed;
  }
}

class Connection implements DriverConnection {
  readonly #connection: RheaConnection;
  readonly #broken: Promise<never>;
  #links = 0;

  constructor(connection: RheaConnection) {
    this.#connection = connection;
    this.#broken = new Promise((_, reject) => {
      const fail = (context: Context): void => reject(errorOf(context));
      for (const event of ['disconnected', 'connection_error']) connection.on(event, fail);
    });
    this.#broken.catch(() => undefined);
  }

  async send(destination: Destination, messages: readonly MessageSpec[]): Promise<void> {
    const target = { address: destination.name, capabilities: [destination.kind] };
    const sender = this.#connection.open_sender({ target });
    let next = 0;
    let accepted = 0;
    const done = new Promise<void>((resolve, reject) => {
      sender.on('sendable', () => {
        while (next < messages.length && sender.sendable()) {
          const spec = messages[next];
          next += 1;
          if (spec !== undefined) sender.send(write(spec));
        }
      });
      sender.on('accepted', () => {
        accepted += 1;
        if (accepted === messages.length) resolve();
      });
      for (const outcome of ['rejected', 'released', 'modified']) {
        sender.on(outcome, (context) => {
          reject(new Error(`${outcome}: ${JSON.stringify(context.delivery.remote_state)}`));
        });
      }
      for (const end of ['sender_error', 'sender_close']) {
        sender.on(end, (context) => reject(errorOf(context)));
      }
    });
    await Promise.race([done, this.#broken]);
    sender.close();
  }

  async subscribe(
    destination: Destination,
    acknowledge: Acknowledge,
    options: SubscribeOptions,
  ): Promise<DriverSubscription> {
    const { durable, shared, selector, browse } = options;
    const capabilities = [destination.kind, ...(shared === undefined ? [] : ['shared', 'global'])];
    const source = {
      address: destination.name,
      capabilities,
      ...(durable === undefined ? {} : { durable: 2, expiry_policy: 'never' }),
      ...(selector === undefined ? {} : { filter: rhea.filter.selector(selector) }),
      ...(browse === true ? { distribution_mode: 'copy' } : {}),
    };
    this.#links += 1;
    const name = shared === undefined ? durable : `${shared}|global${this.#links}`;
    const receiver = this.#connection.open_receiver({
      ...(name === undefined ? {} : { name }),
      source,
      credit_window: 0,
      autoaccept: false,
    });
    const opened = once(receiver, 'receiver_open', ['receiver_error', 'receiver_close']);
    const subscription = new Subscription(receiver, acknowledge === 'auto', this.#broken);
    await Promise.race([opened, this.#broken]);
    receiver.add_credit(CREDIT);
    if (browse === true) receiver.drain_credit();
    return subscription;
  }

  async node(): Promise<{ address: string; subscription: DriverSubscription }> {
    const source = { dynamic: true };
    const options = { source, credit_window: 0, autoaccept: false };
    const receiver = this.#connection.open_receiver(options);
    const opened = once(receiver, 'receiver_open', ['receiver_error', 'receiver_close']);
    const subscription = new Subscription(receiver, true, this.#broken);
    await Promise.race([opened, this.#broken]);
    receiver.add_credit(CREDIT);
    return { address: receiver.source?.address ?? '', subscription };
  }

  async close(): Promise<void> {
    const closed = once(this.#connection, 'connection_close', ['connection_error']);
    this.#connection.close();
    await Promise.race([closed, this.#broken]);
  }

  async drop(): Promise<void> {
    const { socket } = this.#connection;
    const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.destroy();
    await gone;
  }
}

let containers = 0;

await serve({
  client: 'rhea',
  version,
  async connect(url: URL, { clientId }: ConnectOptions): Promise<DriverConnection> {
    containers += 1;
    const id = clientId ?? `interop-rhea-${process.pid}-${containers}`;
    const container = rhea.create_container({ id });
    container.on('error', (context) => console.error('rhea:', context));
    const connection = container.connect({
      host: url.hostname,
      port: Number(url.port),
      reconnect: false,
      ...(url.username === '' ? {} : { username: url.username, password: url.password }),
    });
    await once(connection, 'connection_open', ['connection_error', 'disconnected']);
    return new Connection(connection);
  },
});
