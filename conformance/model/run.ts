// Runs commands on a rig from a seed, in episodes that begin with nothing, so that a disagreement is
// never far from its beginning; and takes out of a failing episode what it does not need.

import { Die } from './choices.ts';
import { commands, prepare } from './commands.ts';
import { Rig } from './rig.ts';

/** One command, and the seed of its choices. */
interface Step {
  readonly command: number;
  readonly seed: number;
}

export interface Failure {
  /** Steps that were run before it. */
  readonly steps: number;
  readonly reason: string;
  /** The shortest way to it that was found, in words. */
  readonly story: readonly string[];
}

const EPISODE_STEPS = 250;

/** Runs many steps from a seed; undefined if broker and model agreed in all of them. */
export function run(seed: number, steps: number): Failure | undefined {
  const die = new Die(seed);
  for (let done = 0; done < steps; done += EPISODE_STEPS) {
    const episode = Array.from({ length: Math.min(EPISODE_STEPS, steps - done) }, () => {
      return { command: die.roll(commands.length), seed: die.roll(0x7fffffff) };
    });
    if (play(episode) === undefined) continue;
    const shortest = shrink(episode);
    const story: string[] = [];
    return { steps: done, reason: play(shortest, story) ?? 'it went away', story };
  }
  return undefined;
}

/** Plays an episode; what went wrong, or undefined. */
function play(episode: readonly Step[], story?: string[]): string | undefined {
  const rig = new Rig();
  try {
    prepare(rig);
    for (const step of episode) {
      rig.model.step++;
      const command = commands[step.command];
      const said = command?.(rig, new Die(step.seed));
      if (said !== undefined) story?.push(said);
      rig.settle();
    }
    rig.finish();
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  return undefined;
}

/** Takes out runs of steps, long ones first, as long as something still goes wrong. */
function shrink(failing: readonly Step[]): readonly Step[] {
  let shortest = failing;
  for (let length = Math.ceil(failing.length / 2); length >= 1; length = Math.floor(length / 2)) {
    for (let at = 0; at < shortest.length; ) {
      const shorter = [...shortest.slice(0, at), ...shortest.slice(at + length)];
      if (shorter.length < shortest.length && play(shorter) !== undefined) shortest = shorter;
      else at += length;
    }
  }
  return shortest;
}
