/**
 * A Go program: built in a folder of its own from one source and one module, whose sum the checksum database
 * of Go vouches for.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Recipe, run } from '../install.ts';

/** Builds `source` against `module`, such as `github.com/Azure/go-amqp@v1.7.0`. */
export function goProgram(source: string, module: string): Recipe {
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex');
  return {
    stamp: `go ${module} ${hash}`,
    run: async (home) => {
      await copyFile(source, join(home, 'main.go'));
      await writeFile(join(home, 'go.mod'), 'module interop\n\ngo 1.21\n');
      await run('go', ['get', module], home);
      const program = join(home, 'program');
      await run('go', ['build', '-o', program, '.'], home);
      return { program };
    },
  };
}
