import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { Dice } from './dice.ts';
import { mutate } from './mutation.ts';
import { stompConversations, stompWords } from './stomp-conversations.ts';
import { playStomp } from './stomp-target.ts';

const CORPUS = new URL('../../../conformance/fuzz/corpus/stomp/', import.meta.url);

test('STOMP: what once did harm does none', (t) => {
  for (const name of readdirSync(CORPUS).filter((file) => file.endsWith('.stream'))) {
    const stream = readFileSync(new URL(name, CORPUS));
    for (let seed = 0; seed < 20; seed++) t.notThrows(() => playStomp(stream, seed), name);
  }
  t.pass();
});

test('STOMP: unharmed conversations, and five thousand that are harmed', (t) => {
  for (const frames of stompConversations) {
    const stream = Buffer.from(`${frames.join('\0')}\0`);
    for (let seed = 0; seed < 20; seed++) playStomp(stream, seed);
  }
  for (let seed = 1; seed <= 5000; seed++) {
    const stream = mutate(stompConversations, stompWords, new Dice(seed));
    t.notThrows(() => playStomp(stream, seed), `seed ${seed}`);
  }
});
