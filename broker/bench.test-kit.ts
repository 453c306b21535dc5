// What the tests of the core share: a broker on a host that stands still, an inbox, and the simplest
// wire format there is.

import {
  type Address,
  Broker,
  type BrokerOptions,
  type Connection,
  type Consumer,
  type ConsumerOptions,
  type ConsumerSink,
  ManualHost,
  Message,
  type MessageHeader,
  type Transaction,
  type TypedValue,
  type WireFormat,
} from '#broker';

export const ORDERS: Address = { kind: 'queue', name: 'orders' };
export const PRICES: Address = { kind: 'topic', name: 'prices' };

export function queue(name: string): Address {
  return { kind: 'queue', name };
}

export function topic(name: string): Address {
  return { kind: 'topic', name };
}

/** The bytes are properties as `name=value` words, and the text is all of it. */
export const plain: WireFormat = {
  name: 'plain',
  view: (message) => ({
    persistent: message.persistent,
    priority: message.priority,
    properties: propertiesOf(message.bytes().toString()),
    body: { kind: 'text', text: message.bytes().toString() },
  }),
  encode: (view) => Buffer.from(view.body.kind === 'text' ? (view.body.text ?? '') : ''),
};

function propertiesOf(text: string): Map<string, TypedValue> {
  const properties = new Map<string, TypedValue>();
  for (const word of text.split(' ')) {
    const [name, value] = word.split('=');
    if (name === undefined || value === undefined) continue;
    const number = Number(value);
    properties.set(
      name,
      Number.isInteger(number) ? { type: 'int', value: number } : { type: 'string', value },
    );
  }
  return properties;
}

export interface Delivery {
  readonly text: string;
  readonly entry: number;
  readonly attempts: number;
  readonly first: boolean;
  readonly message: Message;
}

export class Inbox implements ConsumerSink {
  deliveries: Delivery[] = [];
  drains = 0;
  goneFor: string | undefined;

  deliver(message: Message, entry: number, attempts: number, first: boolean): void {
    const text = message.bytes().toString();
    this.deliveries.push({ text, entry, attempts, first, message });
  }

  drained(): void {
    this.drains++;
  }

  gone(reason: string): void {
    this.goneFor = reason;
  }

  texts(): string[] {
    return this.deliveries.map(({ text }) => text);
  }

  take(): Delivery[] {
    const all = this.deliveries;
    this.deliveries = [];
    return all;
  }

  /** The texts that came since the last call. */
  read(): string[] {
    return this.take().map(({ text }) => text);
  }
}

export class Bench {
  readonly host: ManualHost = new ManualHost();
  readonly broker: Broker;
  readonly connection: Connection;

  constructor(options: BrokerOptions = {}) {
    this.broker = new Broker(this.host, options);
    this.connection = this.connect();
  }

  connect(clientId?: string): Connection {
    const connection = this.broker.connect({ protocol: 'test', peer: 'here' });
    if (clientId !== undefined) connection.claimClientId(clientId);
    return connection;
  }

  /** Sends one message and ends the turn. */
  post(address: Address, text: string, header: Partial<MessageHeader> = {}): number {
    const position = this.send(address, text, header);
    this.host.settle();
    return position;
  }

  send(
    address: Address,
    text: string,
    header: Partial<MessageHeader> & { borrowed?: boolean } = {},
    transaction?: Transaction,
  ): number {
    return this.connection.openProducer(address).send(message(text, header), transaction);
  }

  consume(
    address: Address,
    credit: number,
    options: ConsumerOptions & { connection?: Connection } = {},
  ): { inbox: Inbox; consumer: Consumer } {
    const inbox = new Inbox();
    const { connection = this.connection, ...rest } = options;
    const consumer = connection.openConsumer(address, inbox, rest);
    consumer.setCredit(credit);
    this.host.settle();
    return { inbox, consumer };
  }

  depth(name: string): number | undefined {
    return this.broker.find(queue(name))?.statistics().depth;
  }
}

export function message(
  text: string,
  header: Partial<MessageHeader> & { borrowed?: boolean } = {},
): Message {
  const bytes = Buffer.from(text);
  const full = { persistent: false, priority: 4, expiresAt: 0, ...header };
  return new Message(plain, full, bytes, 0, bytes.length, header.borrowed ?? false);
}

/** The code of the refusal, or `undefined` when the work was done. */
export function refused(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return undefined;
}
