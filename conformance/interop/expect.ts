/**
 * What a receiver must see of what a sender sent: everything, exactly, less what one of the two
 * protocols cannot say. STOMP turns every property into a string; AMQP and JMS keep the type.
 * Answers differences as sentences; none means that the message arrived.
 */

import { isDeepStrictEqual } from 'node:util';
import { describe, expand, isPlain } from './body.ts';
import type { Client } from './clients.ts';
import type { MessageSpec, Received, ReceivedBody, Value, Values } from './dialogue.ts';

/** Who looked at the messages, and how strictly the broker between them is judged. */
export interface Sight {
  readonly from: Client['model'];
  readonly to: Client['model'];
  /**
   * False for brokers of other people: over STOMP they may write content-length on texts, hand
   * protocol headers on as properties, pass `reply-to` as the sender spelled it, and not mark what
   * a lost connection gave back as redelivered; and while one thread takes it back, another may
   * already serve the next consumer, so its order says nothing.
   */
  readonly strict: boolean;
}

/** Properties that brokers and JMS providers may add of themselves. [JMS 3.5.9] */
const ADDED_BY_PROVIDERS = /^(JMSX|JMS_|_|x-opt-)/;

/** Whether two texts mean the same value of a type; each language spells doubles its own way. */
function sameText(type: Value['type'], sent: string, came: string): boolean {
  if (type === 'float') return Math.fround(Number(sent)) === Math.fround(Number(came));
  if (type === 'double') return Number(sent) === Number(came);
  return sent === came;
}

function show({ type, value }: Value): string {
  return `${type} ${JSON.stringify(value)}`;
}

function differingValues(what: string, sent: Values, came: Values, typed: boolean): string[] {
  const differences: string[] = [];
  for (const [name, value] of Object.entries(sent)) {
    const found = came[name];
    if (found === undefined) {
      differences.push(`${what} ${name} is missing`);
      continue;
    }
    const sameType = !typed || found.type === value.type;
    if (!sameType || !sameText(value.type, value.value, found.value)) {
      differences.push(`${what} ${name}: sent ${show(value)}, got ${show(found)}`);
    }
  }
  return differences;
}

function showBody(body: ReceivedBody): string {
  const text = JSON.stringify(body);
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

/** A text as the bytes that it is, and bytes as they are. */
function asBytes(body: ReceivedBody): ReceivedBody {
  if ('text' in body) return { kind: 'bytes', hex: Buffer.from(body.text).toString('hex') };
  return 'sha256' in body ? { ...body, kind: 'bytes' } : body;
}

function differingBody(spec: MessageSpec, came: ReceivedBody, kindCounts: boolean): string[] {
  if ('map' in spec.body) {
    if (came.kind !== 'map') return [`sent a map, got ${showBody(came)}`];
    return differingValues('entry', spec.body.map, came.entries, true);
  }
  if ('stream' in spec.body) {
    if (came.kind !== 'stream') return [`sent a stream, got ${showBody(came)}`];
    const byPlace = (items: readonly Value[]): Values => Object.fromEntries(items.entries());
    return differingValues('item', byPlace(spec.body.stream), byPlace(came.items), true);
  }
  if (!isPlain(spec.body)) {
    if (came.kind !== 'object') return [`sent an object, got ${showBody(came)}`];
    const { value } = came;
    const same = value === undefined || value === spec.body.object;
    return same ? [] : [`object: sent ${spec.body.object}, got ${value}`];
  }
  const sent = describe(expand(spec.body));
  const [a, b] = kindCounts ? [sent, came] : [asBytes(sent), asBytes(came)];
  if (isDeepStrictEqual(a, b)) return [];
  return [`body: sent ${showBody(sent)}, got ${showBody(came)}`];
}

const HEADERS = ['correlationId', 'type', 'priority', 'persistent'] as const;

/** How one received message differs from what was sent. */
export function differences(
  spec: MessageSpec,
  came: Received | undefined,
  { from, to, strict }: Sight,
): string[] {
  if (came === undefined) return ['nothing arrived'];
  const typed = from !== 'stomp' && to !== 'stomp';
  const sent = spec.properties ?? {};
  const found = differingBody(spec, came.body, strict || to !== 'stomp');
  found.push(...differingValues('property', sent, came.properties, typed));
  if (strict && to !== 'stomp') {
    for (const name of Object.keys(came.properties)) {
      if (name in sent || ADDED_BY_PROVIDERS.test(name)) continue;
      found.push(`property ${name} was never sent`);
    }
  }
  for (const header of HEADERS) {
    if (spec[header] === undefined || spec[header] === came[header]) continue;
    found.push(`${header}: sent ${spec[header]}, got ${came[header]}`);
  }
  if (spec.amqp !== undefined && !isDeepStrictEqual(spec.amqp, came.amqp)) {
    found.push(`ids and times: ${JSON.stringify(spec.amqp)}, got ${JSON.stringify(came.amqp)}`);
  }
  if (spec.replyTo !== undefined && (strict || typed)) {
    const [ours, theirs] = [spec.replyTo, came.replyTo];
    if (ours.kind !== theirs?.kind || ours.name !== theirs.name) {
      found.push(`replyTo: sent ${JSON.stringify(ours)}, got ${JSON.stringify(theirs)}`);
    }
  }
  return found;
}

/** How a row of received messages differs from the row that was sent. */
export function rowDifferences(
  specs: readonly MessageSpec[],
  came: readonly Received[],
  sight: Sight,
): string[] {
  const found = specs.flatMap((spec, i) =>
    differences(spec, came[i], sight).map((text) => `message ${i + 1}: ${text}`),
  );
  if (came.length > specs.length) found.push(`${came.length - specs.length} more than were sent`);
  return found;
}

/** The same, where the order says nothing. */
export function setDifferences(
  specs: readonly MessageSpec[],
  came: readonly Received[],
  sight: Sight,
): string[] {
  const left = [...came];
  const found: string[] = [];
  for (const [i, spec] of specs.entries()) {
    const at = left.findIndex((message) => differences(spec, message, sight).length === 0);
    if (at < 0) found.push(`message ${i + 1} is missing`);
    else left.splice(at, 1);
  }
  if (left.length > 0) found.push(`${left.length} came that should not have`);
  return found;
}
