// The rows that the HTTP interface answers with, described once. Their values come from the core's
// own statistics; a field that the core renames does not compile here.

import { z } from 'zod';
import type {
  ConnectionStatistics,
  ConsumerStatistics,
  DestinationStatistics,
  SubscriptionStatistics,
} from '#broker';
import type { StorageRow } from '../storage.ts';

export interface TopicRow extends DestinationStatistics {
  readonly temporary: boolean;
}

export interface QueueRow extends TopicRow {
  readonly paused: boolean;
}

export interface BrokerRow {
  readonly version: string;
  readonly nodeId: string;
  readonly ready: boolean;
  readonly uptimeMs: number;
  readonly clock: { readonly kind: 'system' | 'virtual'; readonly nowMs: number };
  readonly storage: StorageRow;
  readonly messages: { readonly count: number; readonly bytes: number };
  readonly memory: {
    readonly residentBytes: number;
    readonly heapUsedBytes: number;
    readonly storedBytesMax: number;
  };
  readonly connections: Readonly<Record<string, number>>;
  readonly urls: Readonly<Record<string, string>>;
}

const now = (what: string) => z.int().min(0).describe(`now: ${what}`);
const since = (what: string) => z.int().min(0).describe(`since it was created: ${what}`);
const text = (what: string) => z.string().describe(what);
const maybe = (what: string) => z.string().nullable().describe(what);
const yesNo = (what: string) => z.boolean().describe(what);

const ofTopics = {
  name: text('the name, without queue:// or topic://'),
  depth: now('messages that wait, are out with a consumer, or are held until their time'),
  ready: now('messages that wait'),
  inFlight: now('messages that are out with a consumer'),
  scheduled: now('messages that were sent with a delay'),
  consumers: now('open consumers'),
  enqueued: since('messages that were accepted'),
  delivered: since('deliveries to consumers, repeated ones included'),
  settled: since('deliveries that were processed'),
  expired: since('messages whose time to live ended before they were delivered'),
  deadLettered: since('messages that nobody could process'),
  temporary: yesNo('it lives as long as the connection that made it'),
};

export const topicRow: z.ZodType<TopicRow> = z.object(ofTopics).meta({ id: 'Topic' });

export const queueRow: z.ZodType<QueueRow> = z
  .object({ ...ofTopics, paused: yesNo('nothing is handed out') })
  .meta({ id: 'Queue' });

export const subscriptionRow: z.ZodType<SubscriptionStatistics> = z
  .object({
    topic: text('the topic, or a pattern of topics'),
    name: maybe('what it is called, if it has a name'),
    clientId: maybe('whose it is, if its name belongs to a client id'),
    durable: yesNo('it lasts without consumers'),
    shared: yesNo('several consumers may share it'),
    selector: maybe('only what matches'),
    noLocal: yesNo('nothing that its own connection sent'),
    ready: now('messages that wait for it'),
    inFlight: now('messages that are out with a consumer'),
    consumers: now('open consumers'),
  })
  .meta({ id: 'Subscription' });

export const connectionRow: z.ZodType<ConnectionStatistics> = z
  .object({
    id: z.int().min(1).describe('never given twice'),
    protocol: text('which door it came through'),
    peer: text('where the client is'),
    user: maybe('who it is'),
    clientId: maybe('client id or container id'),
    producers: now('open producers'),
    consumers: now('open consumers'),
    transactions: now('open transactions'),
    temporaries: now('temporary queues and topics'),
  })
  .meta({ id: 'Connection' });

export const consumerRow: z.ZodType<ConsumerStatistics> = z
  .object({
    connection: z.int().min(1).describe('id of its connection'),
    destination: text('queue://… or topic://…, which may be a pattern'),
    subscription: maybe('name of the subscription of a topic'),
    selector: maybe('only what matches'),
    noLocal: yesNo('nothing that its own connection sent'),
    browse: yesNo('it looks and takes nothing'),
    exclusive: yesNo('while it is there nobody else gets messages'),
    priority: z.int().describe('one with more is served first'),
    presettled: yesNo('deliveries are settled as they are sent'),
    credit: now('how many more messages it may receive'),
    inFlight: now('deliveries that it has not settled'),
  })
  .meta({ id: 'Consumer' });

export const brokerRow: z.ZodType<BrokerRow> = z
  .object({
    version: text('of the server'),
    nodeId: text('part of every id that the broker makes'),
    ready: yesNo('every door is open'),
    uptimeMs: now('since the process started'),
    clock: z.object({
      kind: z.enum(['system', 'virtual']),
      nowMs: z.number().describe('message time'),
    }),
    storage: z.object({
      kind: z.enum(['memory', 'journal']),
      data: maybe('the directory'),
      note: z.string(),
      journal: z
        .object({
          bytes: now('of its files that hold records'),
          liveBytes: now('of records that are needed'),
          liveRecords: now('records that are needed'),
          segments: now('files that hold records'),
          syncs: since('writes that were made safe'),
          bytesWritten: since('bytes handed to write, without making files'),
          preallocatedBytes: since('zeros written to make files'),
          full: yesNo('persistent messages are refused, for the disk is full'),
        })
        .nullable(),
    }),
    messages: z.object({ count: now('messages, each once'), bytes: now('their bytes') }),
    memory: z.object({
      residentBytes: now('of the process'),
      heapUsedBytes: now('of JavaScript'),
      storedBytesMax: z.int().describe('sends are refused beyond'),
    }),
    connections: z.record(z.string(), z.int()).describe('now: by protocol'),
    urls: z.record(z.string(), z.string()).describe('where each open door is'),
  })
  .meta({ id: 'Broker' });
