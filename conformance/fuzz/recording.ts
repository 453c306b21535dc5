// What clients said to a server, as files: a line for each piece of bytes, with the number of the
// connection that said it, in the order in which it was said. An empty line ends one stream and begins
// the next. Recordings of real clients and findings have the same form.
//
//     # rhea 3.0.5: topic
//     0 QU1RUAABAAA=
//     1 QU1RUAABAAA=

import { readdirSync, readFileSync } from 'node:fs';

/** Bytes that one connection said. */
export interface Piece {
  readonly connection: number;
  readonly bytes: Buffer;
}

/** What some clients said together. */
export type Stream = readonly Piece[];

/** Where the files lie, from `dist/conformance/fuzz/`. */
const FOLDER: URL = new URL('../../../conformance/fuzz/', import.meta.url);

/** Reads the streams of a file. */
export function parseStreams(text: string): Stream[] {
  return text
    .replaceAll(/^#.*\n/gm, '')
    .split('\n\n')
    .map((stream) => stream.split('\n').filter((line) => line !== ''))
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map(parsePiece));
}

function parsePiece(line: string): Piece {
  const [connection = '', bytes = ''] = line.split(' ');
  return { connection: Number(connection), bytes: Buffer.from(bytes, 'base64') };
}

/** Writes streams as {@link parseStreams} reads them; `about` is a line for people. */
export function formatStreams(about: string, streams: readonly Stream[]): string {
  const texts = streams.map((stream) =>
    stream.map(({ connection, bytes }) => `${connection} ${bytes.toString('base64')}\n`).join(''),
  );
  return `# ${about}\n${texts.join('\n')}`;
}

/** Reads all files of a folder beside this one that end with `ending`, by their names. */
export function readFolder(folder: string, ending: string): Map<string, Stream[]> {
  const url = new URL(`${folder}/`, FOLDER);
  const names = readdirSync(url).filter((name) => name.endsWith(ending));
  return new Map(
    names.sort().map((name) => [name, parseStreams(readFileSync(new URL(name, url), 'utf8'))]),
  );
}

/** Where a file of a folder beside this one is. */
export function placeOf(folder: string, name: string): URL {
  return new URL(`${folder}/${name}`, FOLDER);
}

/**
 * Cuts what was said into streams that have nothing to do with each other in time: connections that
 * were open together stay together. One that is open most of the time is left out.
 */
export function apart(stream: Stream): Stream[] {
  const spans = new Map<number, { first: number; last: number }>();
  for (const [at, { connection }] of stream.entries()) {
    const span = spans.get(connection);
    if (span === undefined) spans.set(connection, { first: at, last: at });
    else span.last = at;
  }
  const short = [...spans].filter(([, { first, last }]) => last - first < stream.length / 2);
  const groups: { connections: Set<number>; last: number }[] = [];
  for (const [connection, { first, last }] of short) {
    const group = groups.at(-1);
    if (group !== undefined && first < group.last) {
      group.connections.add(connection);
      group.last = Math.max(group.last, last);
    } else {
      groups.push({ connections: new Set([connection]), last });
    }
  }
  return groups.map(({ connections }) =>
    stream.filter(({ connection }) => connections.has(connection)),
  );
}
