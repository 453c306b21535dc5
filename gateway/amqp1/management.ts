// The node `$management`: requests come as messages, and their answers go where they want them.
// It reads, lists, empties and deletes queues and topics. [AMQP Management WD 1.0]
//
//     request    application properties: operation, type, name;  reply-to, message-id
//     answer     application properties: statusCode, statusDescription;  correlation-id, body
//
// A peer may take its answers from any destination, or from this node itself: then its reply-to is
// the target address of its receiving link.

import {
  type Address,
  type Broker,
  BrokerError,
  type BrokerErrorCode,
  DEFAULT_HEADER,
  type Destination,
  isTopic,
  Message,
  type MessageView,
} from '#broker';
import { Encoder } from './encoder.ts';
import type { Arrival, Intake } from './intake.ts';
import { amqp1, MessageScan, scanMessage } from './message.ts';
import { idValue } from './message-id.ts';
import type { Peer } from './peer.ts';
import type { ReceiverLink } from './receiver-link.ts';
import { AMQP_VALUE, APPLICATION_PROPERTIES, PROPERTIES } from './section.ts';
import { described, NULL, string, type Value } from './types.ts';

/** The address of the node. */
export const MANAGEMENT = '$management';

interface Answer {
  readonly status: number;
  readonly description: string;
  readonly body?: Value;
}

const OPERATIONS: readonly string[] = [
  'READ',
  'DELETE',
  'PURGE',
  'QUERY',
  'GET-TYPES',
  'GET-OPERATIONS',
  'GET-MGMT-NODES',
];
const TYPES: readonly string[] = ['queue', 'topic'];
const STATUS: Readonly<Partial<Record<BrokerErrorCode, number>>> = {
  'destination-missing': 404,
  'address-invalid': 400,
  'in-use': 409,
};

export class Management implements Intake {
  readonly #link: ReceiverLink;
  readonly #peer: Peer;

  constructor(link: ReceiverLink) {
    this.#link = link;
    this.#peer = link.session.peer;
  }

  take(arrival: Arrival): void {
    const { buffer, start, end } = arrival;
    const scan = new MessageScan();
    scanMessage(buffer, start, end, this.#peer.nowMs, scan);
    const request = new Message(amqp1, scan, buffer, start, end, arrival.borrowed).view();
    const answer = carryOut(this.#peer.broker, request);
    if (request.replyTo !== undefined) this.#reply(request, request.replyTo, answer);
    if (!arrival.settled) this.#link.accept(arrival.id, 0);
  }

  close(): void {}

  #reply(request: MessageView, replyTo: Address, answer: Answer): void {
    const { broker, connection, replies } = this.#peer;
    // The kind of a reply-to that does not say one is a guess.
    const named = replyTo.kind === 'queue' ? broker.addressOf(replyTo.name) : replyTo;
    const address = replies.get(replyTo.name) ?? named;
    const bytes = encodeAnswer(request.correlationId ?? request.messageId, answer);
    try {
      const producer = connection.openProducer(address);
      producer.send(new Message(amqp1, DEFAULT_HEADER, bytes, 0, bytes.length, false));
      producer.close();
    } catch (error) {
      // Whoever asked is gone, or cannot be answered: as if nobody had asked for an answer.
      if (!(error instanceof BrokerError)) throw error;
    }
  }
}

function carryOut(broker: Broker, request: MessageView): Answer {
  const word = (name: string): string => {
    const value = request.properties.get(name);
    return value?.type === 'string' ? value.value : '';
  };
  const operation = word('operation').toUpperCase();
  try {
    switch (operation) {
      case 'READ':
      case 'DELETE':
      case 'PURGE':
        return onEntity(broker, operation, word('type'), word('name'));
      case 'QUERY':
        return query(broker, word('entityType') || word('type'));
      case 'GET-TYPES':
        return ok(mapOf(TYPES.map((type) => [type, listOf([])])));
      case 'GET-OPERATIONS':
        return ok(mapOf(TYPES.map((type) => [type, listOf(OPERATIONS.slice(0, 3))])));
      case 'GET-MGMT-NODES':
        return ok(listOf([]));
      default:
        return {
          status: operation === '' ? 400 : 501,
          description: `operation '${operation}', expected one of ${OPERATIONS.join(', ')}`,
        };
    }
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    return { status: STATUS[error.code] ?? 400, description: error.message };
  }
}

function onEntity(broker: Broker, operation: string, type: string, name: string): Answer {
  if (name === '') return { status: 400, description: `${operation} needs the property 'name'` };
  const kind = /topic/.test(type) ? 'topic' : 'queue';
  const address = type === '' ? broker.addressOf(name) : ({ kind, name } as const);
  const destination = broker.find(address);
  if (destination === undefined) {
    return { status: 404, description: `there is no ${address.kind} '${name}'` };
  }
  if (operation === 'READ') return ok(mapOf(attributesOf(destination)));
  if (operation === 'DELETE') {
    broker.deleteDestination(address, true);
    return { status: 204, description: 'deleted' };
  }
  return ok(mapOf([['purged', long(broker.purge(address))]]));
}

function query(broker: Broker, type: string): Answer {
  const rows = [
    ...(/^(|.*queue)$/.test(type) ? broker.queues() : []),
    ...(/^(|.*topic)$/.test(type) ? broker.topics() : []),
  ].map(attributesOf);
  const names = rows[0]?.map(([name]) => name) ?? [];
  const results: Value = {
    type: 'list',
    value: rows.map((row) => ({ type: 'list', value: row.map(([, value]) => value) })),
  };
  return ok(
    mapOf([
      ['attributeNames', listOf(names)],
      ['results', results],
    ]),
  );
}

function attributesOf(destination: Destination): [string, Value][] {
  const { name, ...counts } = destination.statistics();
  return [
    ['name', string(name)],
    ['type', string(isTopic(destination.address) ? 'topic' : 'queue')],
    ...Object.entries(counts).map(([key, count]): [string, Value] => [key, long(count)]),
  ];
}

function encodeAnswer(correlationId: string | Uint8Array | undefined, answer: Answer): Buffer {
  const encoder = new Encoder(512);
  const id = typeof correlationId === 'string' ? idValue(correlationId) : binary(correlationId);
  encoder.write(described(PROPERTIES, { type: 'list', value: [NULL, NULL, NULL, NULL, NULL, id] }));
  encoder.write(
    described(
      APPLICATION_PROPERTIES,
      mapOf([
        ['statusCode', { type: 'int', value: answer.status }],
        ['statusDescription', string(answer.description)],
      ]),
    ),
  );
  encoder.write(described(AMQP_VALUE, answer.body ?? mapOf([])));
  return Buffer.from(encoder.bytes());
}

function ok(body: Value): Answer {
  return { status: 200, description: 'OK', body };
}

function binary(bytes: Uint8Array | undefined): Value {
  return bytes === undefined ? NULL : { type: 'binary', value: Buffer.from(bytes) };
}

function long(value: number): Value {
  return { type: 'long', value: BigInt(value) };
}

function listOf(words: readonly string[]): Value {
  return { type: 'list', value: words.map(string) };
}

function mapOf(entries: readonly (readonly [string, Value])[]): Value {
  return { type: 'map', value: entries.map(([key, value]) => [string(key), value] as const) };
}
