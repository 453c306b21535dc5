// The calls about queues and topics: what there is, and what an operator does to one as a whole.

import { z } from 'zod';
import { type Broker, type Destination, isTemporary } from '#broker';
import { type Call, call } from './call.ts';
import { Refusal } from './problem.ts';
import { type QueueRow, queueRow, type TopicRow, topicRow } from './rows.ts';

const name = z.string().min(1).describe('without queue:// or topic://, percent-encoded');
const refusals = ['destination-missing'] as const;

const ifUnused = z
  .stringbool({ truthy: ['true'], falsy: ['false'], error: 'expected true or false' })
  .default(false)
  .describe('refuse while it has consumers');

const deleted = z.object({ deleted: z.int(), messages: z.int().describe('that went with it') });

/** Finds a queue by what it is called. */
export function queueOf(broker: Broker, wanted: string): Destination {
  return found(broker.queues(), 'queue', wanted);
}

/** The calls of `/api/v1/queues` and `/api/v1/topics`. */
export function destinationCalls(broker: Broker): Call[] {
  return [...queueCalls(broker), ...topicCalls(broker)];
}

function queueCalls(broker: Broker): Call[] {
  const paused = (wanted: string, yes: boolean) => {
    broker.pause(queueOf(broker, wanted).address, yes);
    return rowOfQueue(queueOf(broker, wanted));
  };
  return [
    call('get', '/api/v1/queues', {
      summary: 'A row for each queue.',
      answer: z.array(queueRow),
      run: () => broker.queues().map(rowOfQueue),
    }),
    call('get', '/api/v1/queues/{name}', {
      summary: 'The row of one queue.',
      params: { name },
      answer: queueRow,
      refusals,
      run: ({ params }) => rowOfQueue(queueOf(broker, params.name)),
    }),
    call('delete', '/api/v1/queues/{name}', {
      summary: 'Deletes a queue with all that waits in it; its consumers are told.',
      changes: true,
      params: { name },
      query: { ifUnused },
      answer: deleted,
      refusals: [...refusals, 'in-use'],
      run: ({ params, query }) => remove(broker, queueOf(broker, params.name), query.ifUnused),
    }),
    call('post', '/api/v1/queues/{name}/purge', {
      summary: 'Takes all waiting messages out; what is out with consumers stays.',
      changes: true,
      params: { name },
      answer: z.object({ purged: z.int() }),
      refusals,
      run: ({ params }) => ({ purged: broker.purge(queueOf(broker, params.name).address) }),
    }),
    call('post', '/api/v1/queues/{name}/pause', {
      summary: 'Nothing is handed out any more; sends go on.',
      changes: true,
      params: { name },
      answer: queueRow,
      refusals,
      run: ({ params }) => paused(params.name, true),
    }),
    call('post', '/api/v1/queues/{name}/resume', {
      summary: 'Messages are handed out again.',
      changes: true,
      params: { name },
      answer: queueRow,
      refusals,
      run: ({ params }) => paused(params.name, false),
    }),
  ];
}

function topicCalls(broker: Broker): Call[] {
  return [
    call('get', '/api/v1/topics', {
      summary: 'A row for each topic, and for each pattern of topics that has subscribers.',
      answer: z.array(topicRow),
      run: () => broker.topics().map(rowOfTopic),
    }),
    call('get', '/api/v1/topics/{name}', {
      summary: 'The row of one topic.',
      params: { name },
      answer: topicRow,
      refusals,
      run: ({ params }) => rowOfTopic(found(broker.topics(), 'topic', params.name)),
    }),
    call('delete', '/api/v1/topics/{name}', {
      summary: 'Deletes a topic with its subscriptions; their consumers are told.',
      changes: true,
      params: { name },
      query: { ifUnused },
      answer: deleted,
      refusals: [...refusals, 'in-use'],
      run: ({ params, query }) =>
        remove(broker, found(broker.topics(), 'topic', params.name), query.ifUnused),
    }),
  ];
}

function remove(
  broker: Broker,
  destination: Destination,
  unused: boolean,
): z.output<typeof deleted> {
  const { messages } = destination;
  broker.deleteDestination(destination.address, unused);
  return { deleted: 1, messages };
}

function rowOfTopic(destination: Destination): TopicRow {
  return { ...destination.statistics(), temporary: isTemporary(destination.address) };
}

function rowOfQueue(destination: Destination): QueueRow {
  return { ...rowOfTopic(destination), paused: destination.shared?.paused ?? false };
}

function found(all: readonly Destination[], kind: string, wanted: string): Destination {
  const one = all.find(({ address }) => address.name === wanted);
  if (one !== undefined) return one;
  throw new Refusal('destination-missing', `there is no ${kind} '${wanted}'`);
}
