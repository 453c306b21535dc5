// A MESSAGE as a message of JMS: by our own headers where they are, else by what brokers and other
// clients mean. [STOMP 1.2 MESSAGE] [JMS 3.4, 3.11]

import type { BodyData, DestinationData, MessageData, TypedValue, ValueType } from '#jms-api';
import { typedValue, typedValueOfPair } from '../typed-text.ts';
import type { Headers } from './link.ts';
import * as Own from './own-header.ts';

/** Headers of a MESSAGE that are no properties. */
const FIELDS: ReadonlySet<string> = new Set([
  ...Own.RESERVED,
  ...['content-length', 'content-type', 'correlation-id', 'reply-to', 'message-id', 'receipt-id'],
  ...['amq-msg-type', 'destination-type', 'ingress-timestamp', 'transformation-error'],
  ...['original-destination', 'x-delivery-count', 'prefetch-count'],
  ...['_AMQ_GROUP_ID', '_AMQ_GROUP_SEQUENCE', '__AMQ_CID'],
  ...Object.values(Own).filter((one) => typeof one === 'string'),
]);

/** What Artemis makes of properties of JMS. */
const OF_ARTEMIS: ReadonlyMap<string, readonly [string, ValueType]> = new Map([
  ['_AMQ_GROUP_ID', ['JMSXGroupID', 'string']],
  ['_AMQ_GROUP_SEQUENCE', ['JMSXGroupSeq', 'int']],
]);

const TEXT_TYPE = /^\s*(text\/|application\/([\w.-]+\+)?json\b)/i;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** How often it was delivered, this time included; brokers that do not count say "again". */
export function attemptOf(headers: Headers): number {
  const count = Number(headers.get('JMSXDeliveryCount'));
  if (count > 0) return count;
  const before = Number(headers.get('x-delivery-count'));
  if (before > 0) return before + 1;
  return headers.get('redelivered') === 'true' ? 2 : 1;
}

/**
 * @param read - the destination that a text means
 * @throws {Error} if it is not what it says
 */
export function decodeMessage(
  headers: Headers,
  bytes: Buffer,
  read: (text: string) => DestinationData | undefined,
): MessageData {
  const destination = headers.get('destination');
  const replyTo = headers.get('reply-to');
  const correlation = headers.get(Own.CORRELATION_BYTES);
  return {
    messageId: headers.get(Own.MESSAGE_ID) ?? idOf(headers.get('message-id')),
    correlationId:
      correlation === undefined
        ? headers.get('correlation-id')
        : Buffer.from(correlation, 'base64'),
    destination: destination === undefined ? undefined : read(destination),
    replyTo: replyTo === undefined ? undefined : read(replyTo),
    type: headers.get('type'),
    persistent: headers.get('persistent') === 'true',
    priority: numberOf(headers.get('priority')) ?? 4,
    timestamp: numberOf(headers.get(Own.TIMESTAMP) ?? headers.get('timestamp')),
    expiresAt: numberOf(headers.get('expires')) || undefined,
    deliverAt: numberOf(headers.get(Own.DELIVERY_TIME)),
    userId: headers.get('JMSXUserID'),
    contentType: headers.get('content-type'),
    properties: propertiesOf(headers),
    body: bodyOf(headers, bytes),
  };
}

/** Ids of JMS begin with `ID:`; those of some brokers do not. [JMS 3.4.3] */
function idOf(text: string | undefined): string | undefined {
  return text === undefined || text.startsWith('ID:') ? text : `ID:${text}`;
}

function numberOf(text: string | undefined): number | undefined {
  const value = Number(text);
  return text === undefined || Number.isNaN(value) ? undefined : value;
}

function propertiesOf(headers: Headers): Map<string, TypedValue> {
  const types = entriesOf(headers.get(Own.TYPES));
  const properties = new Map<string, TypedValue>();
  for (const [name, text] of headers) {
    if (FIELDS.has(name)) {
      const property = OF_ARTEMIS.get(name);
      if (property !== undefined) properties.set(property[0], typedValue(property[1], text));
      continue;
    }
    const type = types.get(name);
    if (name === 'JMSXGroupSeq') properties.set(name, typedValue('int', text));
    else if (typeof type === 'string') properties.set(name, typedValue(type as ValueType, text));
    else properties.set(name, { type: 'string', value: text });
  }
  for (const [name, pair] of entriesOf(headers.get(Own.PROPERTIES))) {
    properties.set(name, typedValueOfPair(pair));
  }
  return properties;
}

function entriesOf(json: string | undefined): Map<string, unknown> {
  if (json === undefined) return new Map();
  const value: unknown = JSON.parse(json);
  return new Map(Object.entries(value as object));
}

function bodyOf(headers: Headers, bytes: Buffer): BodyData {
  switch (headers.get(Own.BODY)) {
    case 'none':
      return { kind: 'none' };
    case 'null':
      return { kind: 'text', text: null };
    case 'map': {
      const pairs = [...entriesOf(bytes.toString())];
      return {
        kind: 'map',
        entries: new Map(pairs.map(([name, one]) => [name, typedValueOfPair(one)])),
      };
    }
    case 'stream':
      return {
        kind: 'stream',
        items: (JSON.parse(bytes.toString()) as unknown[]).map(typedValueOfPair),
      };
    case 'object':
      return { kind: 'object', bytes, contentType: headers.get(Own.OBJECT_TYPE) ?? '' };
  }
  if (!isText(headers)) return { kind: 'bytes', bytes };
  try {
    return { kind: 'text', text: utf8.decode(bytes) };
  } catch {
    return { kind: 'bytes', bytes };
  }
}

/** What the sender said, then what the broker says, then the kind of content, then ActiveMQ's rule. */
function isText(headers: Headers): boolean {
  const said = headers.get(Own.BODY) ?? headers.get('amq-msg-type');
  if (said !== undefined) return said === 'text';
  return TEXT_TYPE.test(headers.get('content-type') ?? '') || !headers.has('content-length');
}
