/**
 * Our own broker as a target: the built binary, in memory, on ports of the system's choice.
 */

import { fileURLToPath } from 'node:url';
import { startNode } from './started-process.ts';
import { brokerDoors, type Running, type Target } from './target.ts';

const BINARY = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url));
const ARGUMENTS = ['serve', '--memory', '--ports', 'random', '--ready-json'];

/** The broker of this repository, as built. */
export const angelia: Target = {
  name: 'angelia',
  protocols: ['stomp', 'amqp'],

  async start(): Promise<Running> {
    const broker = await startNode([BINARY, ...ARGUMENTS]);
    const { version, urls } = broker.ready as { version: string; urls: Record<string, string> };
    return {
      pid: broker.pid,
      version,
      doors(protocol, queue) {
        const url = urls[protocol];
        if (url === undefined) throw new Error(`angelia named no url for ${protocol}`);
        return brokerDoors(url, protocol === 'stomp' ? `/queue/${queue}` : queue);
      },
      stop: () => broker.stop(),
    };
  },
};
