// `node dist/conformance/fuzz/record.js [--said FOLDER] [client…]`: lets the real clients of `conformance/interop` do
// what they do there, and keeps what they said as the seeds of the fuzzer, in `recordings/`. Of all
// that is recorded, it keeps streams that hold a frame of a shape that no earlier one has.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CASES } from '../interop/cases.ts';
import { CLIENTS, type Client, PROJECT_ROOT } from '../interop/clients.ts';
import { install } from '../interop/install.ts';
import { runJavaSuite } from '../interop/java-suite.ts';
import { Matrix, type Player } from '../interop/matrix.ts';
import type { Broker } from '../interop/server.ts';
import { framesOf, shapeOf } from './amqp-frames.ts';
import { JAVA_PROGRAMS } from './java-programs.ts';
import { type RecordedDoor, Recorder } from './recorder.ts';
import {
  apart,
  formatStreams,
  parseStreams,
  placeOf,
  readFolder,
  type Stream,
} from './recording.ts';
import { stompFramesOf } from './stomp-mutation.ts';

/** More would make every mutation slow, and teach no more. */
const BYTES_MAX = 24 * 1024;
const PIECES_MAX = 200;
const CASES_LEFT_OUT: readonly string[] = ['order', 'large'];

let current = '';
const streams: { name: string; door: RecordedDoor; stream: Stream }[] = [];
const recorder = new Recorder(({ door, pieces }) => {
  const whole = sizeOf(pieces) <= BYTES_MAX && pieces.length <= PIECES_MAX;
  for (const stream of whole ? [pieces] : apart(pieces)) {
    const bytes = sizeOf(stream);
    const fits = bytes <= BYTES_MAX && stream.length <= PIECES_MAX;
    if (fits) streams.push({ name: current, door, stream });
    process.stdout.write(`${current}: ${bytes} bytes${fits ? '' : ', too many'}\n`);
  }
});

function sizeOf(stream: Stream): number {
  return stream.reduce((sum, piece) => sum + piece.bytes.length, 0);
}

async function record(client: Client, broker: Broker): Promise<void> {
  const { recipe } = client;
  if (recipe === undefined || !['amqp', 'stomp'].includes(client.door)) return;
  const installed = await install(join(PROJECT_ROOT, '.cache', 'interop', client.name), recipe);
  if ('reason' in installed) throw new Error(`${client.name}: ${installed.reason}`);
  const player: Player = { client, launch: client.launch(installed.home, installed.facts) };
  const matrix = new Matrix([player], broker);
  for (const { name } of CASES) {
    if (CASES_LEFT_OUT.includes(name)) continue;
    current = client.name;
    for await (const result of matrix.run((one) => one === name)) {
      process.stdout.write(`${client.name} ${result.name} ${result.status}\n`);
    }
  }
  await matrix.stop();
}

function keepNew(): void {
  const known = new Set<string>();
  const kept = new Map<string, Stream[]>();
  for (const { name, door, stream } of streams) {
    const shapes = door === 'amqp' ? framesOf(stream).map(shapeOf) : stompShapes(stream);
    const before = known.size;
    for (const shape of shapes) known.add(shape);
    if (known.size === before) continue;
    const file = `${name}.${door}`;
    kept.set(file, [...(kept.get(file) ?? []), stream]);
  }
  for (const [file, list] of kept) {
    writeFileSync(placeOf('recordings', file), formatStreams(`recorded of ${file}`, list));
    process.stdout.write(`${file}: ${list.length} streams\n`);
  }
}

/** The command and the names of the headers. */
function stompShapes(stream: Stream): string[] {
  return stompFramesOf(stream).map(
    ({ text }) => text.replaceAll(/:.*/g, '').split('\n\n')[0] ?? '',
  );
}

/** What the raw peers of the gateway's tests said, see `gateway/amqp1/said.test-kit.ts`. */
function addSaid(folder: string): void {
  for (const file of readdirSync(folder).sort()) {
    for (const stream of parseStreams(readFileSync(join(folder, file), 'utf8'))) {
      if (sizeOf(stream) <= BYTES_MAX) streams.push({ name: 'raw-tests', door: 'amqp', stream });
    }
  }
}

const { positionals: wanted, values } = parseArgs({
  options: { said: { type: 'string' } },
  allowPositionals: true,
});
const urls = await recorder.listen();
const broker: Broker = {
  name: 'recorder',
  urls,
  strict: true,
  ended: () => undefined,
  stop: async () => undefined,
};
for (const client of CLIENTS) {
  if (wanted.length === 0 || wanted.includes(client.name)) await record(client, broker);
}
for (const suite of JAVA_PROGRAMS) {
  if (wanted.length > 0 && !wanted.includes(suite.name)) continue;
  current = suite.name;
  for await (const { name, status } of runJavaSuite(suite, broker, [])) {
    process.stdout.write(`${suite.name} ${name} ${status}\n`);
  }
}
if (values.said !== undefined) addSaid(values.said);
if (wanted.length === 0) {
  for (const name of readFolder('recordings', '').keys()) rmSync(placeOf('recordings', name));
}
keepNew();
recorder.close();
process.exit(0);
