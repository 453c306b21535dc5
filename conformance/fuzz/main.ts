// `npm run fuzz -- COUNT [SEED]`: plays so many mutated streams, and keeps each that does harm as a
// file of the corpus, which every test run replays.

import { writeFileSync } from 'node:fs';
import { Dice } from './dice.ts';
import { mutate } from './mutation.ts';
import { stompConversations, stompWords } from './stomp-conversations.ts';
import { playStomp } from './stomp-target.ts';

const CORPUS = new URL('../../../conformance/fuzz/corpus/stomp/', import.meta.url);
const REPORT_EVERY = 100_000;
const HARM_MAX = 10;

const count = Number(process.argv[2] ?? 100_000);
const first = Number(process.argv[3] ?? Date.now() % 1_000_000_000);
let harm = 0;
// An ERROR is half the work of many streams, and its stack a third of that.
Error.stackTraceLimit = 2;
for (let n = 0; n < count && harm < HARM_MAX; n++) {
  const seed = first + n;
  const stream = mutate(stompConversations, stompWords, new Dice(seed));
  try {
    playStomp(stream, seed);
  } catch (error) {
    harm++;
    const file = new URL(`${seed}.stream`, CORPUS);
    writeFileSync(file, stream);
    const why = error instanceof Error ? error.stack : String(error);
    process.stdout.write(`seed ${seed}: ${why}\n  kept as ${file.pathname}\n`);
  }
  if ((n + 1) % REPORT_EVERY === 0) process.stdout.write(`${n + 1} streams, ${harm} did harm\n`);
}
process.stdout.write(`from seed ${first}: ${count} streams, ${harm} did harm\n`);
process.exitCode = harm === 0 ? 0 : 1;
