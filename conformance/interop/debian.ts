/**
 * Programs that Debian packages and the registries of languages do not have: downloaded with all that
 * they need and the machine lacks, and unpacked into a folder of their own. Installs nothing and
 * needs no root; what the machine has already is used from there.
 */

import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isDebian, unpack } from '../peers/debian-packages.ts';
import { type Recipe, run } from './install.ts';

/** Debian's folders for libraries of this machine's kind. */
const KINDS: Readonly<Record<string, string>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
};

const PROBE_MS_MAX = 30_000;

/** What is missing here of a package and of what it depends on. */
async function missing(names: readonly string[]): Promise<string[]> {
  const plan = await run('apt-get', ['install', '-s', '-q', '--no-install-recommends', ...names]);
  return plan
    .split('\n')
    .filter((line) => line.startsWith('Inst '))
    .map((line) => line.split(' ')[1] ?? '');
}

/** A program of a package, and words with which it must end well: it is of use as it is unpacked. */
export interface Probe {
  readonly program: string;
  readonly words: readonly string[];
}

/** Packages of Debian, unpacked; `root` among the facts is where, empty if all was there. */
export function debianPackages(names: readonly string[], { program, words }: Probe): Recipe {
  return {
    stamp: `debian ${names.join(' ')}`,
    run: async (home) => {
      if (!isDebian()) throw new Error('this is no Debian');
      const wanted = await missing(names).catch(async () => {
        // The lists of packages may be old or not there; only root may fetch them.
        await run('apt-get', ['update', '-qq']);
        return missing(names);
      });
      const root = join(home, 'root');
      if (wanted.length > 0) await unpack(root, wanted);
      const env = { ...process.env, ...environmentOf(root) };
      await promisify(execFile)(programOf(root, program), words, { env, timeout: PROBE_MS_MAX });
      return { root };
    },
  };
}

/** The environment in which programs below `root` find their libraries, of several languages. */
export function environmentOf(root: string): Record<string, string> {
  const kind = KINDS[process.arch] ?? process.arch;
  const versions = (...folders: string[]): string[] =>
    folders
      .filter((folder) => existsSync(join(root, folder)))
      .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
      .filter((path) => /\/\d[\d.]*$/.test(path));
  const under = (...paths: string[]): string => paths.map((path) => join(root, path)).join(':');
  return {
    LD_LIBRARY_PATH: under(`usr/lib/${kind}`, `lib/${kind}`, `usr/lib/${kind}/pulseaudio`),
    PERL5LIB: under('usr/share/perl5', `usr/lib/${kind}/perl5`),
    RUBYLIB: under('usr/lib/ruby/vendor_ruby', ...versions('usr/lib/ruby', `usr/lib/${kind}/ruby`)),
  };
}

/** A program that was unpacked, or the machine's own. */
export function programOf(root: string, ...places: readonly string[]): string {
  const found = places.map((place) => join(root, place)).find((path) => existsSync(path));
  return found ?? join('/', places[0] ?? '');
}
