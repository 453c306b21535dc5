// Composite types as tables: a described list whose fields have a place, a name, a type, and are
// mandatory or have a default. One reader and one writer serve all of the control plane. [AMQP 1.4]
//
// Invariant: what a reader returns has exactly the keys of its TypeScript interface: the field
// `container-id` as `containerId`, absent when it is null on the wire and has no default.

import { codeOfDescriptor } from './descriptor.ts';
import { decodeError } from './errors.ts';
import type { BytesType, Fields, NumberType, TextType, Value } from './types.ts';
import { FALSE, NULL, symbols as symbolArray, TRUE } from './types.ts';

/** How the value of a field is read and written. */
export interface FieldCodec {
  /** In words, for the error text. */
  readonly expected: string;
  /** Returns `undefined` for a value of the wrong type. */
  read(value: Value): unknown;
  write(value: unknown): Value;
}

/** One field of a composite type. */
export interface Field {
  /** As the specification spells it. */
  readonly name: string;
  /** As TypeScript spells it. */
  readonly key: string;
  readonly codec: FieldCodec;
  readonly mandatory: boolean;
  /** What an absent field means; `undefined` if it means nothing. */
  readonly fallback: unknown;
}

/** The table of one composite type. */
export interface Composite {
  readonly kind: string;
  readonly code: number;
  readonly fields: readonly Field[];
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** A field that may be absent, and means nothing then. */
export function optional(name: string, codec: FieldCodec): Field {
  return { name, key: camelCase(name), codec, mandatory: false, fallback: undefined };
}

/** A field that must be there. */
export function mandatory(name: string, codec: FieldCodec): Field {
  return { name, key: camelCase(name), codec, mandatory: true, fallback: undefined };
}

/** A field that means `fallback` when it is absent. */
export function defaulted(name: string, codec: FieldCodec, fallback: unknown): Field {
  return { name, key: camelCase(name), codec, mandatory: false, fallback };
}

function numberCodec(type: NumberType): FieldCodec {
  return {
    expected: type,
    read: (value) => (value.type === type ? value.value : undefined),
    write: (value) => ({ type, value: value as number }),
  };
}

function textCodec(type: TextType): FieldCodec {
  return {
    expected: type,
    read: (value) => (value.type === type ? value.value : undefined),
    write: (value) => ({ type, value: value as string }),
  };
}

function bytesCodec(type: BytesType): FieldCodec {
  return {
    expected: type,
    read: (value) => (value.type === type ? value.value : undefined),
    write: (value) => ({ type, value: value as Buffer }),
  };
}

export const ubyte: FieldCodec = numberCodec('ubyte');
export const ushort: FieldCodec = numberCodec('ushort');
export const uint: FieldCodec = numberCodec('uint');
export const text: FieldCodec = textCodec('string');
export const symbol: FieldCodec = textCodec('symbol');
export const binary: FieldCodec = bytesCodec('binary');

export const ulong: FieldCodec = {
  expected: 'ulong',
  read: (value) => (value.type === 'ulong' ? value.value : undefined),
  write: (value) => ({ type: 'ulong', value: value as bigint }),
};

export const boolean: FieldCodec = {
  expected: 'boolean',
  read: (value) => (value.type === 'boolean' ? value.value : undefined),
  write: (value) => (value === true ? TRUE : FALSE),
};

/** A map as it is on the wire. */
export const map: FieldCodec = {
  expected: 'map',
  read: (value) => (value.type === 'map' ? value : undefined),
  write: (value) => value as Value,
};

/** Several symbols; a single one may stand without its array. [AMQP 1.4] */
export const symbols: FieldCodec = {
  expected: 'symbol or array of symbols',
  read(value) {
    if (value.type === 'symbol') return [value.value];
    if (value.type !== 'array' || value.element !== 'symbol') return undefined;
    return value.value.map((element) => element.value as string);
  },
  write(value) {
    const names = value as readonly string[];
    return names.length === 0 ? NULL : symbolArray(names);
  },
};

/** A map with symbols for keys. [AMQP 2.8.8 fields] */
export const fields: FieldCodec = {
  expected: 'map with symbol keys',
  read(value) {
    if (value.type !== 'map') return undefined;
    const entries = new Map<string, Value>();
    for (const [key, element] of value.value) {
      // Some clients send strings as keys; they mean the same.
      if (key.type !== 'symbol' && key.type !== 'string') return undefined;
      entries.set(key.value, element);
    }
    return entries;
  },
  write(value) {
    const entries = value as Fields;
    if (entries.size === 0) return NULL;
    return {
      type: 'map',
      value: Array.from(entries, ([key, element]) => [{ type: 'symbol', value: key }, element]),
    };
  },
};

/** One of some composite types, told apart by descriptor. */
export function oneOf(...composites: readonly Composite[]): FieldCodec {
  return {
    expected: composites.map(({ kind }) => kind).join(' or '),
    read(value) {
      if (value.type !== 'described') return undefined;
      const code = codeOfDescriptor(value.descriptor);
      const composite = composites.find((candidate) => candidate.code === code);
      return composite === undefined ? undefined : readComposite(composite, value.value);
    },
    write(value) {
      const { kind } = value as { kind?: string };
      // A composite that stands alone, such as error, needs no `kind` to be told apart.
      const composite = composites.find((candidate) => candidate.kind === kind) ?? composites[0];
      return composite === undefined ? NULL : compositeValue(composite, value as object);
    },
  };
}

/**
 * Reads the list of a composite type into an object.
 *
 * @throws {ProtocolError} `amqp:decode-error`, naming the composite and the field
 */
export function readComposite(composite: Composite, list: Value): unknown {
  const { kind, fields: table } = composite;
  if (list.type !== 'list') {
    throw decodeError(`${kind} must be a list, got ${list.type} [AMQP 1.4]`);
  }
  if (list.value.length > table.length) {
    throw decodeError(`${kind} has ${list.value.length} fields, at most ${table.length} expected`);
  }
  const object: Record<string, unknown> = { kind };
  for (const [index, field] of table.entries()) {
    const value = list.value[index] ?? NULL;
    if (value.type === 'null') {
      if (field.mandatory) throw decodeError(`${kind} lacks its mandatory field '${field.name}'`);
      if (field.fallback !== undefined) object[field.key] = field.fallback;
      continue;
    }
    const read = field.codec.read(value);
    if (read === undefined) {
      throw decodeError(
        `${kind}.${field.name} must be ${field.codec.expected}, got ${describe(value)}`,
      );
    }
    object[field.key] = read;
  }
  return object;
}

function describe(value: Value): string {
  if (value.type === 'array') return `array of ${value.element}`;
  if (value.type !== 'described') return value.type;
  return `a described ${value.value.type} (${String(value.descriptor.value)})`;
}

/** Makes the described list of an object; what equals its default is left out. */
export function compositeValue(composite: Composite, object: object): Value {
  const values: Value[] = [];
  let used = 0;
  for (const field of composite.fields) {
    const value = (object as Record<string, unknown>)[field.key];
    const absent = value === undefined || value === field.fallback;
    const written = absent ? NULL : field.codec.write(value);
    values.push(written);
    if (written.type !== 'null') used = values.length;
  }
  values.length = used;
  return {
    type: 'described',
    descriptor: { type: 'ulong', value: BigInt(composite.code) },
    value: { type: 'list', value: values },
  };
}
