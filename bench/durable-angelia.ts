/**
 * Our own broker as something that can be started again: the built binary, on a data directory of
 * its own that is removed in the end.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Durable, Restartable } from './backlog.ts';
import { startNode } from './started-process.ts';
import { brokerDoors } from './target.ts';

const BINARY = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url));

/** The broker of this repository on a new data directory. */
export class DurableAngelia implements Restartable {
  readonly name = 'angelia';
  /** Where its data is. */
  readonly directory: string = mkdtempSync(join(tmpdir(), 'angelia-bench-'));

  async start(): Promise<Durable> {
    const nodeOptions = process.env['BENCH_NODE_OPTIONS']?.split(' ') ?? [];
    const program = [...nodeOptions, BINARY];
    const broker = await startNode([
      ...program,
      ...['serve', '--data', this.directory, '--ports', 'random', '--ready-json'],
    ]);
    const { version, urls } = broker.ready as { version: string; urls: Record<string, string> };
    return {
      pid: broker.pid,
      version,
      doors(protocol, name, kind = 'queue') {
        const url = urls[protocol];
        if (url === undefined) throw new Error(`angelia named no url for ${protocol}`);
        return brokerDoors(url, protocol === 'stomp' ? `/${kind}/${name}` : name, kind);
      },
      webSocket: () => (urls['ws'] === undefined ? undefined : new URL(urls['ws'])),
      writtenBytes: () => writtenBytes(urls['http'] ?? ''),
      stop: () => broker.stop(),
      kill: () => broker.kill(),
    };
  }

  /** Removes the data. */
  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

async function writtenBytes(url: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/broker`);
  const row = (await answer.json()) as { storage: { journal: { bytesWritten: number } } };
  return row.storage.journal.bytesWritten;
}
