// Runs commands on a rig from a seed, in episodes that begin with nothing, so that a disagreement is
// never far from its beginning; and takes out of a failing episode what it does not need.

import { Die } from './choices.ts';
import { type Command, commands, prepare } from './commands.ts';
import { crashCommands } from './crash-commands.ts';
import { CrashRig } from './crash-rig.ts';
import { Rig } from './rig.ts';

/** One command, and the seed of its choices. */
interface Step {
  readonly command: number;
  readonly seed: number;
}

/** What may happen in an episode, and to what. */
interface Stage {
  readonly commands: readonly Command[];
  readonly rig: () => Rig;
}

export interface Failure {
  /** Steps that were run before it. */
  readonly steps: number;
  readonly reason: string;
  /** The shortest way to it that was found, in words. */
  readonly story: readonly string[];
}

const EPISODE_STEPS = 250;
/** Long enough for segments to fill, and to be used again. */
const MORTAL_STEPS = 500;

/**
 * Runs many steps from a seed; undefined if broker and model agreed in all of them.
 *
 * @param crashes - the broker has a disk, and dies now and then
 */
export function run(seed: number, steps: number, crashes = false): Failure | undefined {
  const die = new Die(seed);
  const length = crashes ? MORTAL_STEPS : EPISODE_STEPS;
  for (let done = 0; done < steps; done += length) {
    const stage = crashes ? mortal(die) : { commands, rig: () => new Rig() };
    const episode = Array.from({ length: Math.min(length, steps - done) }, () => {
      return { command: die.roll(stage.commands.length), seed: die.roll(0x7fffffff) };
    });
    if (play(stage, episode) === undefined) continue;
    const shortest = shrink(stage, episode);
    const story: string[] = [];
    return { steps: done, reason: play(stage, shortest, story) ?? 'it went away', story };
  }
  return undefined;
}

function mortal(die: Die): Stage {
  const segmentBytes = die.one(4096, 4096, 8192, 65_536);
  const bodiesBytesMax = die.one(0, 100, 1_000_000);
  const limits = {
    bodiesBytesMax,
    readBackBytesMax: die.one(20, 200),
    readAheadMax: die.one(1, 8),
  };
  return { commands: crashCommands, rig: () => new CrashRig({ segmentBytes, limits }) };
}

/** Plays an episode; what went wrong, or undefined. */
function play(stage: Stage, episode: readonly Step[], story?: string[]): string | undefined {
  try {
    const rig = stage.rig();
    prepare(rig);
    rig.done();
    for (const step of episode) {
      rig.model.step++;
      const command = stage.commands[step.command];
      const said = command?.(rig, new Die(step.seed));
      if (said !== undefined) story?.push(said);
      rig.done();
      rig.settle();
    }
    rig.finish();
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  return undefined;
}

/** Takes out runs of steps, long ones first, as long as something still goes wrong. */
function shrink(stage: Stage, failing: readonly Step[]): readonly Step[] {
  let shortest = failing;
  for (let length = Math.ceil(failing.length / 2); length >= 1; length = Math.floor(length / 2)) {
    for (let at = 0; at < shortest.length; ) {
      const shorter = [...shortest.slice(0, at), ...shortest.slice(at + length)];
      if (shorter.length < shortest.length && play(stage, shorter) !== undefined) {
        shortest = shorter;
      } else at += length;
    }
  }
  return shortest;
}
