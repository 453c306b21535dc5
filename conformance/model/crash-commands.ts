// What happens to a broker with a disk beside what clients do: the disk answers, and it dies.

import type { Die } from './choices.ts';
import { type Command, commands } from './commands.ts';
import { CrashRig } from './crash-rig.ts';

function withDisk(work: (rig: CrashRig, die: Die) => string): Command {
  return (rig, die) => (rig instanceof CrashRig ? work(rig, die) : undefined);
}

const disk = withDisk((rig, die) => {
  const times = die.one(1, 1, 2, 3, 8, 1000);
  rig.answer(times);
  return `the disk answers ${times} times`;
});

const crash = withDisk((rig, die) => {
  const power = !die.chance(3);
  rig.crash(power, die);
  return power ? 'power goes' : 'the process dies';
});

const restart = withDisk((rig) => {
  rig.restart();
  return 'restart';
});

/** All that may happen, and how often. */
export const crashCommands: readonly Command[] = [
  ...commands,
  ...new Array<Command>(40).fill(disk),
  ...new Array<Command>(3).fill(crash),
  restart,
];
