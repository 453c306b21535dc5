// A broker of this process that keeps its data: the directory's lock, the journal in it, and the
// broker over both. The directory is laid out as a server's, so that `angelia serve --data` can take
// it over, and the other way round.
//
//     angelia-data/orders/angelia.lock     held while the broker lives
//     angelia-data/orders/journal/         its segments
//
// Invariant: the lock is let go after the journal was closed, never before.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type KeptBroker, nativeFormat } from '#adapters/local';
import { Broker, FileJournal, nodeHost } from '#broker';
import { amqp1Format } from '#gateway/amqp1';
import { escapedStompFormat, stompFormat } from '#gateway/stomp';
import { DataLock } from '../data-lock.ts';

/** Smaller than a server's: an embedded broker has three of them before its first message. */
const SEGMENT_BYTES = 16 * 1024 * 1024;
/** As a server's default. */
const FREE_BYTES_MIN = 64 * 1024 * 1024;

/**
 * Opens a broker over a directory, which is made if it is not there.
 *
 * @param fresh - forget what an earlier life left in it
 * @throws {Error} if another process has it, or if it cannot be used; the message says why
 */
export async function keepBroker(directory: string, fresh: boolean): Promise<KeptBroker> {
  mkdirSync(directory, { recursive: true });
  const lock = await DataLock.take(directory);
  try {
    const journalDirectory = join(directory, 'journal');
    if (fresh) rmSync(journalDirectory, { recursive: true, force: true });
    const host = nodeHost();
    const journal = new FileJournal(host, {
      directory: journalDirectory,
      segmentBytes: SEGMENT_BYTES,
      freeBytesMin: FREE_BYTES_MIN,
    });
    // A server may have had the directory: its clients' formats are read as well.
    const formats = [nativeFormat, amqp1Format, stompFormat, escapedStompFormat];
    const broker = new Broker(host, { journal, formats });
    await journal.ready();
    return {
      broker,
      async close() {
        await broker.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
