/**
 * The words that the matrix and a driver speak: one JSON command per line on the driver's standard
 * input, one JSON answer per line on its standard output, in order. A driver is a small program
 * around one real client library, in that library's own language; it decides nothing and compares
 * nothing. Whoever adds a client writes one driver that speaks these words and one row in
 * `clients.ts`.
 *
 * Values travel as strings with the name of their type, so that no JSON library rounds a long or
 * spells a double its own way. Long bodies are sent as a piece and a number of repetitions, and
 * come back as a length and a digest.
 */

/** A queue or a topic; each driver spells it as its protocol does. */
export interface Destination {
  readonly kind: 'queue' | 'topic';
  readonly name: string;
}

/** The types of JMS properties and map entries, then those that only AMQP has. [AMQP 1.6] */
export type ValueType =
  | 'boolean'
  | 'byte'
  | 'short'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'string'
  | 'char'
  | 'binary'
  | 'ubyte'
  | 'ushort'
  | 'uint'
  | 'ulong'
  | 'timestamp'
  | 'uuid'
  | 'symbol';

/**
 * One typed value. `value` is its text: `true`, `-128`, `1.5`; a binary in hex, a char as itself,
 * a timestamp in epoch milliseconds.
 */
export interface Value {
  readonly type: ValueType;
  readonly value: string;
}

/** Values by name: application properties or the entries of a map. */
export type Values = Readonly<Record<string, Value>>;

/** A body to send; `times` repeats the piece. */
export type BodySpec =
  | { readonly text: string; readonly times?: number }
  | { readonly hex: string; readonly times?: number }
  | { readonly map: Values }
  | { readonly stream: readonly Value[] }
  /** An object of the language that is this text, serialised as the library does it. */
  | { readonly object: string };

/** A message to send. What is absent is left to the library's default. */
export interface MessageSpec {
  readonly body: BodySpec;
  readonly properties?: Values;
  readonly correlationId?: string;
  /** JMSType, the AMQP subject, the STOMP header `type`. */
  readonly type?: string;
  readonly replyTo?: Destination;
  readonly priority?: number;
  readonly persistent?: boolean;
  /** What only AMQP can say: ids of its types, and times. [AMQP 3.2.4] */
  readonly amqp?: AmqpProperties;
}

/** Ids that are no text, and times in epoch milliseconds. */
export interface AmqpProperties {
  readonly messageId: Value;
  readonly correlationId: Value;
  readonly createdAt: string;
  readonly expiresAt: string;
}

/** A body as it arrived. Over {@link BODY_BYTES_SHOWN} bytes: length and SHA-256 alone. */
export type ReceivedBody =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly hex: string }
  | { readonly kind: 'text' | 'bytes'; readonly length: number; readonly sha256: string }
  | { readonly kind: 'map'; readonly entries: Values }
  | { readonly kind: 'stream'; readonly items: readonly Value[] }
  /** `value` where the receiver's language can read it. */
  | { readonly kind: 'object'; readonly value?: string }
  /** Anything else, named, so that a failure says what came. */
  | { readonly kind: 'other'; readonly what: string };

/** Longer bodies are described by length and digest. UTF-8 bytes. */
export const BODY_BYTES_SHOWN = 4096;

/** A message as it arrived. */
export interface Received {
  readonly body: ReceivedBody;
  readonly properties: Values;
  readonly correlationId?: string;
  readonly type?: string;
  readonly replyTo?: Destination;
  readonly priority?: number;
  readonly persistent?: boolean;
  readonly redelivered?: boolean;
  readonly amqp?: AmqpProperties;
}

/**
 * `auto`: settled when the driver hands it over. `client`: settled by `acknowledge`, which settles
 * all that the subscription has handed over. [JMS 6.2.10] `individual`: one by one, by `settle`.
 */
export type Acknowledge = 'auto' | 'client' | 'individual';

/** Beyond the plain subscription. */
export interface SubscribeOptions {
  /** The name of a durable subscription; its client id is the connection's. */
  readonly durable?: string;
  /** The name of a shared subscription, which lasts if it is durable as well. [JMS 4.2] */
  readonly shared?: string;
  readonly selector?: string;
  /** Looks and takes nothing. */
  readonly browse?: boolean;
  /** The transaction that its deliveries are settled in: JMS binds both to one session. */
  readonly transaction?: string;
}

/**
 * What becomes of a delivery: `fail` gives it back and counts the attempt, `release` does not,
 * `undeliverable` also keeps it from this consumer. STOMP has ACK, NACK, and NACK to give it back.
 */
export type Outcome = 'accept' | 'reject' | 'release' | 'fail' | 'undeliverable';

/** What a driver can be told. Connections, subscriptions and transactions are named by the matrix. */
export type Command =
  | ({ readonly op: 'connect'; readonly connection: string; readonly url: string } & ConnectOptions)
  /** Answers when the broker has confirmed every message; in a transaction, when they are sent. */
  | {
      readonly op: 'send';
      readonly connection: string;
      readonly destination: Destination;
      readonly messages: readonly MessageSpec[];
      readonly transaction?: string;
    }
  /** Answers when the broker has confirmed the subscription. */
  | ({
      readonly op: 'subscribe';
      readonly connection: string;
      readonly subscription: string;
      readonly destination: Destination;
      readonly acknowledge: Acknowledge;
    } & SubscribeOptions)
  /** Answers `count` messages, or fewer when the time is over, or when a browser has seen all. */
  | {
      readonly op: 'receive';
      readonly subscription: string;
      readonly count: number;
      readonly timeoutMs: number;
    }
  /** Asks for all that there is and for nothing that comes later; answers it. [AMQP 2.6.7] */
  | { readonly op: 'drain'; readonly subscription: string }
  | { readonly op: 'acknowledge'; readonly subscription: string }
  /** Settles the one at place `at`, from 0, of what was handed over and is not settled. */
  | {
      readonly op: 'settle';
      readonly subscription: string;
      readonly at: number;
      readonly outcome: Outcome;
      readonly transaction?: string;
    }
  /** Ends a subscription; `forget`: a durable one ends for good. */
  | { readonly op: 'unsubscribe'; readonly subscription: string; readonly forget: boolean }
  | { readonly op: 'begin'; readonly connection: string; readonly transaction: string }
  | {
      readonly op: 'end';
      readonly connection: string;
      readonly transaction: string;
      readonly commit: boolean;
    }
  /** Subscribes to a node that the broker makes for it; answers its address. [AMQP 3.5.3] */
  | { readonly op: 'node'; readonly connection: string; readonly subscription: string }
  /** Ends the connection with the protocol's own goodbye. */
  | { readonly op: 'close'; readonly connection: string }
  /** Goes away with messages unacknowledged, as rudely as the library allows. */
  | { readonly op: 'drop'; readonly connection: string };

/** How a connection is opened. */
export interface ConnectOptions {
  readonly clientId?: string;
  /** How often each side says that it is there. */
  readonly heartBeatMs?: number;
}

/** What a driver says once, before anything else. */
export interface Hello {
  readonly client: string;
  readonly version: string;
  /** The doors of the broker that lives in the driver's own process, when there is one. */
  readonly urls?: Readonly<Record<string, string>>;
}

/** The answer to one command. */
export type Answer =
  | { readonly ok: true; readonly messages?: readonly Received[]; readonly address?: string }
  | { readonly ok: false; readonly error: string };
