/** lmdb: one transaction a batch, which is safe when its promise resolves. */

import { open } from 'lmdb';
import type { Store } from './store.ts';

/** Opens a database of bytes by number. */
export function openLmdb(directory: string): Promise<Store> {
  const database = open<Buffer, number>({
    path: directory,
    encoding: 'binary',
    // A promise then resolves when the disk has it, and not when it is only committed.
    overlappingSync: false,
  });
  return Promise.resolve({
    batch: async (first, values, settledFrom, settled) => {
      await database.transaction(() => {
        for (const [at, value] of values.entries()) database.putSync(first + at, value);
        for (let number = settledFrom; number < settledFrom + settled; number++) {
          database.removeSync(number);
        }
      });
    },
    find: () => {
      let count = 0;
      let first: Buffer | undefined;
      for (const number of database.getKeys()) {
        if (count++ === 0) first = database.getBinary(number);
      }
      return Promise.resolve({ count, first });
    },
    close: () => database.close(),
  });
}
