// With RAW_PEER_RECORDS=FOLDER in the environment, keeps what the raw peers of tests say, as seeds of the
// fuzzer: tests say what no client does yet. A file for each process and broker, in the form of
// `conformance/fuzz/recording.ts`.

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

const FOLDER: string | undefined = process.env['RAW_PEER_RECORDS'];
const brokers: Map<object, Map<object, number>> = new Map();

/** Keeps what a peer says to a broker, if that is wanted. */
export function keepSaid(broker: object, peer: object, bytes: Buffer): void {
  if (FOLDER === undefined) return;
  const peers = brokers.get(broker) ?? new Map<object, number>();
  brokers.set(broker, peers);
  const connection = peers.get(peer) ?? peers.size;
  peers.set(peer, connection);
  const file = join(
    FOLDER,
    `${process.pid}-${threadId}-${[...brokers.keys()].indexOf(broker)}.said`,
  );
  appendFileSync(file, `${connection} ${bytes.toString('base64')}\n`);
}
