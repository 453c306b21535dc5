// The plain data of a message as it crosses the Provider seam: headers, typed properties, one of
// five bodies. No behaviour: classes for users are in `jms-message.ts` and its heirs. The broker's
// view has the same shape on purpose, so that the adapter between them converts nothing.

/** One typed value of a property, map entry or stream item. [JMS 3.5.2, 3.11.3] */
export type TypedValue =
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'byte' | 'short' | 'int' | 'float' | 'double'; readonly value: number }
  | { readonly type: 'long'; readonly value: bigint }
  | { readonly type: 'string'; readonly value: string }
  /** One UTF-16 unit; in bodies only. */
  | { readonly type: 'char'; readonly value: string }
  /** In bodies only. */
  | { readonly type: 'bytes'; readonly value: Uint8Array }
  | { readonly type: 'null'; readonly value: null };

/** The name of a type in {@link TypedValue}. */
export type ValueType = TypedValue['type'];

/** One of the five JMS bodies, or none. [JMS 3.11] */
export type BodyData =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly text: string | null }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, TypedValue> }
  | { readonly kind: 'stream'; readonly items: readonly TypedValue[] }
  /** The serialised object and the media type that says how. */
  | { readonly kind: 'object'; readonly bytes: Uint8Array; readonly contentType: string };

/** What a destination is; `temporary-*` ones live as long as the connection that made them. */
export type DestinationKind = 'queue' | 'topic' | 'temporary-queue' | 'temporary-topic';

/** A destination as data. */
export interface DestinationData {
  readonly kind: DestinationKind;
  readonly name: string;
}

/** A message as data. Absent and undefined both mean: the sender did not say. [JMS 3.4] */
export interface MessageData {
  readonly messageId?: string | undefined;
  readonly correlationId?: string | Uint8Array | undefined;
  readonly destination?: DestinationData | undefined;
  readonly replyTo?: DestinationData | undefined;
  /** JMSType, a free word of the application. [JMS 3.4.8] */
  readonly type?: string | undefined;
  readonly persistent: boolean;
  /** 0…9, 4 is ordinary. [JMS 3.4.10] */
  readonly priority: number;
  /** When it was sent: epoch ms. */
  readonly timestamp?: number | undefined;
  /** When it dies: epoch ms; absent: never. [JMS 3.4.9] */
  readonly expiresAt?: number | undefined;
  /** Not before this: epoch ms; absent: at once. [JMS 3.4.13] */
  readonly deliverAt?: number | undefined;
  readonly userId?: string | undefined;
  readonly contentType?: string | undefined;
  /** Of sends: the broker takes one message of that id, if it has `duplicate-detection`. */
  readonly duplicateId?: string | undefined;
  readonly properties: ReadonlyMap<string, TypedValue>;
  readonly body: BodyData;
}
