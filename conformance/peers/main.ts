/**
 * `npm run peers -- rabbitmq`: a real broker in the foreground, for people and for other programs.
 * Prints where it listens; then takes a command a line (`kill`, `restart`, `stop`) and says when
 * it is done. Ctrl-C, or the end of the input, stops it and removes its data.
 */

import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { PEER_NAMES, type Peer, type PeerName } from './peer.ts';
import { startPeer } from './start.ts';

const USAGE = `usage: npm run peers -- NAME [--data FOLDER] [--ready-json]

  NAME           ${PEER_NAMES.join(', ')}; installed into .cache/interop if it is not there yet
  --data FOLDER  keep its data there; otherwise they go when it stops
  --ready-json   say everything as one line of JSON, for programs

Then, a line each: kill (SIGKILL; the data stay), restart (same ports, same data), stop.`;

/** Which of them was not to be had, as an exit code of its own. */
const NOT_TO_BE_HAD = 75;

interface Told {
  readonly json: boolean;
}

function say({ json }: Told, what: string, peer: Peer): void {
  const { name, version, urls, user, password, pid } = peer;
  if (json) {
    console.log(JSON.stringify({ what, name, version, urls, user, password, pid }));
    return;
  }
  console.log(`${name} ${version} ${what}, pid ${pid}`);
  if (what !== 'ready') return;
  for (const [door, url] of Object.entries(urls)) console.log(`  ${door.padEnd(8)} ${url}`);
  console.log(`  user ${user}, password ${password}; say kill, restart or stop`);
}

async function serve(peer: Peer, told: Told): Promise<void> {
  const input = createInterface({ input: process.stdin });
  const stop = (): void => input.close();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  say(told, 'ready', peer);
  try {
    for await (const line of input) {
      const word = line.trim();
      if (word === 'stop') return;
      if (word === 'kill') await peer.kill();
      else if (word === 'restart') await peer.restart();
      else if (word !== '') console.error(`expected kill, restart or stop, got '${word}'`);
      if (word === 'kill' || word === 'restart') say(told, `${word}ed`, peer);
    }
  } finally {
    input.close();
    await peer.stop();
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      data: { type: 'string' },
      'ready-json': { type: 'boolean' },
      help: { type: 'boolean' },
    },
    allowPositionals: true,
  });
  const [name] = positionals;
  const known = PEER_NAMES.find((one) => one === name);
  if (values.help || known === undefined || positionals.length > 1) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  return run(known, values.data, values['ready-json'] ?? false);
}

async function run(name: PeerName, data: string | undefined, json: boolean): Promise<number> {
  const peer = await startPeer(name, data === undefined ? {} : { data });
  if ('reason' in peer) {
    if (json) console.log(JSON.stringify({ what: 'skipped', name, reason: peer.reason }));
    else console.error(peer.reason);
    return NOT_TO_BE_HAD;
  }
  await serve(peer, { json });
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
