// What the broker adds to a message that became a dead letter: properties, which every protocol and
// every selector sees, and the annotations by which clients of Artemis know its origin.
//
// This is the one place where a bare message is not passed bit for bit: a dead letter is a new
// message of the broker's that quotes the old one. All other sections keep their bytes.

import { Note, parseAddress, type TypedValue } from '#broker';
import { Decoder } from './decoder.ts';
import { Encoder } from './encoder.ts';
import { APPLICATION_PROPERTIES, MESSAGE_ANNOTATIONS, PROPERTIES, SectionWalk } from './section.ts';
import { amqpValueOf } from './typed-value.ts';
import { NULL, string, symbol, type Value } from './types.ts';

type Pair = readonly [Value, Value];

const walk = new SectionWalk();
/** Place among the fields of properties. */
const ABSOLUTE_EXPIRY = 8;

/** Writes a message with the broker's notes among its properties and annotations. */
export function withNotes(bytes: Buffer, notes: ReadonlyMap<string, TypedValue>): Buffer {
  const encoder = new Encoder(bytes.length + 512);
  const annotations: Pair[] = originOf(notes);
  const properties = Array.from(notes, ([key, value]): Pair => [string(key), amqpValueOf(value)]);
  let due = MESSAGE_ANNOTATIONS;
  const upTo = (code: number): void => {
    if (due === MESSAGE_ANNOTATIONS && code > MESSAGE_ANNOTATIONS) {
      writeMap(encoder, MESSAGE_ANNOTATIONS, [], annotations);
      due = APPLICATION_PROPERTIES;
    }
    if (due === APPLICATION_PROPERTIES && code > APPLICATION_PROPERTIES) {
      writeMap(encoder, APPLICATION_PROPERTIES, [], properties);
      due = Number.POSITIVE_INFINITY;
    }
  };
  walk.open(bytes, 0, bytes.length);
  while (walk.next()) {
    upTo(walk.code);
    const { code, start, valueStart, end } = walk;
    if (code !== due && code !== PROPERTIES) {
      encoder.raw(bytes.subarray(start, end));
      continue;
    }
    const value = new Decoder(bytes, valueStart, end).read();
    if (value.type === 'list') {
      writeProperties(encoder, value.value);
    } else if (value.type === 'map') {
      const added = code === MESSAGE_ANNOTATIONS ? annotations : properties;
      writeMap(encoder, code, value.value, added);
      due = code === MESSAGE_ANNOTATIONS ? APPLICATION_PROPERTIES : Number.POSITIVE_INFINITY;
    }
  }
  upTo(Number.POSITIVE_INFINITY);
  return Buffer.from(encoder.bytes());
}

function originOf(notes: ReadonlyMap<string, TypedValue>): Pair[] {
  const origin = notes.get(Note.origin);
  if (origin?.type !== 'string') return [];
  const name = parseAddress(origin.value)?.name ?? origin.value;
  return [
    [symbol('x-opt-ORIG-ADDRESS'), string(name)],
    [symbol('x-opt-ORIG-QUEUE'), string(name)],
  ];
}

/** Its time may be over, which would make receivers throw it away: a dead letter has no expiry. */
function writeProperties(encoder: Encoder, fields: readonly Value[]): void {
  encoder.descriptor(PROPERTIES);
  const value = fields.map((field, place) => (place === ABSOLUTE_EXPIRY ? NULL : field));
  encoder.write({ type: 'list', value });
}

/** Writes a map section: what was there, except what is said anew, and what is added. */
function writeMap(encoder: Encoder, code: number, before: readonly Pair[], added: Pair[]): void {
  if (before.length + added.length === 0) return;
  const anew = new Set(added.map(([key]) => key.value));
  const kept = before.filter(([key]) => !anew.has(key.value));
  encoder.descriptor(code);
  encoder.write({ type: 'map', value: [...kept, ...added] });
}
