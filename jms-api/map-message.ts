// A message whose body is a set of names and typed values. [JMS 3.11.3]

import { type JMSObject, objectOf, typedOf } from './boxed.ts';
import * as convert from './convert.ts';
import { Enumeration } from './enumeration.ts';
import { IllegalArgumentException } from './errors.ts';
import { JmsMessage } from './jms-message.ts';
import { type BodyClass, looksLike, type Message } from './message.ts';
import type { BodyData, TypedValue, ValueType } from './message-data.ts';
import * as typed from './typed-value.ts';

/**
 * A message whose body is a set of names and typed values; conversions as in
 * Table 3-7. [JMS 3.11]
 */
export interface MapMessage extends Message {
  /** Reads an entry as boolean. */
  getBoolean(name: string): boolean;
  /** Reads an entry as byte. */
  getByte(name: string): number;
  /** Reads an entry as short. */
  getShort(name: string): number;
  /** Reads an entry as char, a string of one UTF-16 unit. */
  getChar(name: string): string;
  /** Reads an entry as int. */
  getInt(name: string): number;
  /** Reads an entry as long. */
  getLong(name: string): bigint;
  /** Reads an entry as float. */
  getFloat(name: string): number;
  /** Reads an entry as double. */
  getDouble(name: string): number;
  /** Reads an entry as string, or null. */
  getString(name: string): string | null;
  /** Returns a copy of the bytes of an entry, or null. */
  getBytes(name: string): Uint8Array | null;
  /** Returns the value of an entry, or null. */
  getObject(name: string): JMSObject;
  /** Returns the names of all entries. */
  getMapNames(): Enumeration<string>;
  /** Returns the JMS type of an entry, or null if there is none of that name. */
  getItemType(name: string): ValueType | null;
  /** Tells whether there is an entry of that name. */
  itemExists(name: string): boolean;
  /** Sets an entry of type boolean. */
  setBoolean(name: string, value: boolean): void;
  /** Sets an entry of type byte. */
  setByte(name: string, value: number): void;
  /** Sets an entry of type short. */
  setShort(name: string, value: number): void;
  /** Sets an entry of type char. */
  setChar(name: string, value: string): void;
  /** Sets an entry of type int. */
  setInt(name: string, value: number): void;
  /** Sets an entry of type long. */
  setLong(name: string, value: number | bigint): void;
  /** Sets an entry of type float. */
  setFloat(name: string, value: number): void;
  /** Sets an entry of type double. */
  setDouble(name: string, value: number): void;
  /** Sets an entry of type string. */
  setString(name: string, value: string | null): void;
  /** Sets an entry to a copy of bytes, or of a part of them. */
  setBytes(name: string, value: Uint8Array | null, offset?: number, length?: number): void;
  /** Sets an entry whose type follows from the value or its box (`JMSShort`). */
  setObject(name: string, value: unknown): void;
}

/** Makes `message instanceof MapMessage` work for messages of every provider. */
export const MapMessage: { [Symbol.hasInstance](value: unknown): value is MapMessage } = {
  [Symbol.hasInstance]: (value): value is MapMessage =>
    value instanceof JmsMapMessage || looksLike(value, 'getJMSMessageID', 'getMapNames'),
};

/** @internal */
export class JmsMapMessage extends JmsMessage implements MapMessage {
  #entries: ReadonlyMap<string, TypedValue>;
  /** The same map, if it is ours to write. */
  #own: Map<string, TypedValue> | null = null;

  constructor(entries: ReadonlyMap<string, TypedValue> = new Map()) {
    super();
    this.#entries = entries;
  }

  getBoolean(name: string): boolean {
    return convert.asBoolean(this.#get(name));
  }
  getByte(name: string): number {
    return convert.asByte(this.#get(name));
  }
  getShort(name: string): number {
    return convert.asShort(this.#get(name));
  }
  getChar(name: string): string {
    return convert.asChar(this.#get(name));
  }
  getInt(name: string): number {
    return convert.asInt(this.#get(name));
  }
  getLong(name: string): bigint {
    return convert.asLong(this.#get(name));
  }
  getFloat(name: string): number {
    return convert.asFloat(this.#get(name));
  }
  getDouble(name: string): number {
    return convert.asDouble(this.#get(name));
  }
  getString(name: string): string | null {
    return convert.asString(this.#get(name));
  }
  getBytes(name: string): Uint8Array | null {
    return convert.asBytes(this.#get(name));
  }
  getObject(name: string): JMSObject {
    return objectOf(this.#get(name));
  }
  getMapNames(): Enumeration<string> {
    return new Enumeration([...this.#entries.keys()]);
  }
  getItemType(name: string): ValueType | null {
    return this.#entries.get(name)?.type ?? null;
  }
  itemExists(name: string): boolean {
    return this.#entries.has(name);
  }
  setBoolean(name: string, value: boolean): void {
    this.#set(name, typed.booleanValue(value));
  }
  setByte(name: string, value: number): void {
    this.#set(name, typed.integerValue('byte', value));
  }
  setShort(name: string, value: number): void {
    this.#set(name, typed.integerValue('short', value));
  }
  setChar(name: string, value: string): void {
    this.#set(name, typed.charValue(value));
  }
  setInt(name: string, value: number): void {
    this.#set(name, typed.integerValue('int', value));
  }
  setLong(name: string, value: number | bigint): void {
    this.#set(name, typed.longValue(value));
  }
  setFloat(name: string, value: number): void {
    this.#set(name, typed.floatValue(value));
  }
  setDouble(name: string, value: number): void {
    this.#set(name, typed.doubleValue(value));
  }
  setString(name: string, value: string | null): void {
    this.#set(name, typed.stringValue(value));
  }
  setBytes(name: string, value: Uint8Array | null, offset?: number, length?: number): void {
    this.#set(name, typed.bytesValue(value, offset, length));
  }
  setObject(name: string, value: unknown): void {
    this.#set(name, typedOf(value, 'body'));
  }

  override clearBody(): void {
    super.clearBody();
    this.#entries = new Map();
    this.#own = null;
  }

  override bodyData(): BodyData {
    return { kind: 'map', entries: this.#entries };
  }

  override bodyObject(): Map<string, JMSObject> | null {
    if (this.#entries.size === 0) return null;
    const copy = new Map<string, JMSObject>();
    for (const [name, value] of this.#entries) copy.set(name, objectOf(value));
    return copy;
  }

  override isBodyAssignableTo(type: BodyClass): boolean {
    return this.#entries.size === 0 || type === Map || type === Object;
  }

  #get(name: string): TypedValue {
    return this.#entries.get(name) ?? typed.NULL_VALUE;
  }

  #set(name: string, value: TypedValue): void {
    this.checkBodyWritable();
    if (typeof name !== 'string' || name === '') {
      throw new IllegalArgumentException('a map entry needs a name, got null or the empty string');
    }
    if (this.#own === null) {
      this.#own = new Map(this.#entries);
      this.#entries = this.#own;
    }
    this.#own.set(name, value);
  }
}
