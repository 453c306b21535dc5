/**
 * The parts `wrong-doors` and `wrong-doors-own` of the interop run: the JMS API at doors that it was not
 * meant for. Each stage starts what is knocked at, and its cases are the knocks.
 */

import type { Result } from '../matrix.ts';
import {
  ARTEMIS_DOORS,
  artemis,
  CLASSIC_DOORS,
  classic,
  classicPair,
  SLAVE_DOORS,
} from './activemq-doors.ts';
import { knock, type Scene, type WrongDoor } from './knock.ts';
import { NOBODY_DOORS, nobody } from './nobody-doors.ts';
import { OWN_DOORS, own } from './own-doors.ts';
import { artemisPair, runPairs, STANDBY_DOORS } from './pair.ts';
import { QPID_DOORS, qpid } from './qpid-doors.ts';
import {
  ALONE_DOORS,
  RABBITMQ_DOORS,
  RABBITMQ4_DOORS,
  rabbitmq,
  rabbitmq4,
  rabbitmqAlone,
} from './rabbitmq-doors.ts';

/** Something to knock at. */
interface Stage {
  readonly name: string;
  readonly doors: readonly WrongDoor[];
  /** Starts it, or says why it is not to be had. */
  start(): Promise<Scene | { readonly reason: string }>;
}

/** Those that need nobody else's broker. */
const OWN_STAGES: readonly Stage[] = [
  { name: 'no broker', doors: NOBODY_DOORS, start: nobody },
  { name: 'angelia', doors: OWN_DOORS, start: own },
];

const FOREIGN_STAGES: readonly Stage[] = [
  { name: 'classic', doors: CLASSIC_DOORS, start: classic },
  { name: 'classic slave', doors: SLAVE_DOORS, start: classicPair },
  { name: 'artemis', doors: ARTEMIS_DOORS, start: artemis },
  { name: 'artemis standby', doors: STANDBY_DOORS, start: artemisPair },
  { name: 'qpid', doors: QPID_DOORS, start: qpid },
  { name: 'rabbitmq alone', doors: ALONE_DOORS, start: rabbitmqAlone },
  { name: 'rabbitmq', doors: RABBITMQ_DOORS, start: rabbitmq },
  { name: 'rabbitmq4', doors: RABBITMQ4_DOORS, start: rabbitmq4 },
];

/** At brokers of other people; `only` as in {@link runOwnDoors}. */
export async function* runForeignDoors(only: readonly string[]): AsyncGenerator<Result> {
  for (const stage of FOREIGN_STAGES) yield* run(stage, only);
  yield* runPairs(only);
}

/** Without brokers of other people; `only` are parts of names of stages or cases. */
export async function* runOwnDoors(only: readonly string[]): AsyncGenerator<Result> {
  for (const stage of OWN_STAGES) yield* run(stage, only);
}

async function* run(
  { name, doors, start }: Stage,
  only: readonly string[],
): AsyncGenerator<Result> {
  const from = 'wrong doors';
  const wanted = doors.filter(
    (door) => only.length === 0 || only.some((part) => `${name} ${door.name}`.includes(part)),
  );
  if (wanted.length === 0) return;
  const scene = await start();
  if ('reason' in scene) {
    yield { from, to: name, name: 'all', status: 'skipped', reason: scene.reason };
    return;
  }
  try {
    for (const door of wanted) {
      const startedAt = Date.now();
      const { told, wrong } = await knock(door, scene);
      const about = { from, to: scene.title, name: door.name, ms: Date.now() - startedAt };
      if (wrong.length === 0) yield { ...about, status: 'passed', note: told };
      else yield { ...about, status: 'failed', reason: `${wrong.join('; ')}; told: ${told}` };
    }
  } finally {
    await scene.stop();
  }
}
