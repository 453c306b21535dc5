/**
 * Debian packages, unpacked into a folder instead of installed: a peer must not start as a service
 * of the machine, nor does unpacking need root. Only `apt-get update`, when the machine has no
 * lists yet, does. Shared libraries of the packages are the machine's own.
 */

import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../interop/install.ts';

const ONLY_DEPENDS = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'];

const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** For `apt-get indextargets`: an address and its suite. */
const WHERE = ['$', '(REPO_URI) ', '$', '(SUITE)'].join('');
/** For `dpkg-deb`, which fills it in. */
const FORMAT = ['$', '{Package} ', '$', '{Version}'].join('');

/** Whether there is something to ask. */
export function isDebian(): boolean {
  return existsSync('/usr/bin/apt-get') && existsSync('/usr/bin/dpkg-deb');
}

/** Where packages come from: the machine's own lists, or those of another release. */
export interface Source {
  /** What `env` is told before apt is called. */
  readonly env: readonly string[];
}

/** The release that the machine runs. */
export const OWN_RELEASE: Source = { env: [] };

/**
 * Another release, from where the machine has its own, with lists in `folder`. What comes from there
 * is unpacked and never installed, so the machine stays what it is.
 */
export async function otherRelease(suite: string, folder: string): Promise<Source> {
  const places = await withLists(OWN_RELEASE, () =>
    run('apt-get', ['indextargets', '--format', WHERE, 'Created-By: Packages', 'Origin: Debian']),
  );
  // Updates and security have suites of their own, with a dash in the name.
  const place = places.split('\n').find((line) => line !== '' && !line.includes('-'));
  if (place === undefined) throw new Error('the machine names no place for Debian packages');
  const parts = join(folder, 'sources');
  for (const part of [parts, join(folder, 'lists', 'partial'), join(folder, 'cache')]) {
    await mkdir(part, { recursive: true });
  }
  const lines = ['Types: deb', `URIs: ${place.split(' ')[0]}`, `Suites: ${suite}`];
  const keys = existsSync(KEYS) ? [`Signed-By: ${KEYS}`] : [];
  const text = [...lines, 'Components: main', ...keys].join('\n');
  await writeFile(join(parts, 'other.sources'), `${text}\n`);
  await writeFile(join(folder, 'status'), '');
  const config = [
    'Dir::Etc::SourceList "/dev/null";',
    `Dir::Etc::SourceParts "${parts}";`,
    `Dir::State::Lists "${join(folder, 'lists')}";`,
    `Dir::State::status "${join(folder, 'status')}";`,
    `Dir::Cache "${join(folder, 'cache')}";`,
  ];
  await writeFile(join(folder, 'apt.conf'), `${config.join('\n')}\n`);
  const source = { env: [`APT_CONFIG=${join(folder, 'apt.conf')}`] };
  await apt(source, 'apt-get', 'update', '-qq');
  return source;
}

/** `name` and those of the packages it needs, near and far, that `wanted` accepts. */
export async function withDependencies(
  name: string,
  wanted: RegExp,
  source: Source = OWN_RELEASE,
): Promise<string[]> {
  const only = ONLY_DEPENDS.map((word) => `--no-${word}`);
  const text = await withLists(source, () =>
    apt(source, 'apt-cache', 'depends', '--recurse', ...only, name),
  );
  const names = text.split('\n').filter((line) => wanted.test(line));
  return [...new Set([name, ...names])];
}

/** Unpacks packages under `folder`; answers the versions by name. */
export async function unpack(
  folder: string,
  names: readonly string[],
  source: Source = OWN_RELEASE,
): Promise<Readonly<Record<string, string>>> {
  const fetched = join(folder, 'fetched');
  await mkdir(fetched, { recursive: true });
  const download = ['apt-get', 'download', '-qq', ...names];
  await withLists(source, () => run('env', [...source.env, ...download], fetched));
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

function apt({ env }: Source, ...words: readonly string[]): Promise<string> {
  return run('env', [...env, ...words]);
}

/** Once more with fresh lists, where we may fetch them. */
async function withLists(source: Source, ask: () => Promise<string>): Promise<string> {
  if (!isDebian()) throw new Error('no Debian packages on this system');
  try {
    return await ask();
  } catch (error) {
    if (process.getuid?.() !== 0) throw error;
    await apt(source, 'apt-get', 'update', '-qq');
    return ask();
  }
}
