// How a figure is taken: many short rounds and the best of them, with the median beside it. A busy
// neighbour makes a round slower and never faster, so the best is the code's and the distance to
// the median is the neighbour's, or the garbage collector's.
//
// The yardstick is a loop that makes an object and puts it through a ring: it moves with the
// machine, so that figures of two machines can be compared as multiples of it.

/** One line of the table. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly best: number;
  /** Absent where there is one measurement only, as of memory. */
  readonly median?: number;
  /** At most this much, by the project's targets. */
  readonly target?: number;
}

export interface Scenario {
  readonly name: string;
  /** Plays the scenario, in a process of its own, and tells what was measured. */
  readonly play: () => Figure[];
}

const WARM_UP_ROUNDS = 3;

/** Plays a round many times; each takes `count` messages through. Answers in ns per message. */
export function perMessage(
  what: string,
  count: number,
  round: () => void,
  options: { readonly target?: number; readonly rounds?: number } = {},
): Figure {
  const times: number[] = [];
  const { rounds = 25, target } = options;
  for (let at = -WARM_UP_ROUNDS; at < rounds; at++) {
    const start = performance.now();
    round();
    if (at >= 0) times.push(((performance.now() - start) * 1e6) / count);
  }
  times.sort((a, b) => a - b);
  const best = times[0] ?? Number.NaN;
  const median = times[times.length >> 1] ?? Number.NaN;
  return { what, unit: 'ns', best, median, ...(target === undefined ? {} : { target }) };
}

/** Something that is done once, to so many messages. Answers in ns per message. */
export function once(what: string, count: number, work: () => void, target?: number): Figure {
  const start = performance.now();
  work();
  const best = ((performance.now() - start) * 1e6) / count;
  return { what, unit: 'ns', best, ...(target === undefined ? {} : { target }) };
}

/**
 * Bytes that this process holds, after the garbage is gone. Needs `--expose-gc`.
 *
 * @param living - what the caller made itself: it must not become garbage between two looks
 */
export function heldBytes(living: readonly unknown[]): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  // Used after the look, and therefore alive at the look.
  if (living.length === 0) throw new Error('nothing was made');
  return heapUsed + external;
}

class Token {
  readonly number: number;
  readonly next: Token | undefined;

  constructor(number: number, next: Token | undefined) {
    this.number = number;
    this.next = next;
  }
}

/** One step of the yardstick, in ns. */
export function yardstick(): number {
  const ring: Token[] = Array.from({ length: 1024 }, () => new Token(0, undefined));
  let sum = 0;
  const { best } = perMessage('yardstick', 100_000, () => {
    for (let at = 0; at < 100_000; at++) {
      ring[at & 1023] = new Token(at, undefined);
      sum += (ring[(at * 7) & 1023] as Token).number;
    }
  });
  return sum < 0 ? Number.NaN : best;
}
