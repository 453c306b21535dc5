/** LevelDB by classic-level: one batch with `sync`. */

import { ClassicLevel } from 'classic-level';
import type { Store } from './store.ts';

/** Opens a database of bytes by number. */
export async function openLevel(directory: string): Promise<Store> {
  const options = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const;
  const database = new ClassicLevel<Buffer, Buffer>(directory, options);
  await database.open();
  return {
    batch: (first, values, settledFrom, settled) => {
      const puts = values.map((value, at) => {
        return { type: 'put' as const, key: keyOf(first + at), value };
      });
      const removals = Array.from({ length: settled }, (_, at) => {
        return { type: 'del' as const, key: keyOf(settledFrom + at) };
      });
      return database.batch([...puts, ...removals], { sync: true });
    },
    find: async () => {
      let count = 0;
      let first: Buffer | undefined;
      for await (const key of database.keys()) {
        if (count++ === 0) first = await database.get(key);
      }
      return { count, first };
    },
    close: () => database.close(),
  };
}

/** Eight bytes that sort as the number does. */
function keyOf(number: number): Buffer {
  const key = Buffer.alloc(8);
  key.writeBigUInt64BE(BigInt(number));
  return key;
}
