// A message as people look at it: what JMS says of it, typed properties, and the front of its body.
// 64-bit numbers are text, since JSON's numbers end at 53 bits.

import { z } from 'zod';
import {
  type Address,
  formatAddress,
  type Message,
  type MessageView,
  type TypedValue,
} from '#broker';

/** A value and its type in JMS; bytes are in Base64. */
export interface ValueRow {
  readonly type: string;
  readonly value: string | number | boolean | null;
}

export interface BodyRow {
  readonly kind: 'none' | 'text' | 'bytes' | 'map' | 'stream' | 'object';
  readonly text?: string | null | undefined;
  readonly base64?: string | undefined;
  readonly entries?: Readonly<Record<string, ValueRow>> | undefined;
  readonly items?: readonly ValueRow[] | undefined;
  readonly truncated: boolean;
}

/** What can be said only of a message that can be read. */
interface Content {
  readonly messageId: string | null;
  readonly correlationId: string | null;
  readonly replyTo: string | null;
  readonly type: string | null;
  readonly contentType: string | null;
  readonly properties: Readonly<Record<string, ValueRow>>;
  readonly body: BodyRow;
}

export interface MessageRow extends Content {
  readonly id: number;
  readonly format: string;
  readonly bytes: number;
  readonly persistent: boolean;
  readonly priority: number;
  readonly sentAt: number;
  readonly expiresAt: number | null;
  readonly group: string | null;
  readonly destination: string | null;
  readonly unreadable?: string | undefined;
}

const valueRow = z.object({
  type: z.string(),
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]).describe('bytes are in Base64'),
});

const bodyRow = z.object({
  kind: z.enum(['none', 'text', 'bytes', 'map', 'stream', 'object']),
  text: z.string().nullable().optional(),
  base64: z.string().optional().describe('of bytes and object'),
  entries: z.record(z.string(), valueRow).optional().describe('of map'),
  items: z.array(valueRow).optional().describe('of stream'),
  truncated: z.boolean().describe('only the front of it is shown'),
});

export const messageRow: z.ZodType<MessageRow> = z
  .object({
    id: z.int().describe('its number in the broker, by which it is moved and retried'),
    format: z.string().describe('which wire format it came in'),
    bytes: z.int().describe('how many it has, properties included'),
    persistent: z.boolean(),
    priority: z.int(),
    sentAt: z.number().describe('epoch ms'),
    expiresAt: z.number().nullable().describe('epoch ms'),
    group: z.string().nullable(),
    messageId: z.string().nullable(),
    correlationId: z.string().nullable(),
    destination: z.string().nullable().describe('where it was sent to'),
    replyTo: z.string().nullable(),
    type: z.string().nullable().describe('JMSType'),
    contentType: z.string().nullable(),
    properties: z.record(z.string(), valueRow),
    body: bodyRow,
    unreadable: z.string().optional().describe('why properties and body are missing'),
  })
  .meta({ id: 'Message' });

/** Describes a message, with at most `bodyMax` bytes or characters of its body. */
export function rowOf(message: Message, bodyMax: number): MessageRow {
  const row = {
    id: message.serial,
    format: message.format.name,
    bytes: message.byteLength,
    persistent: message.persistent,
    priority: message.priority,
    sentAt: message.sentAt,
    expiresAt: message.expiresAt || null,
    group: message.group ?? null,
    destination: addressText(message.destination),
  };
  try {
    return { ...row, ...contentOf(message.view(), bodyMax) };
  } catch (error) {
    const unreadable = error instanceof Error ? error.message : String(error);
    return { ...row, ...EMPTY, unreadable };
  }
}

const EMPTY: Content = {
  messageId: null,
  correlationId: null,
  replyTo: null,
  type: null,
  contentType: null,
  properties: {},
  body: { kind: 'none', truncated: true },
};

function contentOf(view: MessageView, bodyMax: number): Content {
  const { correlationId } = view;
  const properties = [...view.properties].map(([name, value]) => [name, typed(value)] as const);
  return {
    messageId: view.messageId ?? null,
    correlationId:
      correlationId instanceof Uint8Array ? base64(correlationId) : (correlationId ?? null),
    replyTo: addressText(view.replyTo),
    type: view.type ?? null,
    contentType: view.contentType ?? null,
    properties: Object.fromEntries(properties),
    body: bodyOf(view.body, bodyMax),
  };
}

function bodyOf(seen: MessageView['body'], max: number): BodyRow {
  switch (seen.kind) {
    case 'none':
      return { kind: 'none', truncated: false };
    case 'text': {
      const { text } = seen;
      const truncated = (text ?? '').length > max;
      return { kind: 'text', text: text === null ? null : text.slice(0, max), truncated };
    }
    case 'bytes':
    case 'object': {
      const truncated = seen.bytes.length > max;
      return { kind: seen.kind, base64: base64(seen.bytes.subarray(0, max)), truncated };
    }
    case 'map': {
      const all = [...seen.entries].map(([name, value]) => [name, typed(value)] as const);
      const shown = front(all, max);
      const truncated = shown.length < all.length;
      return { kind: 'map', entries: Object.fromEntries(shown), truncated };
    }
    case 'stream': {
      const items = front(seen.items.map(typed), max);
      return { kind: 'stream', items, truncated: items.length < seen.items.length };
    }
  }
}

/** The first of some values whose JSON is no longer than `max`. */
function front<T>(all: readonly T[], max: number): T[] {
  let left = max;
  const end = all.findIndex((one) => {
    left -= JSON.stringify(one).length;
    return left < 0;
  });
  return all.slice(0, end < 0 ? all.length : end);
}

function typed({ type, value }: TypedValue): ValueRow {
  if (value instanceof Uint8Array) return { type, value: base64(value) };
  if (typeof value === 'bigint') return { type, value: String(value) };
  // NaN and the infinities have no JSON.
  if (typeof value === 'number' && !Number.isFinite(value)) return { type, value: String(value) };
  return { type, value };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

function addressText(address: Address | undefined): string | null {
  return address === undefined ? null : formatAddress(address);
}
