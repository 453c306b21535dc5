// How typed values and the five JMS bodies look to a STOMP client, which knows text and bytes.
// Text and bytes are themselves; a map or a stream becomes JSON that a person can read, with a
// header that says what it was. No digit is lost on the way. [JMS 3.5.4]

import type { Body, MessageView, TypedValue } from '#broker';

/** A rendered body, and the header lines that explain it. */
export interface Rendering {
  readonly text: string;
  /** The body when it is not text. */
  readonly bytes?: Uint8Array;
  readonly lines: readonly (readonly [string, string | undefined])[];
}

/** Renders the body of a message. */
export function bodyText(view: MessageView): Rendering {
  const { body, contentType } = view;
  switch (body.kind) {
    case 'none':
      return { text: '', lines: [['content-type', contentType]] };
    case 'text':
      return renderText(body.text ?? '', contentType);
    case 'bytes':
      return renderBytes(body.bytes, contentType);
    case 'map':
      return renderJson(mapText(body.entries), 'jms-map-json');
    case 'stream':
      return renderJson(streamText(body.items), 'jms-stream-json');
    case 'object':
      return renderObject(body);
  }
}

function renderText(text: string, contentType: string | undefined): Rendering {
  const type: [string, string | undefined] = ['content-type', contentType];
  if (!text.includes('\0')) return { text, lines: [type] };
  // A NUL would end the frame, so the length is needed, which must not make it a bytes message.
  const bytes = Buffer.from(text);
  return { ...renderBytes(bytes, contentType, [['amq-msg-type', 'text']]), text };
}

function renderBytes(
  bytes: Uint8Array,
  contentType: string | undefined,
  more: readonly (readonly [string, string])[] = [],
): Rendering {
  const length = ['content-length', String(bytes.length)] as const;
  return { text: '', bytes, lines: [length, ['content-type', contentType], ...more] };
}

/** The text that bytes are. */
export function bytesText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

function renderJson(text: string, transformation: string): Rendering {
  const lines = [
    ['content-type', 'application/json'],
    ['transformation', transformation],
  ] as const;
  return { text, lines };
}

function renderObject(body: Extract<Body, { kind: 'object' }>): Rendering {
  const { bytes, contentType } = body;
  if (!/json/i.test(contentType)) return renderBytes(bytes, contentType);
  return renderJson(bytesText(bytes), 'jms-object-json');
}

function mapText(entries: ReadonlyMap<string, TypedValue>): string {
  const members: string[] = [];
  for (const [name, value] of entries) members.push(`${JSON.stringify(name)}:${jsonText(value)}`);
  return `{${members.join(',')}}`;
}

function streamText(items: readonly TypedValue[]): string {
  return `[${items.map(jsonText).join(',')}]`;
}

function jsonText(value: TypedValue): string {
  switch (value.type) {
    case 'null':
      return 'null';
    case 'float':
    case 'double':
      // JSON has no word for what is no number.
      return Number.isFinite(value.value) ? propertyText(value) : `"${value.value}"`;
    case 'boolean':
    case 'byte':
    case 'short':
    case 'int':
    case 'long':
      return propertyText(value);
    case 'string':
    case 'char':
    case 'bytes':
      return JSON.stringify(propertyText(value));
  }
}

/** Writes a typed value as text. Bytes become base64, null an empty text. */
export function propertyText(value: TypedValue): string {
  switch (value.type) {
    case 'float':
      return floatText(value.value);
    case 'double':
      return Object.is(value.value, -0) ? '-0' : String(value.value);
    case 'bytes':
      return Buffer.from(value.value).toString('base64');
    case 'null':
      return '';
    default:
      return String(value.value);
  }
}

const FLOAT_DIGITS_MAX = 9;

/** The shortest text that is the same float again: 0.1, not 0.10000000149011612. */
function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0';
  if (!Number.isFinite(value)) return String(value);
  const float = Math.fround(value);
  for (let digits = 1; digits < FLOAT_DIGITS_MAX; digits++) {
    const text = Number(float.toPrecision(digits));
    if (Math.fround(text) === float) return String(text);
  }
  return String(Number(float.toPrecision(FLOAT_DIGITS_MAX)));
}
