/**
 * SQLite by better-sqlite3: WAL, `synchronous=FULL`, one transaction a batch. It runs in the thread of its
 * caller: while it syncs, nothing else does.
 */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Store } from './store.ts';

interface Statement {
  run(...values: unknown[]): unknown;
  get(...values: unknown[]): unknown;
  iterate(...values: unknown[]): Iterable<unknown>;
}

interface Database {
  pragma(text: string): unknown;
  exec(text: string): unknown;
  prepare(text: string): Statement;
  transaction<T extends unknown[]>(work: (...values: T) => void): (...values: T) => void;
  close(): void;
}

/** Opens a database of one table. */
export function openSqlite(directory: string): Promise<Store> {
  const Sqlite: new (path: string) => Database = createRequire(import.meta.url)('better-sqlite3');
  const database = new Sqlite(join(directory, 'messages.db'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('CREATE TABLE IF NOT EXISTS message (number INTEGER PRIMARY KEY, body BLOB)');
  const insert = database.prepare('INSERT INTO message VALUES (?, ?)');
  const remove = database.prepare('DELETE FROM message WHERE number >= ? AND number < ?');
  const batch = database.transaction(
    (first: number, values: readonly Buffer[], settledFrom: number, settled: number) => {
      for (const [at, value] of values.entries()) insert.run(first + at, value);
      if (settled > 0) remove.run(settledFrom, settledFrom + settled);
    },
  );
  return Promise.resolve({
    batch: (first, values, settledFrom, settled) => {
      batch(first, values, settledFrom, settled);
      // What else waits gets its turn, as it would in a broker.
      return new Promise((resolve) => setImmediate(resolve));
    },
    find: () => {
      let count = 0;
      for (const _ of database.prepare('SELECT number FROM message ORDER BY number').iterate()) {
        count++;
      }
      const row = database.prepare('SELECT body FROM message ORDER BY number LIMIT 1').get();
      const first = (row as { body: Buffer } | undefined)?.body;
      return Promise.resolve({ count, first });
    },
    close: () => {
      database.close();
      return Promise.resolve();
    },
  });
}
