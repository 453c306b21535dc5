// JMS properties, map entries and stream items as AMQP values, and back. JMS has no unsigned types:
// they widen to the next signed one, so that no number changes. [JMS mapping WD10]

import { MessageFormatException, type TypedValue } from '#jms-api';
import { formatUuid } from './message-id.ts';
import { type Typed, types } from './rhea.ts';

const LONG_MAX = 2n ** 63n - 1n;

/** The eight bytes of a long. */
export function longBytes(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

/**
 * Makes a string.
 *
 * @throws {MessageFormatException} if it is not Unicode: UTF-8 cannot say half a surrogate pair
 */
export function stringOf(text: string): Typed {
  return types.wrap_string(wellFormed(text));
}

/** @throws {MessageFormatException} if it is not Unicode */
export function wellFormed(text: string): string {
  if (!(text as WellFormed).isWellFormed()) {
    throw new MessageFormatException(
      'a string has half of a surrogate pair, which AMQP 1.0 cannot carry: send it as bytes',
    );
  }
  return text;
}

/** Node 20 has it, the library that is compiled against not yet. */
type WellFormed = string & { isWellFormed(): boolean };

/** Makes the AMQP value of a property, entry or item. */
export function amqpValueOf(typed: TypedValue): Typed {
  switch (typed.type) {
    case 'null':
      return types.Null();
    case 'boolean':
      return typed.value ? types.True() : types.False();
    case 'byte':
      return types.Byte(typed.value);
    case 'short':
      return types.Short(typed.value);
    case 'int':
      return types.Int(typed.value);
    case 'long':
      return types.Long(longBytes(typed.value));
    case 'float':
      return types.Float(typed.value);
    case 'double':
      return types.Double(typed.value);
    case 'char':
      return types.CharUTF32(typed.value.charCodeAt(0) || 0);
    case 'string':
      return stringOf(typed.value);
    case 'bytes':
      return types.wrap_binary(typed.value);
  }
}

/** Reads a value for an application property; undefined for what JMS cannot hold there. */
export function propertyOf(value: Typed): TypedValue | undefined {
  const item = itemOf(value);
  if (item?.type === 'char') return { type: 'string', value: item.value };
  return item?.type === 'bytes' ? undefined : item;
}

/** Reads a value for an entry of a map or stream; undefined for what JMS cannot hold. */
export function itemOf({ type, value, descriptor }: Typed): TypedValue | undefined {
  if (descriptor !== undefined) return undefined;
  switch (type.name) {
    case 'Null':
      return { type: 'null', value: null };
    case 'True':
    case 'False':
    case 'Boolean':
      return { type: 'boolean', value: Boolean(value) };
    case 'Byte':
      return { type: 'byte', value: value as number };
    case 'Short':
    case 'Ubyte':
      return { type: 'short', value: value as number };
    case 'Int':
    case 'SmallInt':
    case 'Ushort':
      return { type: 'int', value: value as number };
    case 'Long':
    case 'SmallLong':
    case 'Uint':
    case 'SmallUint':
    case 'Uint0':
    case 'Ulong':
    case 'SmallUlong':
    case 'Ulong0':
    case 'Timestamp':
      return longOf(BigInt(value as number | bigint));
    case 'Float':
      return { type: 'float', value: value as number };
    case 'Double':
      return { type: 'double', value: value as number };
    case 'CharUTF32': {
      const text = String.fromCodePoint(value as number);
      return { type: text.length === 1 ? 'char' : 'string', value: text };
    }
    case 'Str8':
    case 'Str32':
    case 'Sym8':
    case 'Sym32':
      return { type: 'string', value: value as string };
    case 'Uuid':
      return { type: 'string', value: formatUuid(value as Buffer) };
    case 'Vbin8':
    case 'Vbin32':
      return { type: 'bytes', value: copyOf(value as Buffer) };
    default:
      return undefined;
  }
}

/** Bytes of their own, for what came is a window into what the socket read. */
export function copyOf(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes);
}

/** There is no wider type than a long: what does not fit keeps its digits. */
function longOf(value: bigint): TypedValue {
  return value > LONG_MAX ? { type: 'string', value: String(value) } : { type: 'long', value };
}
