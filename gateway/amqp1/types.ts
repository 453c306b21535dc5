// The AMQP 1.0 type system as TypeScript values. Every value says its own type, so that what is
// decoded can be encoded again with exactly the type it had: a `short` never becomes an `int`.
// Owns the shapes and small constructors; `decoder.ts` and `encoder.ts` own the bytes.
// [AMQP 1.1, 1.6]
//
// Invariant: 64-bit integers are bigint, everything narrower is number; maps keep their order and
// may have keys of any type.

/** Types whose value is a number. `char` is the code point. */
export type NumberType =
  | 'ubyte'
  | 'ushort'
  | 'uint'
  | 'byte'
  | 'short'
  | 'int'
  | 'float'
  | 'double'
  | 'char';
/** Types whose value is a bigint. `timestamp` is milliseconds since the epoch. */
export type BigintType = 'ulong' | 'long' | 'timestamp';
/** Types whose value is bytes: decimals as IEEE 754 sent them, a `uuid` as its 16 bytes. */
export type BytesType = 'decimal32' | 'decimal64' | 'decimal128' | 'uuid' | 'binary';
/** Types whose value is text. A `symbol` is ASCII. */
export type TextType = 'string' | 'symbol';
/** Everything that has a constructor of its own, that is all but described values. */
export type PrimitiveType =
  | 'null'
  | 'boolean'
  | NumberType
  | BigintType
  | BytesType
  | TextType
  | 'list'
  | 'map'
  | 'array';

/** A list of values of any types. [AMQP 1.6.22] */
export interface ListValue {
  readonly type: 'list';
  readonly value: readonly Value[];
}

/** Pairs in the order of the wire. [AMQP 1.6.23] */
export interface MapValue {
  readonly type: 'map';
  readonly value: readonly (readonly [Value, Value])[];
}

/**
 * Values of one constructor. [AMQP 1.6.24] For an array of described values `descriptors` holds the
 * descriptors of the constructor, outermost first, and `value` the bare values.
 */
export interface ArrayValue {
  readonly type: 'array';
  readonly element: PrimitiveType;
  readonly descriptors: readonly Value[];
  readonly value: readonly Value[];
}

/** A value with a descriptor that says what it stands for. [AMQP 1.2] */
export interface DescribedValue {
  readonly type: 'described';
  readonly descriptor: Value;
  readonly value: Value;
}

/** Any AMQP 1.0 value. */
export type Value =
  | { readonly type: 'null'; readonly value: null }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: NumberType; readonly value: number }
  | { readonly type: BigintType; readonly value: bigint }
  | { readonly type: BytesType; readonly value: Buffer }
  | { readonly type: TextType; readonly value: string }
  | ListValue
  | MapValue
  | ArrayValue
  | DescribedValue;

/** The one null. */
export const NULL: Value = { type: 'null', value: null };
export const TRUE: Value = { type: 'boolean', value: true };
export const FALSE: Value = { type: 'boolean', value: false };

/** Wraps a symbol. */
export function symbol(value: string): Value {
  return { type: 'symbol', value };
}

/** Wraps a string. */
export function string(value: string): Value {
  return { type: 'string', value };
}

/** Wraps a number as a `uint`. */
export function uint(value: number): Value {
  return { type: 'uint', value };
}

/** Wraps an array of symbols, as capabilities are sent. */
export function symbols(values: readonly string[]): Value {
  return { type: 'array', element: 'symbol', descriptors: [], value: values.map(symbol) };
}

/** Wraps a value with a descriptor given as its number. */
export function described(code: number, value: Value): DescribedValue {
  return { type: 'described', descriptor: { type: 'ulong', value: BigInt(code) }, value };
}

/** A map with symbol keys, such as properties, annotations and filters, without its keys' types. */
export type Fields = ReadonlyMap<string, Value>;
