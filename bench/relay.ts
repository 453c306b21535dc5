/**
 * The relay as a target: the raw limit of this machine for one Node process that moves bytes from one
 * socket to another. No handshake; whatever the producer writes arrives at the consumer.
 */

import { fileURLToPath } from 'node:url';
import { startNode } from './started-process.ts';
import type { Running, Target } from './target.ts';
import type { Door } from './wire.ts';

const PROGRAM = fileURLToPath(new URL('relay-process.js', import.meta.url));

/** A process that copies bytes without looking at them. */
export const relay: Target = {
  name: 'relay',
  protocols: ['stomp', 'amqp'],

  async start(): Promise<Running> {
    const started = await startNode([PROGRAM]);
    const ports = started.ready as { in: number; out: number };
    const door = (port: number, address: string): Door => ({
      url: new URL(`tcp://127.0.0.1:${port}`),
      address,
      raw: true,
    });
    return {
      pid: started.pid,
      version: process.version,
      doors: (protocol, queue) => {
        // Named as Angelia names it, so that the relay carries frames of the same length.
        const address = protocol === 'stomp' ? `/queue/${queue}` : queue;
        return { in: door(ports.out, address), out: door(ports.in, address) };
      },
      stop: () => started.stop(),
    };
  },
};
