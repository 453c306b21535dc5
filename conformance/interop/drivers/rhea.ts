/**
 * Drives rhea (npm), an AMQP 1.0 client for Node. Without credentials it opens with the plain
 * AMQP header, no SASL layer before it. Links carry the capability `queue` or `topic`; settlement
 * is explicit: in `auto` when a message is handed over, in `client` when told.
 */

import type { Socket } from 'node:net';
import { describe, expand } from '../body.ts';
import type { Acknowledge, Destination, MessageSpec, Received, ReceivedBody } from '../dialogue.ts';
import { type RheaTypes, readMap, readSections, type Typed, writeMap } from './amqp-typed.ts';
import { Inbox } from './inbox.ts';
import { type DriverConnection, type DriverSubscription, loadClient, serve } from './loop.ts';

/** The part of the library that this driver touches. */
interface Emitter {
  on(event: string, listener: (context: Context) => void): void;
  once(event: string, listener: (context: Context) => void): void;
}
interface Delivery {
  accept(): void;
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
interface Sender extends Emitter {
  sendable(): boolean;
  send(message: object): Delivery;
  close(): void;
}
interface RheaConnection extends Emitter {
  readonly socket: Socket;
  open_sender(options: object): Sender;
  open_receiver(options: object): Emitter;
  close(): void;
}
interface Library {
  create_container(options: object): Emitter & { connect(options: object): RheaConnection };
  types: RheaTypes;
  message: { decode(bytes: Buffer): RheaMessage; data_section(bytes: Buffer): unknown };
}

const { library, version } = loadClient('rhea');
const rhea = library as Library;

// The one place where rhea lets go of the bytes: keep the types that its decoding forgets.
const decode = rhea.message.decode;
rhea.message.decode = (bytes: Buffer): RheaMessage =>
  Object.assign(decode(bytes), { sections: readSections(rhea.types, bytes) });

const APPLICATION_PROPERTIES = 0x74;
const DATA = 0x75;
const AMQP_VALUE = 0x77;

function bodyOf(message: RheaMessage): ReceivedBody {
  const data = message.sections?.get(DATA);
  if (data !== undefined) {
    const content = (message.body as { content: Buffer | Buffer[] }).content;
    return describe(Array.isArray(content) ? Buffer.concat(content) : content);
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

function read(message: RheaMessage): Received {
  const properties = message.sections?.get(APPLICATION_PROPERTIES)?.value as Typed[] | undefined;
  const { correlation_id, subject, reply_to } = message;
  return {
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
  const { properties, correlationId, type, replyTo, priority, persistent } = spec;
  return {
    ...writeBody(spec),
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

class Connection implements DriverConnection {
  readonly #connection: RheaConnection;
  readonly #broken: Promise<never>;

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

  async subscribe(destination: Destination, acknowledge: Acknowledge): Promise<DriverSubscription> {
    const source = { address: destination.name, capabilities: [destination.kind] };
    const options = { source, credit_window: 100, autoaccept: false };
    const receiver = this.#connection.open_receiver(options);
    const inbox = new Inbox<Context>();
    receiver.on('message', (context) => inbox.push(context));
    this.#broken.catch((error: Error) => inbox.fail(error));
    const opened = once(receiver, 'receiver_open', ['receiver_error', 'receiver_close']);
    await Promise.race([opened, this.#broken]);
    let unsettled: Delivery[] = [];
    const settle = async (): Promise<void> => {
      for (const delivery of unsettled) delivery.accept();
      unsettled = [];
    };
    return {
      async receive(count: number, timeoutMs: number): Promise<Received[]> {
        const contexts = await inbox.take(count, timeoutMs);
        unsettled.push(...contexts.map((context) => context.delivery));
        if (acknowledge === 'auto') await settle();
        return contexts.map((context) => read(context.message));
      },
      acknowledge: settle,
    };
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
  async connect(url: URL): Promise<DriverConnection> {
    containers += 1;
    const container = rhea.create_container({ id: `interop-rhea-${process.pid}-${containers}` });
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
