/**
 * Lets unpacked programs of a later Debian release run on this one: they get the loader and the libraries
 * of their own release, written into the programs, so that what they start in turn (a shell) still
 * gets the machine's.
 */

import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../interop/install.ts';

/** The packages with what Erlang's programs load, and with the tool that rewrites them. */
export const LIBRARIES: readonly string[] = [
  'libc6',
  'libcap2',
  'libgcc-s1',
  'libssl3t64',
  'libstdc++6',
  'libsystemd0',
  'libtinfo6',
  'libzstd1',
  'patchelf',
  'zlib1g',
];

const ELF = Buffer.from('\x7fELF', 'latin1');

/** Makes each program in a folder `bin` under `programs` load from the libraries under `home` alone. */
export async function isolate(home: string, programs: string): Promise<void> {
  const system = join(home, 'usr', 'lib');
  const folder = (await readdir(system)).find((name) => name.endsWith('-linux-gnu'));
  if (folder === undefined) throw new Error(`no libraries in ${system}`);
  const libraries = join(system, folder);
  const found = (await readdir(libraries)).find((name) => name.startsWith('ld-linux'));
  if (found === undefined) throw new Error(`no loader in ${libraries}`);
  const loader = join(libraries, found);
  const patch = ['--library-path', libraries, join(home, 'usr', 'bin', 'patchelf')];
  const told = ['--set-interpreter', loader, '--force-rpath', '--set-rpath', libraries];
  for (const entry of await readdir(programs, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    // What is loaded by a program is told where to look by it.
    if (!entry.isFile() || !/\/bin$/.test(entry.parentPath) || !(await isProgram(file))) continue;
    await run(loader, [...patch, ...told, file]);
  }
}

/** Scripts are among them. */
async function isProgram(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(ELF.length), 0, ELF.length, 0);
    return buffer.equals(ELF);
  } finally {
    await handle.close();
  }
}
