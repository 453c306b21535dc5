// The JMS message model: what a message means, whatever bytes it came in. N wire formats need N
// converters to and from this, not N². A view is a value: nobody changes one after it was made.

import type { Address } from './address.ts';

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

/** One of the five JMS bodies, or none. [JMS 3.11] */
export type Body =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly text: string | null }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, TypedValue> }
  | { readonly kind: 'stream'; readonly items: readonly TypedValue[] }
  /** The serialised object and the media type that says how. */
  | { readonly kind: 'object'; readonly bytes: Uint8Array; readonly contentType: string };

/** A message as JMS sees it. Absent fields were not said by the sender. [JMS 3.4] */
export interface MessageView {
  readonly messageId?: string;
  readonly correlationId?: string | Uint8Array;
  readonly destination?: Address;
  readonly replyTo?: Address;
  /** JMSType, a free word of the application. [JMS 3.4.8] */
  readonly type?: string;
  readonly persistent: boolean;
  /** 0…9, 4 is ordinary. [JMS 3.4.10] */
  readonly priority: number;
  /** When it was sent: epoch ms. */
  readonly timestamp?: number;
  /** When it dies: epoch ms; absent: never. [JMS 3.4.9] */
  readonly expiresAt?: number;
  /** Not before this: epoch ms; absent: at once. [JMS 3.4.13] */
  readonly deliverAt?: number;
  readonly userId?: string;
  readonly contentType?: string;
  readonly properties: ReadonlyMap<string, TypedValue>;
  readonly body: Body;
}
