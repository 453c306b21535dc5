/**
 * Kills and restarts each peer three times while messages pass over `failover:`: what is in
 * `../jms/restarts.ts`, against brokers that others made. By hand: `node dist/conformance/peers/restarts.js
 * [NAME…]`.
 */

import { amqp1Provider } from '#adapters/amqp1';
import { amqp091Provider } from '#adapters/amqp091';
import { FailoverProvider } from '#adapters/failover';
import { type Provider, UnsupportedOperationException } from '#jms-api';
import { type Killable, move, pass } from '../jms/restarts.ts';
import { PEER_NAMES, type Peer, type PeerName } from './peer.ts';
import { startPeer } from './start.ts';

/** A way to a broker. */
interface Way {
  readonly provider: Provider;
  url(peer: Peer): string;
}

const AMQP1: Way = { provider: amqp1Provider, url: ({ urls }) => urls.amqp ?? '' };
const AMQP091: Way = {
  provider: amqp091Provider,
  url: ({ urls }) => (urls.amqp091 ?? '').replace(/^amqp:/, 'amqp091:'),
};

async function run(name: PeerName, way: Way): Promise<string> {
  const peer = await startPeer(name);
  if ('reason' in peer) return `skipped: ${peer.reason}`;
  try {
    const { user, password, version } = peer;
    const who = `jms.username=${user}&jms.password=${password}`;
    const broker = {
      url: `failover:(${way.url(peer)})?${who}`,
      kill: () => peer.kill(),
      restart: () => peer.restart(),
    };
    const failover = new FailoverProvider(() => way.provider);
    const { missing, unmarked, marked, problems, interruptions, gapsMs } = await pass(
      broker,
      { failover: () => failover },
      'restarts',
    );
    const kept = missing.length + unmarked.length + problems.length === 0;
    const gaps = gapsMs.map(Math.round).join(', ');
    return [
      `${version} ${kept ? 'kept' : 'BROKEN'}`,
      `missing ${missing.length}`,
      `unmarked ${unmarked.length}`,
      `marked ${marked}`,
      `interruptions ${interruptions.join('+')}`,
      `gaps ${gaps} ms`,
      ...problems.slice(0, 3).map(String),
      await moved(broker, failover),
    ].join('; ');
  } finally {
    await peer.stop();
  }
}

async function moved(broker: Killable, failover: FailoverProvider): Promise<string> {
  try {
    const result = await move(broker, { failover: () => failover }, 'from', 'to');
    const { wrong, rolledBack, inDoubt, problems } = result;
    const kept =
      wrong.length + problems.length === 0 ? 'kept' : `BROKEN: ${wrong.length} not there once`;
    return `in transactions ${kept}; rolled back ${rolledBack}, in doubt ${inDoubt} ${problems}`;
  } catch (error) {
    if (error instanceof UnsupportedOperationException) return error.message;
    throw error;
  }
}

const asked = process.argv.slice(2);
for (const name of PEER_NAMES) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`${name} ${await run(name, AMQP1)}`);
  if (name.startsWith('rabbitmq')) console.log(`${name} by 0-9-1 ${await run(name, AMQP091)}`);
}
