import test from 'ava';
import { Dice } from './dice.ts';
import { amqpGame, type Game, playAgain, playBroker, stompGame } from './game.ts';
import { Playground, STREAMS_PER_BROKER } from './playground.ts';
import { readFolder } from './recording.ts';

const BROKERS = 40;
const games: readonly Game[] = [amqpGame(), stompGame()];

for (const game of games) {
  const { name } = game.protocol;

  test(`${name}: what once did harm does none`, (t) => {
    for (const [file, streams] of readFolder(`corpus/${name}`, '.stream')) {
      for (let seed = 0; seed < 20; seed++) t.notThrows(() => playAgain(game, streams, seed), file);
    }
    t.pass();
  });

  test(`${name}: conversations of real clients as they are`, (t) => {
    t.true(game.recordings.length > 10);
    for (const [seed, stream] of game.recordings.entries()) {
      t.notThrows(() => new Playground(game.protocol, new Dice(seed)).play(stream, new Dice(seed)));
    }
  });

  test(`${name}: two thousand conversations that are harmed`, (t) => {
    for (let first = 0; first < BROKERS * STREAMS_PER_BROKER; first += STREAMS_PER_BROKER) {
      const { harm } = playBroker(game, first);
      if (harm !== undefined) return t.fail(`seed ${harm.seed}: ${harm.why}`);
    }
    t.pass();
  });
}
