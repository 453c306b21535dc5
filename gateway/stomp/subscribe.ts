// Reads what a SUBSCRIBE asks for, and refuses by name what we do not do: a client that asked for a
// selector must not be sent everything. [STOMP 1.2 SUBSCRIBE]

import { malformed, unexpected, unsupported } from './errors.ts';
import type { Frame } from './frame.ts';
import { stompLimits } from './limits.ts';
import { Header } from './names.ts';
import type { Version } from './spelling.ts';
import type { AckMode } from './subscription.ts';

/** A SUBSCRIBE in our words. */
export interface Asked {
  /** What the client will call it in UNSUBSCRIBE. */
  readonly key: string;
  readonly id: string | undefined;
  readonly destination: string;
  readonly ackMode: AckMode;
  readonly window: number;
}

/** Headers that change what is delivered, and what they are about. `false` turns one off. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['selector', 'selectors'],
  ['browser', 'queue browsers'],
  ['transformation', 'transformations'],
  ['durable', 'durable subscriptions'],
  ['activemq.subscriptionName', 'durable subscriptions'],
  ['activemq.subcriptionName', 'durable subscriptions'],
  ['durable-subscription-name', 'durable subscriptions'],
  ['durable-subscriber-name', 'durable subscriptions'],
  ['auto-delete', 'durable subscriptions'],
  ['exclusive', 'exclusive consumers'],
  ['no-local', 'noLocal'],
  ['subscription-type', 'routing types'],
  ['consumer-window-size', 'windows in bytes; say prefetch-count'],
]);

/** Further headers of these families are options of other brokers. */
const REFUSED_FAMILY = /^(activemq\.|x-)/;
const HARMLESS: ReadonlySet<string> = new Set([
  'activemq.prefetchSize',
  // Messages always leave in a later phase of the turn.
  'activemq.dispatchAsync',
]);

/** The name under which a subscription is kept; without an id it goes by its destination. */
export function subscriptionKey(id: string | undefined, destination: string | undefined): string {
  return id === undefined ? `to ${destination}` : `id ${id}`;
}

/** @throws {StompError} for what is missing, wrong or not supported */
export function readSubscribe(frame: Frame, version: Version): Asked {
  for (let index = 0; index < frame.count; index++) refuseHeader(frame, index, version);
  const id = frame.text(Header.id, version);
  const destination = frame.text(Header.destination, version);
  if (destination === undefined) {
    throw unexpected("expected header 'destination' on SUBSCRIBE, got none");
  }
  if (id === undefined && version !== '1.0') {
    throw unexpected("expected header 'id' on SUBSCRIBE, got none");
  }
  return {
    key: subscriptionKey(id, destination),
    id,
    destination,
    ackMode: readAckMode(frame.text(Header.ack, version)),
    window: readWindow(
      frame.text(Header['activemq.prefetchSize'], version) ??
        frame.text(Header['prefetch-count'], version),
    ),
  };
}

/** UNSUBSCRIBE with such a name would delete a durable subscription. */
export function refuseDurable(frame: Frame, version: Version): void {
  for (let index = 0; index < frame.count; index++) refuseHeader(frame, index, version);
}

function refuseHeader(frame: Frame, index: number, version: Version): void {
  const name = frame.name(index, version);
  const about = REFUSED.get(name);
  if (about === undefined && (!REFUSED_FAMILY.test(name) || HARMLESS.has(name))) return;
  const value = frame.value(index, version);
  if (value === 'false') return;
  throw unsupported(`header '${name}' on a subscription${about ? ` (${about})` : ''}`);
}

function readAckMode(text: string | undefined): AckMode {
  if (text === undefined) return 'auto';
  if (text === 'auto' || text === 'client' || text === 'client-individual') return text;
  throw malformed(`expected ack as auto, client or client-individual, got '${text}'`);
}

function readWindow(text: string | undefined): number {
  if (text === undefined) return stompLimits.prefetchDefault;
  const window = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  const most = stompLimits.prefetchMax;
  if (window >= 1 && window <= most) return window;
  throw malformed(`expected a prefetch of 1 to ${most} messages, got '${text}'`);
}
