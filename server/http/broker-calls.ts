// The calls about the broker as a whole: itself, its clients, their subscriptions, and its clock.

import { z } from 'zod';
import {
  type Broker,
  BrokerError,
  connectionRows,
  consumerRows,
  subscriptionRows,
  VirtualClock,
} from '#broker';
import { rowOfStorage } from '../storage.ts';
import { version } from '../version.ts';
import type { ServerState } from './app.ts';
import { type Call, call } from './call.ts';
import { type BrokerRow, brokerRow, connectionRow, consumerRow, subscriptionRow } from './rows.ts';

/** Said wherever somebody could think that messages survive. */

/** Ten years. */
const ADVANCE_MS_MAX = 315_576_000_000;
const advanceError = `expected a whole number from 0 to ${ADVANCE_MS_MAX}`;

/** The calls of `/api/v1/broker`, connections, consumers, subscriptions and the clock. */
export function brokerCalls(broker: Broker, state: ServerState): Call[] {
  return [
    call('get', '/api/v1/broker', {
      summary: 'What the broker is, holds and uses.',
      answer: brokerRow,
      run: () => rowOfBroker(broker, state),
    }),
    call('get', '/api/v1/connections', {
      summary: 'A row for each connection of a client.',
      answer: z.array(connectionRow),
      run: () => connectionRows(broker),
    }),
    call('get', '/api/v1/consumers', {
      summary: 'A row for each open consumer.',
      answer: z.array(consumerRow),
      run: () => consumerRows(broker),
    }),
    ...subscriptionCalls(broker),
    call('post', '/api/v1/clock/advance', {
      summary: 'Moves virtual message time; answers when all that came due has happened.',
      changes: true,
      body: z.strictObject(
        {
          ms: z
            .number({ error: advanceError })
            .int({ error: advanceError })
            .min(0, { error: advanceError })
            .max(ADVANCE_MS_MAX, { error: advanceError }),
        },
        { error: 'expected {"ms": 60000}' },
      ),
      answer: z.object({ nowMs: z.number().describe('message time then') }),
      refusals: ['unsupported'],
      run: async ({ body }) => ({ nowMs: await virtual(broker).advance(body.ms) }),
    }),
  ];
}

function subscriptionCalls(broker: Broker): Call[] {
  return [
    call('get', '/api/v1/subscriptions', {
      summary: 'A row for each subscription of a topic.',
      answer: z.array(subscriptionRow),
      run: () => subscriptionRows(broker),
    }),
    call('delete', '/api/v1/subscriptions/{name}', {
      summary: 'Ends a durable subscription, as its owner would by unsubscribing.',
      changes: true,
      params: { name: z.string().min(1) },
      query: { clientId: z.string().optional().describe('absent: it belongs to no client id') },
      answer: z.object({ deleted: z.int() }),
      refusals: ['subscription-missing', 'in-use'],
      run: ({ params, query }) => {
        broker.subscriptions.unsubscribe(query.clientId, params.name);
        return { deleted: 1 };
      },
    }),
  ];
}

function virtual({ host }: Broker): VirtualClock {
  if (host instanceof VirtualClock) return host;
  throw new BrokerError('unsupported', 'the clock is real: start with --virtual-clock to move it');
}

function rowOfBroker(broker: Broker, state: ServerState): BrokerRow {
  const { heapUsed, rss } = process.memoryUsage();
  const kind = broker.host instanceof VirtualClock ? 'virtual' : 'system';
  return {
    version,
    nodeId: broker.nodeId,
    ready: state.ready,
    uptimeMs: Math.round(process.uptime() * 1000),
    clock: { kind, nowMs: broker.host.messageTimeMs() },
    storage: rowOfStorage(state.config, broker.journalStatistics),
    messages: { count: broker.storedMessages, bytes: broker.storedBytes },
    memory: {
      residentBytes: rss,
      heapUsedBytes: heapUsed,
      storedBytesMax: broker.limits.storedBytesMax,
    },
    connections: connectionsByProtocol(broker),
    urls: { ...state.urls },
  };
}

function connectionsByProtocol(broker: Broker): Record<string, number> {
  const count: Record<string, number> = {};
  for (const { options } of broker.connections()) {
    count[options.protocol] = (count[options.protocol] ?? 0) + 1;
  }
  return count;
}
