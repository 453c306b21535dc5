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
  | { readonly map: Values };

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
}

/** A body as it arrived. Over {@link BODY_BYTES_SHOWN} bytes: length and SHA-256 alone. */
export type ReceivedBody =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly hex: string }
  | { readonly kind: 'text' | 'bytes'; readonly length: number; readonly sha256: string }
  | { readonly kind: 'map'; readonly entries: Values }
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
}

/**
 * `auto`: settled when the driver hands it over. `client`: settled by `acknowledge`, which settles
 * all that the subscription has handed over. [JMS 6.2.10]
 */
export type Acknowledge = 'auto' | 'client';

/** What a driver can be told. Connections and subscriptions are named by the matrix. */
export type Command =
  | { readonly op: 'connect'; readonly connection: string; readonly url: string }
  /** Answers when the broker has confirmed every message. */
  | {
      readonly op: 'send';
      readonly connection: string;
      readonly destination: Destination;
      readonly messages: readonly MessageSpec[];
    }
  /** Answers when the broker has confirmed the subscription. */
  | {
      readonly op: 'subscribe';
      readonly connection: string;
      readonly subscription: string;
      readonly destination: Destination;
      readonly acknowledge: Acknowledge;
    }
  /** Answers `count` messages, or fewer when the time is over. */
  | {
      readonly op: 'receive';
      readonly subscription: string;
      readonly count: number;
      readonly timeoutMs: number;
    }
  | { readonly op: 'acknowledge'; readonly subscription: string }
  /** Ends the connection with the protocol's own goodbye. */
  | { readonly op: 'close'; readonly connection: string }
  /** Goes away with messages unacknowledged, as rudely as the library allows. */
  | { readonly op: 'drop'; readonly connection: string };

/** What a driver says once, before anything else. */
export interface Hello {
  readonly client: string;
  readonly version: string;
  /** The doors of the broker that lives in the driver's own process, when there is one. */
  readonly urls?: Readonly<Record<string, string>>;
}

/** The answer to one command. */
export type Answer =
  | { readonly ok: true; readonly messages?: readonly Received[] }
  | { readonly ok: false; readonly error: string };
