// One seed, one stream: what a seed makes of the recordings, and how it is played. What a stream of a
// seed meets depends on those before it on the same broker, so that they are all kept if one does harm.

import { amqpSeeds, mutateAmqp } from './amqp-mutation.ts';
import { amqpProtocol } from './amqp-target.ts';
import { Dice } from './dice.ts';
import { Playground, type Protocol, STREAMS_PER_BROKER } from './playground.ts';
import { readFolder, type Stream } from './recording.ts';
import { stompConversations, stompWords } from './stomp-conversations.ts';
import { mutateStomp, stompFramesOf } from './stomp-mutation.ts';
import { stompProtocol } from './stomp-target.ts';

/** A stream, and how many of its frames were harmed. */
type Mutate = (dice: Dice) => [stream: Stream, harmed: number];

export interface Game {
  readonly protocol: Protocol;
  /** Recordings as they are. */
  readonly recordings: readonly Stream[];
  readonly mutate: Mutate;
}

export function amqpGame(): Game {
  const recordings = [...readFolder('recordings', '.amqp').values()].flat();
  const seeds = amqpSeeds(recordings);
  return { protocol: amqpProtocol, recordings, mutate: (dice) => mutateAmqp(seeds, dice) };
}

export function stompGame(): Game {
  const recordings = [...readFolder('recordings', '.stomp').values()].flat();
  const byHand = stompConversations.map((frames) =>
    frames.map((text) => ({ connection: 0, text: Buffer.from(text).toString('latin1') })),
  );
  const seeds = [...recordings.map(stompFramesOf), ...byHand].filter(({ length }) => length > 0);
  const mutate: Mutate = (dice) => mutateStomp(seeds, stompWords, dice);
  return { protocol: stompProtocol, recordings, mutate };
}

/** Harm that a stream did, and what it takes to see it again. */
export interface Harm {
  readonly seed: number;
  readonly streams: readonly Stream[];
  readonly why: string;
}

/** Plays the seeds of one broker, the first of which is a multiple of its number of streams. */
export function playBroker(game: Game, first: number): { harmed: number; harm: Harm | undefined } {
  const played: Stream[] = [];
  let harmed = 0;
  let seed = first;
  try {
    const playground = new Playground(game.protocol, new Dice(first));
    for (; seed < first + STREAMS_PER_BROKER; seed++) {
      const dice = new Dice(seed);
      const [stream, count] = game.mutate(dice);
      harmed += count;
      played.push(stream);
      playground.play(stream, dice);
    }
  } catch (error) {
    return { harmed, harm: { seed, streams: smallest(game, played), why: wordsOf(error) } };
  }
  return { harmed, harm: undefined };
}

/** Plays streams on one broker, as the corpus has them. @throws {Error} if they do harm */
export function playAgain({ protocol }: Game, streams: readonly Stream[], seed: number): void {
  const playground = new Playground(protocol, new Dice(seed));
  for (const stream of streams) playground.play(stream, new Dice(seed));
}

/** The last stream, if it does harm by itself however it is cut; else all of them. */
function smallest(game: Game, streams: readonly Stream[]): readonly Stream[] {
  const last = streams.slice(-1);
  for (let seed = 0; seed < 20; seed++) {
    try {
      playAgain(game, last, seed);
    } catch {
      return last;
    }
  }
  return streams;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
