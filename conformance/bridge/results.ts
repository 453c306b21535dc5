/**
 * Results and the arguments of listeners, from what the TypeScript API returned to the wire's form.
 * Objects of the API go by handle, with their kind where Java's method does not tell it. Values
 * typed only as `Object` in Java carry the JMS type that the message knows for them.
 */

import {
  BytesMessage,
  Enumeration,
  JMSException,
  JMSRuntimeException,
  MapMessage,
  Message,
  ObjectMessage,
  Queue,
  StreamMessage,
  TextMessage,
  Topic,
  type ValueType,
} from '#jms-api';
import type { Wire } from './arguments.ts';
import type { Handles } from './handles.ts';
import { isJavaSerialized, JavaListener } from './java-values.ts';

/** Writes a result whose Java type says enough. */
export function writeResult(value: unknown, handles: Handles): Wire {
  switch (typeof value) {
    case 'boolean':
    case 'string':
      return value;
    case 'number':
      return writeNumber(value);
    case 'bigint':
      return ['long', String(value)];
  }
  if (typeof value !== 'object' || value === null) return null;
  if (value instanceof JavaListener) return ['fn', value.id];
  if (value instanceof Uint8Array) return ['bytes', writeBytes(value)];
  if (value instanceof Enumeration || value instanceof Set || Array.isArray(value)) {
    return ['list', [...value].map((item) => writeResult(item, handles))];
  }
  if (value instanceof Error) return ['error', ...writeError(value)];
  return ['ref', handles.send(value), ...kindOf(value)];
}

/** Writes a value of a property, of a map entry or of a stream, as the type that it has. */
export function writeTyped(value: unknown, type: ValueType | null | undefined): Wire {
  if (typeof value === 'number' && type !== undefined && type !== null) {
    return type === 'int'
      ? value
      : [type, type === 'byte' || type === 'short' ? value : text(value)];
  }
  if (typeof value === 'string' && type === 'char') return ['char', value];
  return writeData(value, () => undefined);
}

/** Writes a body: strings, bytes, maps, and the JSON of object messages. */
export function writeData(
  value: unknown,
  typeOf: (name: string) => ValueType | null | undefined,
): Wire {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return ['long', String(value)];
  if (typeof value === 'number') return writeNumber(value);
  if (value instanceof Uint8Array) return ['bytes', writeBytes(value)];
  if (isJavaSerialized(value)) return ['java', value.java];
  if (Array.isArray(value)) return ['list', value.map((item) => writeData(item, () => undefined))];
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return ['map', entries.map(([name, item]) => [name, writeTyped(item, typeOf(name))])];
}

/** Writes bytes, without a tag. */
export function writeBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** Writes an error: name, message, error code, stack if it is none of JMS, cause. */
export function writeError(error: unknown): Wire[] {
  if (!(error instanceof Error)) return ['Error', String(error), null, null, null];
  const ofJms = error instanceof JMSException || error instanceof JMSRuntimeException;
  const cause = error.cause instanceof Error ? writeError(error.cause) : null;
  const code = ofJms ? error.getErrorCode() : null;
  return [error.name, error.message, code, ofJms ? null : (error.stack ?? null), cause];
}

function writeNumber(value: number): Wire {
  const whole = Number.isSafeInteger(value) && !Object.is(value, -0);
  return whole ? value : ['double', text(value)];
}

function text(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Java's name for the kind of an object, and a destination's name. */
function kindOf(value: object): Wire[] {
  if (value instanceof Message) return [kindOfMessage(value)];
  const temporary = String(value).startsWith('temp-') ? 'Temporary' : '';
  if (value instanceof Queue && isNamed(value)) return [`${temporary}Queue`, value.getQueueName()];
  if (value instanceof Topic && isNamed(value)) return [`${temporary}Topic`, value.getTopicName()];
  return [null];
}

/** A destination, and not a session or a producer that happens to know one. */
function isNamed(value: object): boolean {
  return /^(temp-)?(queue|topic):\/\//.test(String(value));
}

function kindOfMessage(message: Message): string {
  if (message instanceof TextMessage) return 'TextMessage';
  if (message instanceof BytesMessage) return 'BytesMessage';
  if (message instanceof MapMessage) return 'MapMessage';
  if (message instanceof StreamMessage) return 'StreamMessage';
  return message instanceof ObjectMessage ? 'ObjectMessage' : 'Message';
}
