// How a destination is said in AMQP: the name is the address; its kind is a capability of a link's
// terminus, and a byte in the annotations of a message. [JMS mapping WD10]

import type { DestinationData, DestinationKind } from '#jms-api';
import type { Dialect } from './dialect.ts';
import type { Typed } from './rhea.ts';

export const MESSAGE_TYPE = 'x-opt-jms-msg-type';
export const TO_KIND = 'x-opt-jms-dest';
export const REPLY_TO_KIND = 'x-opt-jms-reply-to';
export const DELIVERY_TIME = 'x-opt-delivery-time';
/** Ours: who sent a message to a topic, where the broker has no noLocal. */
export const SENDER = 'x-opt-angelia-sender';
/** Where RabbitMQ has it from. */
export const EXCHANGE = 'x-exchange';
export const ROUTING_KEY = 'x-routing-key';
/** What it makes of the property `type` of AMQP 0-9-1, and back. */
export const BASIC_TYPE = 'x-basic-type';
/** A property by which Artemis, and our gateway, know a message that was sent before. */
export const DUPLICATE_ID = '_AMQ_DUPL_ID';
/** An object body whose bytes are one AMQP value with its constructor. */
export const AMQP_OBJECT = 'application/x-amqp-value';
export const JAVA_OBJECT = 'application/x-java-serialized-object';
export const OCTET_STREAM = 'application/octet-stream';

/** Codes of the sections of a message. [AMQP 3.2] */
export const Section = {
  header: 0x70,
  annotations: 0x72,
  properties: 0x73,
  application: 0x74,
  data: 0x75,
  sequence: 0x76,
  value: 0x77,
} as const;

/** The place in this list is the value of the annotation, the word that of the capability. */
const KINDS: readonly DestinationKind[] = ['queue', 'topic', 'temporary-queue', 'temporary-topic'];

/** The byte that says a kind. */
export function kindByte({ kind }: DestinationData): number {
  return KINDS.indexOf(kind);
}

/** A name of a message with its kind, by prefix or annotation; undefined if neither says it. */
export function addressOf(
  name: string,
  annotation: Typed | undefined,
  dialect: Dialect,
): DestinationData | undefined {
  const spelled = dialect.destinationOf(name);
  const prefixed = /^(queue|topic):\/\/(.+)$/s.exec(name);
  const kind = typeof annotation?.value === 'number' ? KINDS[annotation.value] : undefined;
  if (spelled !== undefined) return { kind: kind ?? spelled.kind, name: spelled.name };
  if (prefixed !== null) {
    return { kind: prefixed[1] as DestinationKind, name: prefixed[2] as string };
  }
  return kind === undefined ? undefined : { kind, name };
}
