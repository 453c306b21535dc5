/**
 * How the two STOMP drivers for Node write a message spec as SEND headers and read a MESSAGE back.
 * Text goes without content-length and bytes with it; the same rule, read backwards, tells what
 * arrived, unless its sender said `amq-msg-type`. Everything that STOMP calls a property is a string. [STOMP 1.2 SEND, MESSAGE]
 */

import { describe, expand, isPlain } from '../body.ts';
import type {
  Acknowledge,
  ConnectOptions,
  Destination,
  MessageSpec,
  Outcome,
  Received,
  SubscribeOptions,
  Values,
} from '../dialogue.ts';

/** Headers by name, as both libraries take and give them. */
export type Headers = Record<string, string>;

/** Headers that belong to the protocol or to a JMS header, not to the application. */
const RESERVED: ReadonlySet<string> = new Set([
  'destination',
  'message-id',
  'subscription',
  'ack',
  'content-length',
  'content-type',
  'receipt',
  'expires',
  'priority',
  'timestamp',
  'correlation-id',
  'reply-to',
  'type',
  'redelivered',
  'persistent',
  'amq-msg-type',
]);

/** `/queue/x` or `/topic/x`. */
export function spell({ kind, name }: Destination): string {
  return `/${kind}/${name}`;
}

function parseDestination(text: string): Destination {
  const [, kind, name] = /^\/(queue|topic)\/(.*)$/.exec(text) ?? [];
  if (kind === undefined || name === undefined) return { kind: 'queue', name: text };
  return { kind: kind as Destination['kind'], name };
}

/** The body of a spec; STOMP has no maps of its own. */
export function bodyOf(spec: MessageSpec): string | Buffer {
  if (!isPlain(spec.body)) throw new Error('STOMP has texts and bytes');
  return expand(spec.body);
}

/** The headers of CONNECT beyond the user. */
export function connectHeaders(url: URL, { clientId }: ConnectOptions): Headers {
  return {
    host: url.hostname,
    ...(url.username === '' ? {} : { login: url.username, passcode: url.password }),
    ...(clientId === undefined ? {} : { 'client-id': clientId }),
  };
}

/** The headers of SUBSCRIBE, without destination and id. */
export function subscribeHeaders(acknowledge: Acknowledge, options: SubscribeOptions): Headers {
  const { durable, selector, browse } = options;
  return {
    ack: acknowledge === 'individual' ? 'client-individual' : acknowledge,
    ...(durable === undefined ? {} : { 'activemq.subscriptionName': durable }),
    ...(selector === undefined ? {} : { selector }),
    ...(browse === true ? { browser: 'true' } : {}),
  };
}

/** The command and the headers by which an outcome is said; NACK dead-letters if nothing is said. */
export function settleWords(
  outcome: Outcome,
  transaction: string | undefined,
): { readonly command: 'ack' | 'nack'; readonly headers: Headers } {
  const headers: Headers = transaction === undefined ? {} : { transaction };
  if (outcome === 'accept') return { command: 'ack', headers };
  return {
    command: 'nack',
    headers: outcome === 'reject' ? headers : { ...headers, requeue: 'true' },
  };
}

/** A browser's last frame, which is no message. */
export function endOfBrowsing(headers: Readonly<Headers>): boolean {
  return headers['browser'] === 'end';
}

/** The SEND headers of a spec, without destination and content-length. */
export function headersOf(spec: MessageSpec): Headers {
  const { correlationId, type, replyTo, priority, persistent } = spec;
  const properties = Object.entries(spec.properties ?? {}).map(([name, { value }]) => [
    name,
    value,
  ]);
  return {
    ...(Object.fromEntries(properties) as Headers),
    ...(correlationId === undefined ? {} : { 'correlation-id': correlationId }),
    ...(type === undefined ? {} : { type }),
    ...(replyTo === undefined ? {} : { 'reply-to': spell(replyTo) }),
    ...(priority === undefined ? {} : { priority: String(priority) }),
    ...(persistent === undefined ? {} : { persistent: String(persistent) }),
  };
}

/** What a MESSAGE frame said. */
export function read(headers: Readonly<Headers>, body: Uint8Array): Received {
  const properties: Record<string, Values[string]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!RESERVED.has(name)) properties[name] = { type: 'string', value: String(value) };
  }
  const { type, priority, persistent, redelivered } = headers;
  const correlationId = headers['correlation-id'];
  const replyTo = headers['reply-to'];
  const length = headers['content-length'];
  const kind = headers['amq-msg-type'] ?? (length === undefined ? 'text' : 'bytes');
  return {
    body: describe(kind === 'bytes' ? body : Buffer.from(body).toString('utf8')),
    properties,
    persistent: persistent === 'true',
    redelivered: redelivered === 'true',
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(type === undefined ? {} : { type }),
    ...(replyTo === undefined ? {} : { replyTo: parseDestination(replyTo) }),
    ...(priority === undefined ? {} : { priority: Number(priority) }),
  };
}
