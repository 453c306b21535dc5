// JMSContext, JMSProducer and JMSConsumer: the simplified API. It does what Connection, Session,
// MessageProducer and MessageConsumer do, and throws runtime exceptions. [JMS 2.8, 6.3, 7.4, 8.4]

import type { JMSObject } from './boxed.ts';
import type { BytesMessage } from './bytes-message.ts';
import type { ConnectionMetaData, ExceptionListener, ExceptionListenerLike } from './connection.ts';
import type { DeliveryMode } from './delivery-mode.ts';
import type { Destination, Queue, TemporaryQueue, TemporaryTopic, Topic } from './destination.ts';
import type { MapMessage } from './map-message.ts';
import type { BodyClass, BodyOf, Message } from './message.ts';
import type { MessageListener, MessageListenerLike, ReceiveOptions } from './message-consumer.ts';
import type { ValueType } from './message-data.ts';
import type { CompletionListener } from './message-producer.ts';
import type { ObjectMessage } from './object-message.ts';
import type { QueueBrowser } from './queue-browser.ts';
import type { AcknowledgeMode } from './session.ts';
import { Session } from './session.ts';
import type { StreamMessage } from './stream-message.ts';
import type { TextMessage } from './text-message.ts';

/** The acknowledge modes, as {@link Session} has them. */
export const JMSContext: typeof Session = Session;

/**
 * A connection and a session in one. Contexts made by `createContext` of a context share its
 * connection, which closes with the last of them. [JMS 6.3]
 */
export interface JMSContext extends AsyncDisposable {
  /** Makes another context over the same connection. */
  createContext(sessionMode: AcknowledgeMode): Promise<JMSContext>;
  createProducer(): JMSProducer;
  getClientID(): string | null;
  /** As {@link Connection.setClientID}: before anything else is done with the context. */
  setClientID(clientID: string): Promise<void>;
  getMetaData(): ConnectionMetaData;
  getExceptionListener(): ExceptionListener | null;
  setExceptionListener(listener: ExceptionListenerLike | null): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Whether the first consumer starts the connection; default true. [JMS 8.4] */
  setAutoStart(autoStart: boolean): void;
  getAutoStart(): boolean;
  close(): Promise<void>;
  createBytesMessage(): BytesMessage;
  createMapMessage(): MapMessage;
  createMessage(): Message;
  createObjectMessage(object?: unknown): ObjectMessage;
  createStreamMessage(): StreamMessage;
  createTextMessage(text?: string | null): TextMessage;
  getTransacted(): boolean;
  getSessionMode(): AcknowledgeMode;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  recover(): Promise<void>;
  createConsumer(
    destination: Destination,
    messageSelector?: string | null,
    noLocal?: boolean,
  ): Promise<JMSConsumer>;
  createQueue(queueName: string): Queue;
  createTopic(topicName: string): Topic;
  createDurableConsumer(
    topic: Topic,
    name: string,
    messageSelector?: string | null,
    noLocal?: boolean,
  ): Promise<JMSConsumer>;
  createSharedDurableConsumer(
    topic: Topic,
    name: string,
    messageSelector?: string | null,
  ): Promise<JMSConsumer>;
  createSharedConsumer(
    topic: Topic,
    sharedSubscriptionName: string,
    messageSelector?: string | null,
  ): Promise<JMSConsumer>;
  createBrowser(queue: Queue, messageSelector?: string | null): Promise<QueueBrowser>;
  createTemporaryQueue(): Promise<TemporaryQueue>;
  createTemporaryTopic(): Promise<TemporaryTopic>;
  unsubscribe(name: string): Promise<void>;
  /** Acknowledges all messages that the context has received; no effect in other modes. */
  acknowledge(): Promise<void>;
}

/** What may be sent without making a message of it: the body alone. */
export type SendableBody = string | Uint8Array | ReadonlyMap<string, unknown> | object;

/**
 * Sends. Its setters return it, so that calls can be chained; what they set wins over what the message
 * says. [JMS 7.4-7.6]
 */
export interface JMSProducer {
  /**
   * Sends a message, or a message made of a body: a text, bytes, a map, or any other object.
   *
   * @returns when it is confirmed; at once after `setAsync`
   * @throws {MessageFormatRuntimeException} for null, and for what cannot be a body
   */
  send(destination: Destination, message: Message): Promise<this>;
  send(destination: Destination, body: SendableBody): Promise<this>;
  setDisableMessageID(value: boolean): this;
  getDisableMessageID(): boolean;
  setDisableMessageTimestamp(value: boolean): this;
  getDisableMessageTimestamp(): boolean;
  setDeliveryMode(deliveryMode: DeliveryMode): this;
  getDeliveryMode(): DeliveryMode;
  setPriority(priority: number): this;
  getPriority(): number;
  setTimeToLive(timeToLive: number): this;
  getTimeToLive(): number;
  setDeliveryDelay(deliveryDelay: number): this;
  getDeliveryDelay(): number;
  /** Sends go on without waiting, and the listener hears of each; null: they wait. [JMS 7.3] */
  setAsync(completionListener: CompletionListener | null): this;
  getAsync(): CompletionListener | null;
  /** Sets a property of all messages; its type is as in `setObjectProperty`. */
  setProperty(
    name: string,
    value: boolean | number | bigint | string | JMSPropertyValue | null,
  ): this;
  clearProperties(): this;
  propertyExists(name: string): boolean;
  /** Returns the JMS type of a property, or null if there is none of that name. */
  getPropertyType(name: string): ValueType | null;
  getBooleanProperty(name: string): boolean;
  getByteProperty(name: string): number;
  getShortProperty(name: string): number;
  getIntProperty(name: string): number;
  getLongProperty(name: string): bigint;
  getFloatProperty(name: string): number;
  getDoubleProperty(name: string): number;
  getStringProperty(name: string): string | null;
  getObjectProperty(name: string): JMSObject;
  getPropertyNames(): ReadonlySet<string>;
  setJMSCorrelationIDAsBytes(correlationID: Uint8Array | null): this;
  getJMSCorrelationIDAsBytes(): Uint8Array | null;
  setJMSCorrelationID(correlationID: string | null): this;
  getJMSCorrelationID(): string | null;
  setJMSType(type: string | null): this;
  getJMSType(): string | null;
  setJMSReplyTo(replyTo: Destination | null): this;
  getJMSReplyTo(): Destination | null;
}

/** A number whose JMS type is said: `new JMSShort(1)`. */
export interface JMSPropertyValue {
  readonly type: string;
  readonly value: JMSObject;
}

/** Receives. [JMS 8.4-8.6] */
export interface JMSConsumer extends AsyncDisposable, AsyncIterable<Message> {
  getMessageSelector(): string | null;
  getMessageListener(): MessageListener | null;
  setMessageListener(listener: MessageListenerLike | null): void;
  receive(timeout?: number | ReceiveOptions): Promise<Message | null>;
  receiveNoWait(): Promise<Message | null>;
  close(): Promise<void>;
  /**
   * Receives the next message and returns its body: `receiveBody(String)`, `(Map)`, `(Uint8Array)`,
   * `(Object)`.
   *
   * @throws {MessageFormatRuntimeException} if the body is not of that class. The message is then as
   * if it had not been received, unless the client or a transaction acknowledges. [JMS 8.6]
   */
  receiveBody<T extends BodyClass>(
    type: T,
    timeout?: number | ReceiveOptions,
  ): Promise<BodyOf<T> | null>;
  receiveBodyNoWait<T extends BodyClass>(type: T): Promise<BodyOf<T> | null>;
}
