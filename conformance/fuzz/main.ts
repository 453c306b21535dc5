// `npm run fuzz -- amqp|stomp COUNT [SEED]`: plays so many mutated streams, and keeps each that does
// harm as a file of the corpus, which every test run replays. The work is done in a thread, so that a
// stream that never ends is noticed and named as well.

import { writeFileSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { amqpGame, type Harm, playBroker, stompGame } from './game.ts';
import { STREAMS_PER_BROKER } from './playground.ts';
import { formatStreams, placeOf } from './recording.ts';

interface Task {
  readonly name: string;
  readonly count: number;
  readonly first: number;
}

/** What the thread says after each broker. */
interface News {
  readonly seed: number;
  readonly harmed: number;
  readonly harm: Harm | undefined;
  readonly heapBytes: number;
}

const USAGE = 'usage: npm run fuzz -- amqp|stomp COUNT [SEED]\n';
const REPORT_EVERY = 100_000;
const SILENCE_MS_MAX = 120_000;
const HARM_MAX = 10;
/** What is still in use after so many streams that did no harm. */
const HEAP_BYTES_MAX: number = 512 * 1024 * 1024;

function work({ name, count, first }: Task): void {
  const game = name === 'amqp' ? amqpGame() : stompGame();
  // An ERROR is half the work of many streams, and its stack a third of that.
  Error.stackTraceLimit = 4;
  let harms = 0;
  for (let done = 0; done < count && harms < HARM_MAX; done += STREAMS_PER_BROKER) {
    const seed = first + done;
    const { harmed, harm } = playBroker(game, seed);
    if (harm !== undefined) harms++;
    const { heapUsed, external } = process.memoryUsage();
    const news: News = { seed, harmed, harm, heapBytes: heapUsed + external };
    parentPort?.postMessage(news);
  }
}

function watch(task: Task): void {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const { name, count, first } = task;
  const startedAt = performance.now();
  let [streams, frames, harms, heapBytes, heardAt, seed] = [0, 0, 0, 0, startedAt, first];
  const summary = (): string => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const mebibytes = Math.round(heapBytes / 1024 / 1024);
    return `${name} from seed ${first}: ${streams} streams, ${frames} harmed frames, ${harms} did harm, ${seconds} s, at most ${mebibytes} MiB in use`;
  };
  const thread = new Worker(new URL(import.meta.url), { workerData: task });
  const watchdog = setInterval(() => {
    if (performance.now() - heardAt < SILENCE_MS_MAX) return;
    say(`a stream of the seeds from ${seed + STREAMS_PER_BROKER} does not end`);
    process.exit(1);
  }, 1000);
  thread.on('message', (news: News) => {
    heardAt = performance.now();
    seed = news.seed;
    streams += STREAMS_PER_BROKER;
    frames += news.harmed;
    heapBytes = Math.max(heapBytes, news.heapBytes);
    if (news.harm !== undefined) {
      harms++;
      const file = placeOf(`corpus/${name}`, `${news.harm.seed}.stream`);
      const streamsHeld = news.harm.streams.map((stream) =>
        stream.map((piece) => ({ ...piece, bytes: Buffer.from(piece.bytes) })),
      );
      const [why = ''] = news.harm.why.split('\n');
      writeFileSync(file, formatStreams(why, streamsHeld));
      say(`seed ${news.harm.seed}: ${news.harm.why}\n  kept as ${file.pathname}`);
    }
    if (streams % REPORT_EVERY < STREAMS_PER_BROKER) say(summary());
  });
  thread.on('error', (error) => {
    say(`seeds from ${seed + STREAMS_PER_BROKER}: ${error.stack}`);
    process.exit(1);
  });
  thread.on('exit', () => {
    clearInterval(watchdog);
    say(summary());
    if (heapBytes > HEAP_BYTES_MAX) say(`over ${HEAP_BYTES_MAX} bytes were in use`);
    process.exitCode = harms === 0 && streams >= count && heapBytes <= HEAP_BYTES_MAX ? 0 : 1;
  });
}

if (isMainThread) {
  const [name = '', count = '100000', first = `${Date.now() % 1_000_000_000}`] =
    process.argv.slice(2);
  if (name === 'amqp' || name === 'stomp') {
    watch({ name, count: Number(count), first: Number(first) });
  } else {
    process.stdout.write(USAGE);
    process.exitCode = 2;
  }
} else {
  work(workerData as Task);
}
