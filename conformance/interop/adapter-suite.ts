/**
 * The suite of `conformance/jms` over one of our adapters against a broker that is not ours. Starts
 * the broker, judges every case, and stops it. What was found goes into `docs/conformance.md` by way
 * of `conformance/jms/peer-results.json`.
 */

import type { Provider } from 'angelia/jms';
import { amqp1Provider } from '#adapters/amqp1';
import { amqp091Provider } from '#adapters/amqp091';
import { stompProvider } from '#adapters/stomp';
import { cases, type Departures, Judge, type Subject, titleOf } from '../jms/index.ts';
import type { PeerRun } from '../jms/peer-results.ts';
import type { Peer, PeerName } from '../peers/peer.ts';
import { startPeer } from '../peers/start.ts';
import { DEPARTURES } from './departures.ts';
import type { Result } from './matrix.ts';

/** An adapter against a broker. */
export interface AdapterSuite {
  /** How it is asked for: `amqp1-artemis`. */
  readonly name: string;
  readonly adapter: string;
  readonly peer: PeerName;
  readonly departures: Departures;
  subject(peer: Peer): Subject;
}

/** An adapter, by the door that it needs. */
type Door = 'amqp' | 'amqp091' | 'stomp';

const ADAPTERS: Readonly<Record<Door, { readonly name: string; readonly provider: Provider }>> = {
  amqp: { name: 'amqp1', provider: amqp1Provider },
  amqp091: { name: 'amqp091', provider: amqp091Provider },
  stomp: { name: 'stomp', provider: stompProvider },
};

function over(door: Door, peer: PeerName): AdapterSuite {
  const { name: adapter, provider } = ADAPTERS[door];
  const name = `${adapter}-${peer}`;
  return {
    name,
    adapter,
    peer,
    departures: DEPARTURES[door][peer] ?? {},
    subject: ({ urls, user, password }) => ({
      name,
      provider,
      // Both AMQPs of RabbitMQ are behind one port, which is called by the name of each.
      url: () => (urls[door] ?? '').replace(/^\w+:/, `${door}:`),
      options: `jms.username=${user}&jms.password=${password}`,
      user: { name: user, password },
    }),
  };
}

export const ADAPTER_SUITES: readonly AdapterSuite[] = [
  over('amqp', 'artemis'),
  over('amqp', 'classic'),
  over('amqp', 'rabbitmq'),
  over('amqp', 'rabbitmq4'),
  over('amqp', 'qpid'),
  over('amqp091', 'rabbitmq'),
  over('amqp091', 'rabbitmq4'),
  over('stomp', 'artemis'),
  over('stomp', 'classic'),
  over('stomp', 'rabbitmq'),
  over('stomp', 'rabbitmq4'),
];

/** Runs one; `only` are parts of titles. Calls `ran` when all cases were run. */
export async function* runAdapterSuite(
  suite: AdapterSuite,
  only: readonly string[],
  ran: (run: PeerRun) => void,
): AsyncGenerator<Result> {
  const from = 'conformance/jms';
  const peer = await startPeer(suite.peer);
  if ('reason' in peer) {
    const { reason } = peer;
    yield { from, to: suite.name, name: 'all cases', status: 'skipped', reason };
    return;
  }
  try {
    const judge = new Judge(suite.subject(peer), suite.departures);
    const { name, version } = await judge.begin();
    const to = `${suite.adapter}: ${name} ${version}`;
    const wanted = cases.filter(
      (one) => only.length === 0 || only.some((part) => titleOf(one).includes(part)),
    );
    const verdicts = new Map<string, { readonly mark: string; readonly reason?: string }>();
    for (const one of wanted) {
      const startedAt = Date.now();
      const verdict = await judge.judge(one);
      const title = titleOf(one);
      const status = verdict.status === 'unsupported' ? 'skipped' : verdict.status;
      const reason = verdict.status === 'passed' ? {} : { reason: verdict.reason };
      verdicts.set(title, { mark: MARKS[verdict.status], ...reason });
      yield { from, to, name: title, status, ms: Date.now() - startedAt, ...reason };
    }
    if (only.length === 0) {
      ran({ suite: suite.name, title: to, date: new Date().toISOString().slice(0, 10), verdicts });
    }
  } finally {
    await peer.stop();
  }
}

const MARKS = { passed: '✓', unsupported: '–', failed: '✗' } as const;
