/**
 * A broker that somebody else started, as a target: urls from the command line, a pid if it is known.
 *
 * Deliberately configures nothing in it: what it does with an unknown queue is its own affair.
 */

import { readFileSync } from 'node:fs';
import { brokerDoors, type Target } from './target.ts';
import type { Protocol } from './wire.ts';

/** How to reach a running broker in one protocol. */
export interface Reach {
  readonly url: string;
  /** Its name for a queue, with `{queue}` where the name goes. */
  readonly address: string;
}

/** A target for a running broker, called `name` in the report. */
export function runningBroker(
  name: string,
  reach: Readonly<Partial<Record<Protocol, Reach>>>,
  pid: number | undefined,
): Target {
  return {
    name,
    protocols: (Object.keys(reach) as Protocol[]).filter((protocol) => reach[protocol]),
    start: async () => ({
      pid,
      version: pid === undefined ? undefined : commandOf(pid),
      doors(protocol, queue) {
        const found = reach[protocol];
        if (!found) throw new Error(`no url was given for ${protocol}`);
        return brokerDoors(found.url, found.address.replaceAll('{queue}', queue));
      },
      stop: async () => {},
    }),
  };
}

/** The program behind a pid, where /proc tells; also tells a wrong pid early. */
function commandOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch (cause) {
    throw new Error(`--pid ${pid}: there is no such process`, { cause });
  }
}
