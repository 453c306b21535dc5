/**
 * The parts of a run beside the matrix, in their order: whoever adds one adds a row. A part yields its
 * results as they come and cleans up after itself; what it is run against, unless it starts a server of
 * its own, is handed to it.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BRIDGE_SUITES } from '../bridge/check/suite.ts';
import { formatPeerResults, PEER_RESULTS, readPeerResults, withRun } from '../jms/peer-results.ts';
import { runKill } from '../kill/run-kill.ts';
import { summaryOf } from '../kill/summary.ts';
import { startPeer } from '../peers/start.ts';
import { ADAPTER_SUITES, runAdapterSuite } from './adapter-suite.ts';
import { CHECKLIST_SUITE } from './checklist/suite.ts';
import { PROJECT_ROOT } from './clients.ts';
import { type JavaSuite, runJavaSuite } from './java-suite.ts';
import { JORAM_SUITES } from './joram/suite.ts';
import type { Result } from './matrix.ts';
import { runPrograms } from './programs.ts';
import { runRabbitJms } from './rabbitmq-jms/suite.ts';
import { runRestarts } from './restarts-suite.ts';
import { runSecurity } from './security/suite.ts';
import { type Broker, startServer } from './server.ts';
import { runForeignDoors, runOwnDoors } from './wrong-doors/suite.ts';

/** What a part is run with. */
export interface PartStage {
  readonly broker: Broker;
  /** Parts of the names of the tests that are wanted; empty: all. */
  readonly tests: readonly string[];
  /** Keep on disk what was found. */
  readonly write: boolean;
}

/** One part. */
export interface Part {
  /** How it is asked for with `--suite`. */
  readonly name: string;
  /** The heading on the page under which its results are. */
  readonly section: 'programs' | 'suites' | 'kill' | 'foreigners' | 'restarts' | 'doors';
  /** Runs with `--own`, so with every change. */
  readonly own: boolean;
  /** Runs against a broker that somebody else started. */
  readonly against: boolean;
  run(stage: PartStage): AsyncGenerator<Result>;
}

const ROUNDS = 5;

function javaPart(suite: JavaSuite): Part {
  return {
    name: suite.name,
    section: 'suites',
    own: true,
    against: true,
    run: (stage) => javaSuite(suite, stage),
  };
}

/** On a server of its own: Joram's tests leave durable subscriptions, which the next would find. */
async function* javaSuite(suite: JavaSuite, { broker, tests }: PartStage): AsyncGenerator<Result> {
  if (!broker.strict) {
    yield* runJavaSuite(suite, broker, tests);
    return;
  }
  const server = await startServer();
  yield* runJavaSuite(suite, server, tests);
  const reason = await server.stop();
  if (reason === undefined) return;
  yield { from: suite.from, to: 'SIGTERM', name: 'end', status: 'failed', reason };
}

/** One of our adapters against a broker that is not ours. */
function adapterPart(suite: (typeof ADAPTER_SUITES)[number]): Part {
  const file = join(PROJECT_ROOT, PEER_RESULTS);
  return {
    name: suite.name,
    section: 'foreigners',
    own: false,
    against: false,
    run: ({ tests, write }) =>
      runAdapterSuite(suite, tests, (run) => {
        if (write) writeFileSync(file, formatPeerResults(withRun(readPeerResults(file), run)));
      }),
  };
}

/** Joram's tests over our adapter against Artemis: the same program, on a broker that teams have. */
async function* joramOverArtemis(tests: readonly string[]): AsyncGenerator<Result> {
  const suite = JORAM_SUITES.find(({ name }) => name === 'joram-amqp');
  const peer = await startPeer('artemis');
  if (suite === undefined || 'reason' in peer) {
    const reason = 'reason' in peer ? peer.reason : 'there is no such suite';
    yield { from: 'joram', to: 'amqp1 → Artemis', name: 'all tests', status: 'skipped', reason };
    return;
  }
  const who = `jms.username=${peer.user}&jms.password=${peer.password}`;
  const broker: Broker = {
    name: peer.name,
    urls: { amqp: `${peer.urls.amqp}?${who}` },
    strict: false,
    ended: () => undefined,
    stop: async () => undefined,
  };
  try {
    yield* runJavaSuite({ ...suite, to: `amqp1: Artemis ${peer.version} (bridge)` }, broker, tests);
  } finally {
    await peer.stop();
  }
}

/** The kill test, short; `npm run kill` has as many rounds as one likes. */
async function* kill(): AsyncGenerator<Result> {
  const about = { from: 'npm run kill', to: 'SIGKILL', name: `${ROUNDS} rounds` };
  const startedAt = Date.now();
  const seed = startedAt % 1_000_000;
  const report = await runKill({ rounds: ROUNDS, seed, say: () => undefined });
  const ms = Date.now() - startedAt;
  if (report.findings.length === 0) {
    yield { ...about, status: 'passed', note: summaryOf(report), ms };
  }
  for (const reason of report.findings.slice(0, ROUNDS)) {
    yield { ...about, status: 'failed', reason: `${reason} (seed ${seed})`, ms };
  }
}

/** Every part. */
export const PARTS: readonly Part[] = [
  {
    name: 'programs',
    section: 'programs',
    own: true,
    against: true,
    run: ({ broker }) => runPrograms(broker),
  },
  ...[CHECKLIST_SUITE, ...BRIDGE_SUITES, ...JORAM_SUITES].map(javaPart),
  {
    name: 'security',
    section: 'suites',
    own: true,
    against: false,
    run: ({ tests }) => runSecurity((name) => tests.length === 0 || tests.includes(name)),
  },
  {
    name: 'wrong-doors-own',
    section: 'doors',
    own: true,
    against: false,
    run: ({ tests }) => runOwnDoors(tests),
  },
  { name: 'kill', section: 'kill', own: true, against: false, run: kill },
  ...ADAPTER_SUITES.map(adapterPart),
  {
    name: 'joram-amqp-artemis',
    section: 'foreigners',
    own: false,
    against: false,
    run: ({ tests }) => joramOverArtemis(tests),
  },
  {
    name: 'rabbitmq-jms',
    section: 'foreigners',
    own: false,
    against: false,
    run: ({ tests }) => runRabbitJms(tests),
  },
  {
    name: 'restarts',
    section: 'restarts',
    own: false,
    against: false,
    run: ({ tests }) => runRestarts(tests),
  },
  {
    name: 'wrong-doors',
    section: 'doors',
    own: false,
    against: false,
    run: ({ tests }) => runForeignDoors(tests),
  },
];
