// The JMSProducer: options, properties and headers that it puts on each message, and the one producer
// of its context that sends them all. [JMS 7.4-7.6]

import { type JMSObject, typedOf } from './boxed.ts';
import { JmsBytesMessage } from './bytes-message.ts';
import type { Context } from './context.ts';
import type { DeliveryMode } from './delivery-mode.ts';
import { type Destination, dataOf } from './destination.ts';
import { MessageFormatException } from './errors.ts';
import { ownMessage } from './foreign-message.ts';
import { JmsMessage } from './jms-message.ts';
import { completionListenerOf } from './jms-producer.ts';
import { JmsMapMessage } from './map-message.ts';
import { Message } from './message.ts';
import type { TypedValue, ValueType } from './message-data.ts';
import type { CompletionListener } from './message-producer.ts';
import { JmsObjectMessage } from './object-message.ts';
import { checkPropertyName } from './property-name.ts';
import { runtimeOf, unchecked } from './runtime-exceptions.ts';
import { checkDeliveryMode, checkMs, checkPriority, SendOptions } from './send-options.ts';
import type { JMSProducer } from './simplified.ts';
import { JmsTextMessage } from './text-message.ts';

/** @internal */
export class ContextProducer implements JMSProducer {
  readonly #context: Context;
  readonly #options: SendOptions = new SendOptions();
  /** Holds properties and headers, with the rules that messages have for them. */
  readonly #template: JmsMessage = new JmsMessage();
  #properties: Map<string, TypedValue> = new Map();
  #completion: CompletionListener | null = null;
  #hasCorrelation = false;
  #hasType = false;
  #hasReplyTo = false;

  constructor(context: Context) {
    this.#context = context;
  }

  async send(destination: Destination, given: unknown): Promise<this> {
    try {
      const data = dataOf(destination);
      const message = messageOf(given);
      const original = given instanceof Message ? given : message;
      this.#dress(message);
      if (message !== original) this.#dress(original);
      const producer = this.#context.producer();
      const ready = producer instanceof Promise ? await producer : producer;
      await ready.sendWith(data, message, original, this.#options, this.#completion);
      return this;
    } catch (error) {
      throw runtimeOf(error);
    }
  }

  setDisableMessageID(value: boolean): this {
    this.#options.disableMessageID = value;
    return this;
  }
  getDisableMessageID(): boolean {
    return this.#options.disableMessageID;
  }
  setDisableMessageTimestamp(value: boolean): this {
    this.#options.disableTimestamp = value;
    return this;
  }
  getDisableMessageTimestamp(): boolean {
    return this.#options.disableTimestamp;
  }
  setDeliveryMode(deliveryMode: DeliveryMode): this {
    this.#options.deliveryMode = unchecked(() => checkDeliveryMode(deliveryMode));
    return this;
  }
  getDeliveryMode(): DeliveryMode {
    return this.#options.deliveryMode;
  }
  setPriority(priority: number): this {
    this.#options.priority = unchecked(() => checkPriority(priority));
    return this;
  }
  getPriority(): number {
    return this.#options.priority;
  }
  setTimeToLive(timeToLive: number): this {
    this.#options.timeToLive = unchecked(() => checkMs('a time to live', timeToLive));
    return this;
  }
  getTimeToLive(): number {
    return this.#options.timeToLive;
  }
  setDeliveryDelay(deliveryDelay: number): this {
    const ms = unchecked(() => checkMs('a delivery delay', deliveryDelay));
    if (ms > 0) this.#context.connection.need('delivery-delay', 'setDeliveryDelay');
    this.#options.deliveryDelay = ms;
    return this;
  }
  getDeliveryDelay(): number {
    return this.#options.deliveryDelay;
  }
  setAsync(completionListener: CompletionListener | null): this {
    this.#completion = completionListenerOf(completionListener);
    return this;
  }
  getAsync(): CompletionListener | null {
    return this.#completion;
  }

  setProperty(name: string, value: unknown): this {
    unchecked(() => {
      checkPropertyName(name);
      const typed = typedOf(value, 'property');
      this.#template.setObjectProperty(name, value);
      this.#properties.set(name, typed);
    });
    return this;
  }
  clearProperties(): this {
    this.#template.clearProperties();
    this.#properties = new Map();
    return this;
  }
  propertyExists(name: string): boolean {
    return this.#template.propertyExists(name);
  }
  getPropertyType(name: string): ValueType | null {
    return this.#template.getPropertyType(name);
  }
  getBooleanProperty(name: string): boolean {
    return unchecked(() => this.#template.getBooleanProperty(name));
  }
  getByteProperty(name: string): number {
    return unchecked(() => this.#template.getByteProperty(name));
  }
  getShortProperty(name: string): number {
    return unchecked(() => this.#template.getShortProperty(name));
  }
  getIntProperty(name: string): number {
    return unchecked(() => this.#template.getIntProperty(name));
  }
  getLongProperty(name: string): bigint {
    return unchecked(() => this.#template.getLongProperty(name));
  }
  getFloatProperty(name: string): number {
    return unchecked(() => this.#template.getFloatProperty(name));
  }
  getDoubleProperty(name: string): number {
    return unchecked(() => this.#template.getDoubleProperty(name));
  }
  getStringProperty(name: string): string | null {
    return unchecked(() => this.#template.getStringProperty(name));
  }
  getObjectProperty(name: string): JMSObject {
    return unchecked(() => this.#template.getObjectProperty(name));
  }
  getPropertyNames(): ReadonlySet<string> {
    return new Set(this.#properties.keys());
  }

  setJMSCorrelationIDAsBytes(correlationID: Uint8Array | null): this {
    this.#template.setJMSCorrelationIDAsBytes(correlationID);
    this.#hasCorrelation = correlationID !== null;
    return this;
  }
  getJMSCorrelationIDAsBytes(): Uint8Array | null {
    return this.#template.getJMSCorrelationIDAsBytes();
  }
  setJMSCorrelationID(correlationID: string | null): this {
    this.#template.setJMSCorrelationID(correlationID);
    this.#hasCorrelation = correlationID !== null;
    return this;
  }
  getJMSCorrelationID(): string | null {
    return this.#template.getJMSCorrelationID();
  }
  setJMSType(type: string | null): this {
    this.#template.setJMSType(type);
    this.#hasType = type !== null;
    return this;
  }
  getJMSType(): string | null {
    return this.#template.getJMSType();
  }
  setJMSReplyTo(replyTo: Destination | null): this {
    this.#template.setJMSReplyTo(replyTo);
    this.#hasReplyTo = replyTo !== null;
    return this;
  }
  getJMSReplyTo(): Destination | null {
    return this.#template.getJMSReplyTo();
  }

  /** Puts what was set here on a message: it wins over what the message says. [JMS 7.5, 7.6] */
  #dress(message: Message): void {
    if (this.#hasCorrelation) {
      const bytes = this.#template.correlationBytes;
      if (bytes === null) message.setJMSCorrelationID(this.#template.getJMSCorrelationID());
      else message.setJMSCorrelationIDAsBytes(bytes);
    }
    if (this.#hasType) message.setJMSType(this.#template.getJMSType());
    if (this.#hasReplyTo) message.setJMSReplyTo(this.#template.getJMSReplyTo());
    if (this.#properties.size === 0) return;
    if (message instanceof JmsMessage) message.setTypedProperties(this.#properties);
    else {
      for (const [name, { value }] of this.#properties) message.setObjectProperty(name, value);
    }
  }
}

function messageOf(given: unknown): JmsMessage {
  if (given instanceof Message) return ownMessage(given);
  if (typeof given === 'string') {
    const message = new JmsTextMessage();
    message.setText(given);
    return message;
  }
  if (given instanceof Uint8Array) {
    const message = new JmsBytesMessage();
    message.writeBytes(given);
    return message;
  }
  if (given instanceof Map) {
    const message = new JmsMapMessage();
    for (const [name, value] of given) message.setObject(name, value);
    return message;
  }
  if (given === null || given === undefined) {
    throw new MessageFormatException(`a send needs a message or a body, got ${given}`);
  }
  const message = new JmsObjectMessage();
  message.setObject(given);
  return message;
}
