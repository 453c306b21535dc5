/**
 * Kills and restarts a foreign broker three times while messages pass over `failover:`: what is in
 * `../jms/restarts.ts`, for every pair of an adapter and a broker. One pair alone:
 * `npm run interop -- --suite restarts --test amqp1-artemis`.
 */

import { FailoverProvider } from '#adapters/failover';
import {
  JmsConnectionFactory,
  type ProviderRegistry,
  UnsupportedOperationException,
} from '#jms-api';
import { inTime } from '../jms/in-time.ts';
import { isWhole, type Killable, move, pass, wordsOf } from '../jms/restarts.ts';
import type { Peer } from '../peers/peer.ts';
import { startPeer } from '../peers/start.ts';
import { ADAPTER_SUITES, type AdapterSuite } from './adapter-suite.ts';
import type { Result } from './matrix.ts';

/** What was found, as a few words; `failed` if something is not as it should be. */
interface Finding {
  readonly status: Result['status'];
  readonly words: string;
}

/** What one of them is called, without what differs. */
interface Scenario {
  readonly name: string;
  readonly queues: readonly string[];
  run(broker: Killable, providers: ProviderRegistry, atomic: boolean): Promise<Finding>;
}

/**
 * RabbitMQ writes down half a second late which log belongs to a new quorum queue; killed before, it
 * knows nothing of the queue's messages and never elects a leader for it (its issue 15725). The queues
 * are a little older than that here.
 */
const QUEUES_AGE_MS = 2000;

/** A scenario takes half a minute; one that stands still is given up. */
const PATIENCE_MS = 240_000;

const SCENARIOS: readonly Scenario[] = [
  { name: '10,000 persistent messages, three kills', queues: ['restarts'], run: passed },
  { name: '3,000 moved in transactions, three kills', queues: ['from', 'to'], run: moved },
];

/** Of queues that the plugin makes: it can make no others. */
const FORGETFUL =
  'the AMQP 1.0 plugin of RabbitMQ 3 makes classic queues, which forget acknowledgements when killed';

async function passed(broker: Killable, providers: ProviderRegistry): Promise<Finding> {
  const found = await pass(broker, providers, 'restarts');
  return { status: isWhole(found) ? 'passed' : 'failed', words: wordsOf(found) };
}

async function moved(
  broker: Killable,
  providers: ProviderRegistry,
  atomic: boolean,
): Promise<Finding> {
  try {
    const found = await move(broker, providers, 'from', 'to');
    const { wrong, again, rolledBack, inDoubt, problems } = found;
    // To RabbitMQ the sends of a transaction and its acknowledgements are two things.
    const bad = wrong.length + problems.length + (atomic ? again.length : 0);
    const words = [
      `${wrong.length} not there once`,
      `${again.length} there again of those in doubt`,
      `${rolledBack} rolled back`,
      `${inDoubt} in doubt`,
      ...problems.slice(0, 3).map(String),
    ].join('; ');
    return { status: bad === 0 ? 'passed' : 'failed', words };
  } catch (error) {
    if (!(error instanceof UnsupportedOperationException)) throw error;
    return { status: 'skipped', words: error.message };
  }
}

/** Runs those whose suite's name contains one of `only`; nothing in it: all. */
export async function* runRestarts(only: readonly string[]): AsyncGenerator<Result> {
  for (const suite of ADAPTER_SUITES) {
    if (only.length === 0 || only.some((part) => suite.name.includes(part))) yield* runPair(suite);
  }
}

async function* runPair(suite: AdapterSuite): AsyncGenerator<Result> {
  const from = 'failover';
  for (const scenario of SCENARIOS) {
    const { name } = scenario;
    const startedAt = Date.now();
    if (scenario.run === moved && suite.name === 'amqp1-rabbitmq') {
      yield { from, to: suite.name, name, status: 'skipped', reason: FORGETFUL };
      continue;
    }
    const peer = await startPeer(suite.peer);
    if ('reason' in peer) {
      yield { from, to: suite.name, name, status: 'skipped', reason: peer.reason };
      return;
    }
    const about = { from, to: `${suite.adapter}: ${peer.name} ${peer.version}`, name };
    try {
      const { status, words } = await inTime(runOn(suite, peer, scenario), PATIENCE_MS);
      const ms = Date.now() - startedAt;
      yield {
        ...about,
        status,
        ms,
        ...(status === 'passed' ? { note: words } : { reason: words }),
      };
    } catch (error) {
      yield { ...about, status: 'failed', reason: String(error), ms: Date.now() - startedAt };
    } finally {
      await peer.stop();
    }
  }
}

async function runOn(suite: AdapterSuite, peer: Peer, { queues, run }: Scenario): Promise<Finding> {
  const { provider, url, options } = suite.subject(peer);
  const failover = new FailoverProvider(() => provider);
  const providers = { failover: () => failover };
  const broker: Killable = {
    url: `failover:(${url()}${durably(suite)})?${options}`,
    kill: () => peer.kill(),
    restart: () => peer.restart(),
  };
  const rabbit = peer.name.startsWith('rabbitmq');
  if (rabbit) await age(queues, broker, providers);
  return run(broker, providers, !rabbit);
}

/** A classic queue of RabbitMQ keeps acknowledgements in memory for a while; by 0-9-1 ours are quorum. */
function durably({ adapter, peer }: AdapterSuite): string {
  return adapter === 'stomp' && peer.startsWith('rabbitmq') ? '?stomp.queueType=quorum' : '';
}

/** Declares the queues, and lets RabbitMQ write down that it has them. */
async function age(
  queues: readonly string[],
  { url }: Killable,
  providers: ProviderRegistry,
): Promise<void> {
  const connection = await new JmsConnectionFactory(url, providers).createConnection();
  const session = await connection.createSession();
  for (const name of queues) await session.createConsumer(session.createQueue(name));
  await connection.close();
  await new Promise((resolve) => setTimeout(resolve, QUEUES_AGE_MS));
}
