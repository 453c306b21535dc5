/**
 * Debian packages, unpacked into a folder instead of installed: a peer must not start as a service
 * of the machine, nor does unpacking need root. Only `apt-get update`, when the machine has no
 * lists yet, does. Shared libraries of the packages are the machine's own.
 */

import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../interop/install.ts';

const ONLY_DEPENDS = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'];

/** For `dpkg-deb`, which fills it in. */
const FORMAT = ['$', '{Package} ', '$', '{Version}'].join('');

/** Whether there is something to ask. */
export function isDebian(): boolean {
  return existsSync('/usr/bin/apt-get') && existsSync('/usr/bin/dpkg-deb');
}

/** `name` and those of the packages it needs, near and far, that `wanted` accepts. */
export async function withDependencies(name: string, wanted: RegExp): Promise<string[]> {
  const only = ONLY_DEPENDS.map((word) => `--no-${word}`);
  const text = await withLists(() => run('apt-cache', ['depends', '--recurse', ...only, name]));
  const names = text.split('\n').filter((line) => wanted.test(line));
  return [...new Set([name, ...names])];
}

/** Unpacks packages under `folder`; answers the versions by name. */
export async function unpack(
  folder: string,
  names: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const fetched = join(folder, 'fetched');
  await mkdir(fetched, { recursive: true });
  await withLists(() => run('apt-get', ['download', '-qq', ...names], fetched));
  const versions: Record<string, string> = {};
  for (const file of await readdir(fetched)) {
    const deb = join(fetched, file);
    await run('dpkg-deb', ['-x', deb, folder]);
    const said = await run('dpkg-deb', ['-W', '--showformat', FORMAT, deb]);
    const [name = '', version = ''] = said.trim().split(' ');
    versions[name] = version;
  }
  await rm(fetched, { recursive: true });
  return versions;
}

/** Once more with fresh lists, where we may fetch them. */
async function withLists(ask: () => Promise<string>): Promise<string> {
  if (!isDebian()) throw new Error('no Debian packages on this system');
  try {
    return await ask();
  } catch (error) {
    if (process.getuid?.() !== 0) throw error;
    await run('apt-get', ['update', '-qq']);
    return ask();
  }
}
