/**
 * Two Artemis that share a journal: what is told at the standby, and then what a program over `failover:`
 * lives through when the primary is killed, the standby takes over, and the primary comes back. A broker of
 * a pair names the other in its open frame, by the address by which they know each other: where that speaks
 * no AMQP, the program has to name both, and must not be misled. [Qpid JMS failover]
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { amqp1Provider } from '#adapters/amqp1';
import { FailoverProvider } from '#adapters/failover';
import { inTime } from '../../jms/in-time.ts';
import { isWhole, pass, wordsOf } from '../../jms/restarts.ts';
import { artemisWith } from '../../peers/artemis.ts';
import type { Peer } from '../../peers/peer.ts';
import { freePorts } from '../../peers/ports.ts';
import { startKind } from '../../peers/start.ts';
import type { Result } from '../matrix.ts';
import type { Scene, WrongDoor } from './knock.ts';
import { placesOf } from './scene.ts';
import { both, refused } from './tellings.ts';

/** A pair that runs, the primary live. */
export interface Pair {
  readonly primary: Peer;
  readonly backup: Peer;
  stop(): Promise<void>;
}

const ACQUAINTED_MS_MAX = 20_000;
const ASK_EVERY_MS = 200;
/** All of it takes half a minute. */
const PATIENCE_MS = 180_000;

/** What the address speaks by which they know each other. */
type Protocols = 'all' | 'core';

/** Starts a pair; or says why it is not to be had. */
async function startPair(protocols: Protocols): Promise<Pair | { readonly reason: string }> {
  const journal = await mkdtemp(join(tmpdir(), 'artemis-pair-'));
  const gone = (): Promise<void> => rm(journal, { recursive: true, force: true });
  const { one = 0, other = 0 } = await freePorts(['one', 'other']);
  const of = (role: 'primary' | 'backup', own: number, others: number) =>
    startKind(artemisWith({ pair: { role, journal, other: others, protocols } }), {
      ports: { openwire: own },
    });
  const primary = await of('primary', one, other);
  if ('reason' in primary) {
    await gone();
    return primary;
  }
  const backup = await of('backup', other, one);
  if ('reason' in backup) throw new Error(backup.reason);
  const stop = async (): Promise<void> => {
    await backup.stop();
    await primary.stop();
    await gone();
  };
  try {
    await acquainted(primary);
  } catch (error) {
    await stop();
    throw error;
  }
  return { primary, backup, stop };
}

/**
 * Waits until it names the other. It does so in the open frame alone: who came before learns nothing.
 */
async function acquainted({ urls, user, password }: Peer): Promise<void> {
  const events = { onFailure() {}, onProblem() {}, onInterrupted() {}, onResumed() {} };
  const endpoint = { url: urls.amqp ?? '', username: user, password };
  for (const end = Date.now() + ACQUAINTED_MS_MAX; Date.now() < end; ) {
    const connection = await amqp1Provider.connect(endpoint, events);
    await connection.open(undefined);
    const named = connection.offered?.length ?? 0;
    await connection.close();
    if (named > 0) return;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  throw new Error(`the primary does not name its backup after ${ACQUAINTED_MS_MAX} ms`);
}

/** The standby, while its primary lives. */
export async function artemisPair(): Promise<Scene | { readonly reason: string }> {
  const pair = await startPair('all');
  if ('reason' in pair) return pair;
  const { primary, backup, stop } = pair;
  return {
    title: `a standby of ActiveMQ Artemis ${primary.version}`,
    doors: { ...placesOf(backup), ...placesOf(primary, 'primary-') },
    user: [primary.user, primary.password],
    stop,
  };
}

/** What is told at the standby. */
export const STANDBY_DOORS: readonly WrongDoor[] = [
  ...both((way) => ({
    name: `${way.scheme}:// to it`,
    url: `${way.scheme}://{${way.scheme}}`,
    told: refused(way),
  })),
  ...both((way) => ({
    name: `${way.scheme}:// to its port of all protocols`,
    url: `${way.scheme}://{openwire}`,
    told: refused(way),
  })),
  ...both(({ scheme }) => ({
    name: `failover: over ${scheme}:// to it and to its primary`,
    url: `failover:(${scheme}://{${scheme}},${scheme}://{primary-${scheme}})`,
    told: 'let in',
  })),
];

/** A program that loses its broker to the other of a pair, and that again to the first. */
interface Loss {
  readonly name: string;
  readonly protocols: Protocols;
  url(pair: Pair): string;
}

const place = (url: string | undefined): string => new URL(url ?? '').host;

const LOSSES: readonly Loss[] = [
  {
    name: 'the program names one broker, which names the other',
    protocols: 'all',
    url: ({ primary }) => `failover:(amqp://${place(primary.urls.openwire)})`,
  },
  {
    name: 'the program names both, and they a port that speaks no AMQP',
    protocols: 'core',
    // The port that was named says nothing, and costs this time.
    url: ({ primary, backup }) =>
      `failover:(${primary.urls.amqp},${backup.urls.amqp})?jms.connectTimeout=2000`,
  },
];

/** The primary is killed, then the broker that took over for it. */
const KILLS = 2;

/** Kills one of each pair, then the other; `only` are parts of their names. */
export async function* runPairs(only: readonly string[]): AsyncGenerator<Result> {
  const wanted = LOSSES.filter(
    ({ name }) => only.length === 0 || only.some((part) => `artemis pair ${name}`.includes(part)),
  );
  for (const loss of wanted) {
    const { name } = loss;
    const about = { from: 'failover', to: 'a pair of ActiveMQ Artemis', name };
    const pair = await startPair(loss.protocols);
    if ('reason' in pair) {
      yield { ...about, status: 'skipped', reason: pair.reason };
      continue;
    }
    const startedAt = Date.now();
    try {
      const { words, good } = await lose(loss, pair);
      const ms = Date.now() - startedAt;
      if (good) yield { ...about, status: 'passed', note: words, ms };
      else yield { ...about, status: 'failed', reason: words, ms };
    } catch (error) {
      yield { ...about, status: 'failed', reason: String(error), ms: Date.now() - startedAt };
    } finally {
      await pair.stop();
    }
  }
}

async function lose(loss: Loss, pair: Pair): Promise<{ words: string; good: boolean }> {
  const { primary, backup } = pair;
  const url = loss.url(pair);
  const joint = url.includes('?') ? '&' : '?';
  const failover = new FailoverProvider(() => amqp1Provider);
  let killed = 0;
  const broker = {
    url: `${url}${joint}jms.username=${primary.user}&jms.password=${primary.password}`,
    kill: () => (++killed === 1 ? primary.kill() : backup.kill()),
    // The first time the other takes over by itself.
    restart: async () => {
      if (killed > 1) await primary.restart();
    },
  };
  const passing = pass(broker, { failover: () => failover }, 'paired', KILLS);
  const found = await inTime(passing, PATIENCE_MS);
  const all = found.interruptions.every((count) => count >= KILLS);
  return { words: wordsOf(found), good: isWhole(found) && all };
}
