// How a message says the kind of its destinations: `to` and `reply-to` hold a name, annotations
// hold the kind as a byte. [JMS mapping WD10, x-opt-jms-dest, x-opt-jms-reply-to]

import type { Address, AddressKind } from '#broker';
import { parseAddress } from '#broker';
import type { Fields, Value } from './types.ts';

export const TO_KIND = 'x-opt-jms-dest';
export const REPLY_TO_KIND = 'x-opt-jms-reply-to';
/** Strings of words, as old clients send them. */
const LEGACY: Readonly<Record<string, string>> = {
  [TO_KIND]: 'x-opt-to-type',
  [REPLY_TO_KIND]: 'x-opt-reply-type',
};

/** The place in this list is the value of the annotation. */
const KINDS: readonly AddressKind[] = ['queue', 'topic', 'temporary-queue', 'temporary-topic'];

/** An address of a message, whose kind may not be said. */
export interface NamedAddress {
  readonly name: string;
  readonly kind?: AddressKind;
}

/** Puts a name together with the kind that prefix or annotations give it. */
export function addressOf(
  name: string,
  annotations: Fields,
  annotation: typeof TO_KIND | typeof REPLY_TO_KIND,
): NamedAddress {
  const prefixed = parseAddress(name);
  if (prefixed !== undefined) return prefixed;
  const value = annotations.get(annotation) ?? annotations.get(LEGACY[annotation] ?? '');
  const kind = value === undefined ? undefined : kindOf(value);
  return kind === undefined ? { name } : { name, kind };
}

function kindOf(value: Value): AddressKind | undefined {
  if (typeof value.value === 'number') return KINDS[value.value];
  if (typeof value.value !== 'string') return undefined;
  const words = value.value.split(/\s*,\s*/);
  const temporary = words.includes('temporary');
  if (words.includes('queue')) return temporary ? 'temporary-queue' : 'queue';
  if (words.includes('topic')) return temporary ? 'temporary-topic' : 'topic';
  return undefined;
}

/** Takes annotations by their symbols; keys of other types are reserved. [AMQP 3.2.10] */
export function annotationsOf(value: Value | undefined): Fields {
  const annotations = new Map<string, Value>();
  if (value?.type !== 'map') return annotations;
  for (const [key, annotation] of value.value) {
    if (key.type === 'symbol' || key.type === 'string') annotations.set(key.value, annotation);
  }
  return annotations;
}

/** The annotation that says the kind of an address. */
export function kindAnnotation(address: Address): Value {
  // A byte: Qpid JMS casts to one, an int there breaks its decoding.
  return { type: 'byte', value: KINDS.indexOf(address.kind) };
}
