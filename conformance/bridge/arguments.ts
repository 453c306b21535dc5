/**
 * Arguments of a call, from the wire's form to what the TypeScript method takes. Java chose the
 * overload by declared types; they come along, because here the value has to say it: an `Object`
 * that is a Byte becomes a JMSByte, a `long` is a bigint only where the method takes one.
 */

import {
  JMSByte,
  JMSCharacter,
  JMSDouble,
  JMSFloat,
  JMSInteger,
  JMSLong,
  JMSShort,
  type Queue,
  type Topic,
} from '#jms-api';
import type { Handles } from './handles.ts';
import { classOf, JavaOpaque } from './java-values.ts';

/** A value in the form of the wire: JSON, lists begin with their type. */
export type Wire = null | boolean | number | string | readonly Wire[];

/** A method as Java names it: `send(Message,int,int,long)`. */
export interface Signature {
  readonly name: string;
  readonly types: readonly string[];
}

const signatures = new Map<string, Signature>();

/** Reads a signature. */
export function parseSignature(text: string): Signature {
  const known = signatures.get(text);
  if (known !== undefined) return known;
  const [name = '', rest = ''] = text.slice(0, -1).split('(');
  const signature = { name, types: rest === '' ? [] : rest.split(',') };
  signatures.set(text, signature);
  return signature;
}

/** Reads one argument. */
export function readArgument(
  wire: Wire,
  type: string,
  method: string,
  handles: Handles,
  listener: (id: number, lane: number) => object,
): unknown {
  const boxed = type === 'Object' || method === 'setProperty';
  if (typeof wire === 'number') return boxed ? new JMSInteger(wire) : wire;
  if (!Array.isArray(wire)) return wire;
  const [tag, value, more] = wire as [string, Wire, Wire];
  switch (tag) {
    case 'ref':
      return handles.get(Number(value));
    case 'fn':
      return listener(Number(value), Number(more));
    case 'byte':
      return boxed ? new JMSByte(Number(value)) : value;
    case 'short':
      return boxed ? new JMSShort(Number(value)) : value;
    case 'long':
      return longOf(String(value), boxed, method);
    case 'float':
      return boxed ? new JMSFloat(Number(value)) : Number(value);
    case 'double':
      return boxed ? new JMSDouble(Number(value)) : Number(value);
    case 'char':
      return boxed ? new JMSCharacter(String(value)) : value;
    case 'bytes':
      return new Uint8Array(Buffer.from(String(value), 'base64'));
    case 'buffer':
      return new Uint8Array(Number(value));
    case 'class':
      return classOf(String(value));
    case 'java':
      return { java: value, types: more };
    case 'map':
      return mapOf(value as [string, Wire][], (item) =>
        readArgument(item, 'Object', method, handles, listener),
      );
    case 'queue':
      return queueNamed(String(value));
    case 'topic':
      return topicNamed(String(value));
    default:
      return new JavaOpaque(String(value));
  }
}

function longOf(text: string, boxed: boolean, method: string): unknown {
  if (boxed) return new JMSLong(BigInt(text));
  return /Long/.test(method) ? BigInt(text) : Number(text);
}

function mapOf(entries: [string, Wire][], read: (item: Wire) => unknown): Map<string, unknown> {
  return new Map(entries.map(([name, item]) => [name, read(item)]));
}

/** A queue of another provider, as far as it matters: a name. */
function queueNamed(name: string): Queue {
  return { getQueueName: () => name, toString: () => `queue://${name}` };
}

/** A topic of another provider. */
function topicNamed(name: string): Topic {
  return { getTopicName: () => name, toString: () => `topic://${name}` };
}
