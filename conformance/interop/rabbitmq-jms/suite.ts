/**
 * RabbitMQ's own JMS client and ours on one RabbitMQ: the part `rabbitmq-jms` of the interop run. One
 * broker alone: `npm run interop -- --suite rabbitmq-jms --test rabbitmq4`; one case: `--test map`.
 */

import type { Peer, PeerName } from '../../peers/peer.ts';
import { startPeer } from '../../peers/start.ts';
import type { Result } from '../matrix.ts';
import { CASES, type Case, type Stage, TOPIC_CASES } from './cases.ts';
import { installClient, JavaSide } from './java-side.ts';
import { OurSide } from './our-side.ts';
import type { Style } from './side.ts';

const BROKERS: readonly PeerName[] = ['rabbitmq', 'rabbitmq4'];
const STYLES: readonly Style[] = ['amqp', 'jms'];
const SENDERS = ['java', 'ours'] as const;
const DIFFERENCES_SHOWN = 3;

type Sides = Pick<Stage, 'ours'> & { readonly java: JavaSide };

/** Runs it; `only` are parts of the names of brokers or cases. */
export async function* runRabbitJms(only: readonly string[]): AsyncGenerator<Result> {
  const brokers = BROKERS.filter((name) => only.includes(name));
  const parts = only.filter((part) => !brokers.includes(part as PeerName));
  const about = { from: 'rabbitmq-jms', name: 'all cases', status: 'skipped' } as const;
  const installed = await installClient();
  if ('reason' in installed) {
    yield { ...about, to: 'amqp091', reason: `not installed: ${installed.reason}` };
    return;
  }
  for (const name of brokers.length === 0 ? BROKERS : brokers) {
    const peer = await startPeer(name);
    if ('reason' in peer) {
      yield { ...about, to: name, reason: peer.reason };
      continue;
    }
    try {
      yield* runOn(peer, installed.facts['classPath'] ?? '', parts);
    } finally {
      await peer.stop();
    }
  }
}

async function* runOn(
  peer: Peer,
  classPath: string,
  only: readonly string[],
): AsyncGenerator<Result> {
  const { host } = new URL(peer.urls.amqp091 ?? '');
  const { user, password } = peer;
  const java = await JavaSide.open(classPath, `amqp://${user}:${password}@${host}`, true);
  const ours = await OurSide.open(
    `amqp091://${host}?jms.username=${user}&jms.password=${password}&amqp091.queueType=quorum`,
  );
  const about = {
    from: `rabbitmq-jms ${java.version}`,
    to: `amqp091: RabbitMQ ${peer.version}`,
  };
  try {
    for (const one of [...CASES, ...TOPIC_CASES]) {
      for (const style of one.styles ?? STYLES) {
        for (const sender of one.senders ?? SENDERS) {
          const way = sender === 'java' ? 'from Java' : 'to Java';
          const name = `${style} destination, ${way}: ${one.name}`;
          if (only.length > 0 && !only.some((part) => name.includes(part))) continue;
          const startedAt = Date.now();
          const found = await runCase(one, { java, ours }, style, sender);
          const ms = Date.now() - startedAt;
          if (found.length === 0) yield { ...about, name, status: 'passed', ms };
          else yield { ...about, name, status: 'failed', reason: found.join('; '), ms };
        }
      }
    }
  } finally {
    await ours.close();
    await java.close();
  }
}

let runs = 0;

async function runCase(
  one: Case,
  { java, ours }: Sides,
  style: Style,
  sender: Stage['sender'],
): Promise<readonly string[]> {
  const kind = one.name.startsWith('topic') ? 'topic' : 'queue';
  runs += 1;
  const place = { kind, style, name: `interop.${runs}.${kind}` } as const;
  const [from, to] = sender === 'java' ? [java, ours] : [ours, java];
  try {
    // A queue that everybody uses is there before the Java client comes, which declares none.
    if (style === 'amqp') await prepare(ours, place.name);
    const found = await one.run({ from, to, sender, ours, style, place });
    return found.slice(0, DIFFERENCES_SHOWN);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

async function prepare(ours: OurSide, name: string): Promise<void> {
  const place = { kind: 'queue', style: 'amqp', name } as const;
  await ours.subscribe(name, place, 'auto');
  await ours.unsubscribe(name);
}
