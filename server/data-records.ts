// Records of a journal as lines of text: one JSON object a line, bytes in base64. The journal's
// owner knows what a record means; here it is a number, a kind, a head and a body.

import { writeSync } from 'node:fs';
import type { ScannedRecord } from '#broker';

/** A line of an export that is not a record. */
export class RecordLineError extends Error {
  override readonly name = 'RecordLineError';
}

/** One line, with its end. */
export function formatRecord(record: ScannedRecord): string {
  const { number, kind, kept, head, body } = record;
  const bytes = { head: head.toString('base64'), body: body.toString('base64') };
  return `${JSON.stringify({ number, kind, kept, ...bytes })}\n`;
}

/** @throws {RecordLineError} that names the line and what is wrong with it */
export function parseRecord(text: string, line: number): Omit<ScannedRecord, 'copied'> {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(text);
  } catch (cause) {
    throw new RecordLineError(`line ${line} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const { number, kind, kept, head, body } = fields;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 1) {
    throw new RecordLineError(`line ${line}: number must be an integer from 1, and is ${number}`);
  }
  if (typeof kind !== 'number' || !Number.isInteger(kind) || kind < 0 || kind > 255) {
    throw new RecordLineError(
      `line ${line}: kind must be an integer from 0 to 255, and is ${kind}`,
    );
  }
  if (typeof kept !== 'boolean') {
    throw new RecordLineError(`line ${line}: kept must be true or false, and is ${kept}`);
  }
  if (typeof head !== 'string' || typeof body !== 'string') {
    throw new RecordLineError(`line ${line}: head and body must be strings of base64`);
  }
  const bytes = { head: Buffer.from(head, 'base64'), body: Buffer.from(body, 'base64') };
  return { number, kind, kept, ...bytes };
}

/** One line for people. */
export function printRecord({ number, kind, kept, copied, head, body }: ScannedRecord): string {
  const words = [kept ? 'kept' : 'tells', copied ? 'copied' : ''].filter((word) => word !== '');
  const text = head
    .subarray(0, 48)
    .toString('latin1')
    .replaceAll(/[^\x20-\x7e]/g, '.');
  return `${number}\tkind ${kind}\t${words.join(' ')}\thead ${head.length}\tbody ${body.length}\t${text}\n`;
}

const CHUNK = 64 * 1024;

/** Writes text to a descriptor as it comes, holding back little. */
export class TextOutput {
  readonly #descriptor: number;
  #text = '';

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(text: string): void {
    this.#text += text;
    if (this.#text.length >= CHUNK) this.flush();
  }

  flush(): void {
    const bytes = Buffer.from(this.#text);
    this.#text = '';
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(this.#descriptor, bytes, at);
      } catch (error) {
        // A pipe that is full for the moment.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      }
    }
  }
}
