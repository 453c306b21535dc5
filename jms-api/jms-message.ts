// Headers, properties and the read-only rules of every message. The body belongs to the heirs.
//
// A received message shares its properties with the data that came over the seam and never writes
// to them: `clearProperties` starts a new map. So what the provider holds stays as it was sent, and
// is redelivered in its original form whatever the receiver did to his copy. [JMS 3.9, 3.10]

import { type JMSObject, objectOf, typedOf } from './boxed.ts';
import * as convert from './convert.ts';
import { DeliveryMode } from './delivery-mode.ts';
import { type Destination, dataOf, destinationOf } from './destination.ts';
import { Enumeration } from './enumeration.ts';
import { MessageFormatException, MessageNotWriteableException } from './errors.ts';
import type { BodyClass, BodyOf, Message } from './message.ts';
import type {
  BodyData,
  DestinationData,
  MessageData,
  TypedValue,
  ValueType,
} from './message-data.ts';
import { checkPropertyName } from './property-name.ts';
import * as typed from './typed-value.ts';

/** Where `acknowledge()` of a received message goes. */
export interface Acknowledger {
  acknowledge(): Promise<void>;
}

type Properties = ReadonlyMap<string, TypedValue>;

const NO_PROPERTIES: Properties = new Map();
const DELIVERY_COUNT = 'JMSXDeliveryCount';

/** @internal */
export class JmsMessage implements Message {
  #messageId: string | null = null;
  #timestamp = 0;
  #correlationId: string | Uint8Array | null = null;
  #replyTo: Destination | null = null;
  #destination: Destination | null = null;
  #deliveryMode: DeliveryMode = DeliveryMode.PERSISTENT;
  #redelivered = false;
  #type: string | null = null;
  #expiration = 0;
  #deliveryTime = 0;
  /** The delivery time of a send with a delay; 0: at once. */
  #deliverAt = 0;
  #priority = 4;
  #properties: Properties = NO_PROPERTIES;
  /** The same map, if it is ours to write. */
  #ownProperties: Map<string, TypedValue> | null = null;
  #propertiesReadOnly = false;
  #bodyReadOnly = false;
  /** 0: not received. */
  #deliveryCount = 0;
  #acknowledger: Acknowledger | null = null;

  /**
   * Makes this message what came over the seam, read-only.
   *
   * @param fallback - the destination of the consumer, for a message that does not say its own
   */
  adopt(
    data: MessageData,
    deliveryCount: number,
    fallback: DestinationData,
    acknowledger: Acknowledger,
  ): void {
    this.#messageId = data.messageId ?? null;
    this.#timestamp = data.timestamp ?? 0;
    this.#correlationId = data.correlationId ?? null;
    this.#replyTo = destinationOf(data.replyTo);
    this.#destination = destinationOf(data.destination ?? fallback);
    this.#deliveryMode = data.persistent ? DeliveryMode.PERSISTENT : DeliveryMode.NON_PERSISTENT;
    this.#redelivered = deliveryCount > 1;
    this.#type = data.type ?? null;
    this.#expiration = data.expiresAt ?? 0;
    this.#deliveryTime = data.deliverAt ?? this.#timestamp;
    this.#priority = data.priority;
    this.#properties = data.properties;
    this.#deliveryCount = deliveryCount;
    this.#acknowledger = acknowledger;
    this.#propertiesReadOnly = true;
    this.#bodyReadOnly = true;
  }

  /** Sets the headers that are the producer's to set; expiration 0: never. [JMS 3.4.11] */
  stamp(
    messageId: string | null,
    destination: DestinationData,
    deliveryMode: DeliveryMode,
    priority: number,
    timestamp: number,
    expiration: number,
    now: number,
    delayMs: number,
  ): void {
    this.#messageId = messageId;
    this.#destination = destinationOf(destination);
    this.#deliveryMode = deliveryMode;
    this.#priority = priority;
    this.#timestamp = timestamp;
    this.#deliveryTime = now + delayMs;
    this.#deliverAt = delayMs === 0 ? 0 : now + delayMs;
    this.#expiration = expiration;
    this.#redelivered = false;
  }

  /** The message as data for the provider, valid until the message is changed. */
  data(): MessageData {
    const body = this.bodyData();
    return {
      messageId: this.#messageId ?? undefined,
      correlationId: this.#correlationId ?? undefined,
      destination: this.#destination === null ? undefined : dataOf(this.#destination),
      replyTo: this.#replyTo === null ? undefined : dataOf(this.#replyTo),
      type: this.#type ?? undefined,
      persistent: this.#deliveryMode === DeliveryMode.PERSISTENT,
      priority: this.#priority,
      timestamp: this.#timestamp === 0 ? undefined : this.#timestamp,
      expiresAt: this.#expiration === 0 ? undefined : this.#expiration,
      deliverAt: this.#deliverAt === 0 ? undefined : this.#deliverAt,
      userId: undefined,
      contentType: body.kind === 'object' ? body.contentType : undefined,
      properties: this.#properties,
      body,
    };
  }

  /** The body for the provider; the heirs say it. */
  bodyData(): BodyData {
    return { kind: 'none' };
  }

  /** The correlation id, if it was set as bytes. */
  get correlationBytes(): Uint8Array | null {
    return this.#correlationId instanceof Uint8Array ? this.#correlationId : null;
  }

  /** Sets properties that were checked before. */
  setTypedProperties(properties: ReadonlyMap<string, TypedValue>): void {
    for (const [name, value] of properties) this.#setProperty(name, value);
  }

  /** @throws {MessageNotWriteableException} if the body was received and not cleared [JMS 3.11.2] */
  checkBodyWritable(): void {
    if (!this.#bodyReadOnly) return;
    throw new MessageNotWriteableException(
      'the body of a received message is read-only; clearBody() makes it writable [JMS 3.11.2]',
    );
  }

  get bodyReadOnly(): boolean {
    return this.#bodyReadOnly;
  }

  set bodyReadOnly(readOnly: boolean) {
    this.#bodyReadOnly = readOnly;
  }

  getJMSMessageID(): string | null {
    return this.#messageId;
  }
  setJMSMessageID(id: string | null): void {
    this.#messageId = id;
  }
  getJMSTimestamp(): number {
    return this.#timestamp;
  }
  setJMSTimestamp(timestamp: number): void {
    this.#timestamp = timestamp;
  }
  getJMSCorrelationIDAsBytes(): Uint8Array | null {
    const id = this.#correlationId;
    if (typeof id === 'string') return new TextEncoder().encode(id);
    return id === null ? null : new Uint8Array(id);
  }
  setJMSCorrelationIDAsBytes(id: Uint8Array | null): void {
    this.#correlationId = id === null ? null : new Uint8Array(id);
  }
  setJMSCorrelationID(id: string | null): void {
    this.#correlationId = id;
  }
  getJMSCorrelationID(): string | null {
    const id = this.#correlationId;
    if (id === null || typeof id === 'string') return id;
    return `ID:AMQP_BINARY:${Buffer.from(id).toString('hex').toUpperCase()}`;
  }
  getJMSReplyTo(): Destination | null {
    return this.#replyTo;
  }
  setJMSReplyTo(replyTo: Destination | null): void {
    this.#replyTo = replyTo;
  }
  getJMSDestination(): Destination | null {
    return this.#destination;
  }
  setJMSDestination(destination: Destination | null): void {
    this.#destination = destination;
  }
  getJMSDeliveryMode(): DeliveryMode {
    return this.#deliveryMode;
  }
  setJMSDeliveryMode(deliveryMode: DeliveryMode): void {
    this.#deliveryMode = deliveryMode;
  }
  getJMSRedelivered(): boolean {
    return this.#redelivered;
  }
  setJMSRedelivered(redelivered: boolean): void {
    this.#redelivered = redelivered;
  }
  getJMSType(): string | null {
    return this.#type;
  }
  setJMSType(type: string | null): void {
    this.#type = type;
  }
  getJMSExpiration(): number {
    return this.#expiration;
  }
  setJMSExpiration(expiration: number): void {
    this.#expiration = expiration;
  }
  getJMSDeliveryTime(): number {
    return this.#deliveryTime;
  }
  setJMSDeliveryTime(deliveryTime: number): void {
    this.#deliveryTime = deliveryTime;
  }
  getJMSPriority(): number {
    return this.#priority;
  }
  setJMSPriority(priority: number): void {
    this.#priority = priority;
  }

  clearProperties(): void {
    this.#properties = NO_PROPERTIES;
    this.#ownProperties = null;
    this.#propertiesReadOnly = false;
    this.#deliveryCount = 0;
  }
  propertyExists(name: string): boolean {
    return this.getPropertyType(name) !== null;
  }
  getPropertyNames(): Enumeration<string> {
    return new Enumeration(this.properties.keys());
  }
  getPropertyType(name: string): ValueType | null {
    return this.#property(name)?.type ?? null;
  }
  get properties(): ReadonlyMap<string, JMSObject> {
    const copy = new Map<string, JMSObject>();
    for (const [name, value] of this.#properties) copy.set(name, value.value);
    if (this.#deliveryCount > 0) copy.set(DELIVERY_COUNT, this.#deliveryCount);
    return copy;
  }
  getBooleanProperty(name: string): boolean {
    return convert.asBoolean(this.#property(name) ?? typed.NULL_VALUE);
  }
  getByteProperty(name: string): number {
    return convert.asByte(this.#property(name) ?? typed.NULL_VALUE);
  }
  getShortProperty(name: string): number {
    return convert.asShort(this.#property(name) ?? typed.NULL_VALUE);
  }
  getIntProperty(name: string): number {
    return convert.asInt(this.#property(name) ?? typed.NULL_VALUE);
  }
  getLongProperty(name: string): bigint {
    return convert.asLong(this.#property(name) ?? typed.NULL_VALUE);
  }
  getFloatProperty(name: string): number {
    return convert.asFloat(this.#property(name) ?? typed.NULL_VALUE);
  }
  getDoubleProperty(name: string): number {
    return convert.asDouble(this.#property(name) ?? typed.NULL_VALUE);
  }
  getStringProperty(name: string): string | null {
    return convert.asString(this.#property(name) ?? typed.NULL_VALUE);
  }
  getObjectProperty(name: string): JMSObject {
    return objectOf(this.#property(name) ?? typed.NULL_VALUE);
  }
  setBooleanProperty(name: string, value: boolean): void {
    this.#setProperty(name, typed.booleanValue(value));
  }
  setByteProperty(name: string, value: number): void {
    this.#setProperty(name, typed.integerValue('byte', value));
  }
  setShortProperty(name: string, value: number): void {
    this.#setProperty(name, typed.integerValue('short', value));
  }
  setIntProperty(name: string, value: number): void {
    this.#setProperty(name, typed.integerValue('int', value));
  }
  setLongProperty(name: string, value: number | bigint): void {
    this.#setProperty(name, typed.longValue(value));
  }
  setFloatProperty(name: string, value: number): void {
    this.#setProperty(name, typed.floatValue(value));
  }
  setDoubleProperty(name: string, value: number): void {
    this.#setProperty(name, typed.doubleValue(value));
  }
  setStringProperty(name: string, value: string | null): void {
    this.#setProperty(name, typed.stringValue(value));
  }
  setObjectProperty(name: string, value: unknown): void {
    this.#setProperty(name, typedOf(value, 'property'));
  }

  acknowledge(): Promise<void> {
    return this.#acknowledger === null ? Promise.resolve() : this.#acknowledger.acknowledge();
  }

  clearBody(): void {
    this.#bodyReadOnly = false;
  }

  getBody<T extends BodyClass>(type: T): BodyOf<T> | null {
    const body = this.bodyObject();
    if (body === null) return null;
    if (this.isBodyAssignableTo(type)) return body as BodyOf<T>;
    throw new MessageFormatException(
      `the body of a ${this.bodyData().kind} message is no ${type.name} [JMS 3.11]`,
    );
  }
  isBodyAssignableTo(type: BodyClass): boolean {
    const body = this.bodyObject();
    return body === null || type === Object || (typeof body === 'string' && type === String);
  }
  /** The body as `getBody` returns it; null: there is none. */
  bodyObject(): unknown {
    return null;
  }

  #property(name: string): TypedValue | undefined {
    if (name === DELIVERY_COUNT && this.#deliveryCount > 0) {
      return { type: 'int', value: this.#deliveryCount };
    }
    return this.#properties.get(name);
  }

  #setProperty(name: string, value: TypedValue): void {
    if (this.#propertiesReadOnly) {
      throw new MessageNotWriteableException(
        'the properties of a received message are read-only; clearProperties() makes them ' +
          'writable [JMS 3.5.7]',
      );
    }
    checkPropertyName(name);
    if (this.#ownProperties === null) {
      this.#ownProperties = new Map();
      this.#properties = this.#ownProperties;
    }
    this.#ownProperties.set(name, value);
  }
}
