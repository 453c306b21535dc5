// The Message interface: headers, properties, acknowledge. What the methods do is in
// `jms-message.ts`; the five kinds of body are in the files named after them. [JMS 3]

import type { JMSObject } from './boxed.ts';
import { DeliveryMode } from './delivery-mode.ts';
import type { Destination } from './destination.ts';
import type { Enumeration } from './enumeration.ts';
import type { ValueType } from './message-data.ts';

/** What may be asked of `getBody` and `isBodyAssignableTo`, in place of Java's `Class`. */
export type BodyClass =
  | StringConstructor
  | MapConstructor
  | Uint8ArrayConstructor
  | ObjectConstructor
  | (abstract new (
      ...parts: never[]
    ) => unknown);

/** What `getBody(T)` returns for each T. */
export type BodyOf<T extends BodyClass> = T extends StringConstructor
  ? string
  : T extends MapConstructor
    ? Map<string, JMSObject>
    : T extends Uint8ArrayConstructor
      ? Uint8Array
      : T extends ObjectConstructor
        ? unknown
        : T extends abstract new (
              ...parts: never[]
            ) => infer R
          ? R
          : never;

/** A message without a body, and what all messages have in common. [JMS 3.4, 3.5] */
export interface Message {
  /** Returns the id that `send` gave, `ID:…`, or null. [JMS 3.4.3] */
  getJMSMessageID(): string | null;
  /** Has no effect on a message that is sent: `send` sets its own. */
  setJMSMessageID(id: string | null): void;
  /** Returns when the message was handed to `send`, in epoch ms. [JMS 3.4.4] */
  getJMSTimestamp(): number;
  /** Has no effect on a message that is sent. */
  setJMSTimestamp(timestamp: number): void;
  /** Returns the correlation id as bytes: UTF-8 if it was set as text. [JMS 3.4.5] */
  getJMSCorrelationIDAsBytes(): Uint8Array | null;
  /** Links this message to something of a non-JMS program, by its native bytes. */
  setJMSCorrelationIDAsBytes(id: Uint8Array | null): void;
  /** Links this message to another one, usually by its message id. [JMS 3.4.5] */
  setJMSCorrelationID(id: string | null): void;
  /** Returns the correlation id; one of bytes reads as `ID:AMQP_BINARY:` and hexadecimal. */
  getJMSCorrelationID(): string | null;
  /** Returns where an answer should go, or null. [JMS 3.4.6] */
  getJMSReplyTo(): Destination | null;
  /** Says where an answer should go. */
  setJMSReplyTo(replyTo: Destination | null): void;
  /** Returns where the message was sent to. [JMS 3.4.1] */
  getJMSDestination(): Destination | null;
  /** Has no effect on a message that is sent. */
  setJMSDestination(destination: Destination | null): void;
  /** Returns the delivery mode of the send. [JMS 3.4.2] */
  getJMSDeliveryMode(): DeliveryMode;
  /** Has no effect on a message that is sent: the producer says it. */
  setJMSDeliveryMode(deliveryMode: DeliveryMode): void;
  /** Tells whether the message was, probably, delivered before. [JMS 3.4.7] */
  getJMSRedelivered(): boolean;
  /** Has no effect on a message that is sent. */
  setJMSRedelivered(redelivered: boolean): void;
  /** Returns the application's word for this kind of message, or null. [JMS 3.4.8] */
  getJMSType(): string | null;
  /** Sets the application's word for this kind of message. */
  setJMSType(type: string | null): void;
  /** Returns when the message dies, in epoch ms; 0: never. [JMS 3.4.9] */
  getJMSExpiration(): number;
  /** Has no effect on a message that is sent: the producer's time to live says it. */
  setJMSExpiration(expiration: number): void;
  /** Returns from when on the message may be delivered, in epoch ms. [JMS 3.4.13] */
  getJMSDeliveryTime(): number;
  /** Has no effect on a message that is sent. */
  setJMSDeliveryTime(deliveryTime: number): void;
  /** Returns the priority of the send, 0 to 9. [JMS 3.4.10] */
  getJMSPriority(): number;
  /** Has no effect on a message that is sent: the producer says it. */
  setJMSPriority(priority: number): void;

  /** Removes all properties, and makes them writable. [JMS 3.5.7] */
  clearProperties(): void;
  /** Tells whether there is a property of that name. */
  propertyExists(name: string): boolean;
  /** Returns the names of all properties; headers are none of them. [JMS 3.5.6] */
  getPropertyNames(): Enumeration<string>;
  /** Returns the JMS type of a property, or null if there is none of that name. */
  getPropertyType(name: string): ValueType | null;
  /** Returns the properties as a map that is a copy. */
  readonly properties: ReadonlyMap<string, JMSObject>;

  /** Reads a property as boolean. [JMS 3.5.4] */
  getBooleanProperty(name: string): boolean;
  /** Reads a property as byte. */
  getByteProperty(name: string): number;
  /** Reads a property as short. */
  getShortProperty(name: string): number;
  /** Reads a property as int. */
  getIntProperty(name: string): number;
  /** Reads a property as long. */
  getLongProperty(name: string): bigint;
  /** Reads a property as float. */
  getFloatProperty(name: string): number;
  /** Reads a property as double. */
  getDoubleProperty(name: string): number;
  /** Reads a property as string, or null if there is none of that name. */
  getStringProperty(name: string): string | null;
  /** Returns the value of a property, or null if there is none of that name. [JMS 3.5.5] */
  getObjectProperty(name: string): JMSObject;
  /** Sets a property of type boolean. */
  setBooleanProperty(name: string, value: boolean): void;
  /** Sets a property of type byte. */
  setByteProperty(name: string, value: number): void;
  /** Sets a property of type short. */
  setShortProperty(name: string, value: number): void;
  /** Sets a property of type int. */
  setIntProperty(name: string, value: number): void;
  /** Sets a property of type long. */
  setLongProperty(name: string, value: number | bigint): void;
  /** Sets a property of type float; the number is rounded to single precision. */
  setFloatProperty(name: string, value: number): void;
  /** Sets a property of type double. */
  setDoubleProperty(name: string, value: number): void;
  /** Sets a property of type string. */
  setStringProperty(name: string, value: string | null): void;
  /** Sets a property whose type follows from the value or its box (`JMSShort`). [JMS 3.5.5] */
  setObjectProperty(name: string, value: unknown): void;

  /** Acknowledges all messages that the session of this one has delivered. [JMS 6.2.10] */
  acknowledge(): Promise<void>;
  /** Removes the body, and makes it writable; properties stay. [JMS 3.11.1] */
  clearBody(): void;
  /**
   * Returns the body as the class that was asked for: `getBody(String)`, `(Map)`, `(Uint8Array)`,
   * `(Object)`; null if there is none.
   *
   * @throws {MessageFormatException} if the body is not of that class
   */
  getBody<T extends BodyClass>(type: T): BodyOf<T> | null;
  /** Tells whether `getBody` would return for this class. */
  isBodyAssignableTo(type: BodyClass): boolean;
}

/** The constants of Message, and `instanceof` for messages of every provider. */
export const Message: {
  readonly DEFAULT_DELIVERY_MODE: 2;
  readonly DEFAULT_PRIORITY: 4;
  readonly DEFAULT_TIME_TO_LIVE: 0;
  readonly DEFAULT_DELIVERY_DELAY: 0;
  [Symbol.hasInstance](value: unknown): value is Message;
} = {
  DEFAULT_DELIVERY_MODE: DeliveryMode.PERSISTENT,
  DEFAULT_PRIORITY: 4,
  DEFAULT_TIME_TO_LIVE: 0,
  DEFAULT_DELIVERY_DELAY: 0,
  [Symbol.hasInstance]: (value): value is Message =>
    looksLike(value, 'getJMSMessageID', 'getPropertyNames'),
};

/** Tells whether an object has all these methods: how messages of others are recognised. */
export function looksLike(value: unknown, ...methods: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return methods.every((method) => typeof Reflect.get(value, method) === 'function');
}
