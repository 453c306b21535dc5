/**
 * Installs what the drivers need, each client into a folder of its own under the cache, with the
 * ordinary package client of its language, in parallel. A stamp file holds the recipe that filled
 * the folder; while it still says the same, nothing is installed again. Never touches the
 * project's own dependencies. Debian packages are the last resort, where we are root.
 */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Fills `home`; answers facts that the launch needs, such as which Python to run. */
export interface Recipe {
  /** Changes when the folder must be filled anew. */
  readonly stamp: string;
  run(home: string): Promise<Facts>;
}

/** What an installation found out. */
export type Facts = Readonly<Record<string, string>>;

/** An installation that was there or has been made, or why it could not be. */
export type Installed =
  | { readonly home: string; readonly facts: Facts }
  | { readonly reason: string };

const INSTALL_MS_MAX = 5 * 60_000;

/** Runs a program to its end; an error says the program's last words. */
export function run(command: string, args: readonly string[], cwd?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, timeout: INSTALL_MS_MAX, maxBuffer: 64 * 1024 * 1024 };
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const words = `${stdout}\n${stderr}`.trim().split('\n').filter(Boolean).slice(-3).join(' | ');
      const how = error.killed ? `took over ${INSTALL_MS_MAX / 60_000} minutes` : error.message;
      const [first] = how.split('\n');
      reject(new Error(`${first}${words === '' ? '' : `: ${words}`}`.slice(0, 600)));
    });
  });
}

/** Installs a recipe into `home`, unless its stamp says that it is there. Never throws. */
export async function install(home: string, recipe: Recipe): Promise<Installed> {
  const stampFile = join(home, 'installed.json');
  if (existsSync(stampFile)) {
    const found = JSON.parse(readFileSync(stampFile, 'utf8')) as { stamp: string; facts: Facts };
    if (found.stamp === recipe.stamp) return { home, facts: found.facts };
  }
  try {
    await rm(home, { recursive: true, force: true });
    await mkdir(home, { recursive: true });
    const facts = await recipe.run(home);
    await writeFile(stampFile, JSON.stringify({ stamp: recipe.stamp, facts }));
    return { home, facts };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Packages from npm. */
export function npm(...packages: readonly string[]): Recipe {
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  return {
    stamp: `npm ${packages.join(' ')}`,
    run: async (home) => {
      await writeFile(join(home, 'package.json'), '{"private":true}');
      await run('npm', ['install', '--prefix', home, ...quiet, ...packages], home);
      return {};
    },
  };
}

/** Packages from PyPI into a virtual environment; a Debian package when that fails. */
export function python(packages: readonly string[], debianPackage?: string): Recipe {
  return {
    stamp: `python ${packages.join(' ')}`,
    run: async (home) => {
      const environment = join(home, 'venv');
      const program = join(environment, 'bin', 'python');
      try {
        await run('python3', ['-m', 'venv', environment]).catch(async () => {
          await debian('python3-venv');
          await run('python3', ['-m', 'venv', '--clear', environment]);
        });
        await run(program, ['-m', 'pip', 'install', '--quiet', ...packages]);
        return { program };
      } catch (error) {
        if (debianPackage === undefined) throw error;
        await debian(debianPackage).catch((second: unknown) => {
          throw new Error(`${(error as Error).message}; then ${(second as Error).message}`);
        });
        return { program: '/usr/bin/python3' };
      }
    },
  };
}

/** The jars that a pom names, and one source file compiled against them. */
export function java(pom: string, source: string): Recipe {
  const digest = createHash('sha256').update(readFileSync(pom)).update(readFileSync(source));
  return {
    stamp: `java ${digest.digest('hex')}`,
    run: async (home) => {
      if (!(await present('mvn')) || !(await present('javac'))) {
        await debian('default-jdk-headless', 'maven');
      }
      const jars = join(home, 'jars');
      const copy = ['dependency:copy-dependencies', `-DoutputDirectory=${jars}`];
      await run('mvn', ['-q', '-B', '-f', pom, ...copy]);
      const classes = join(home, 'classes');
      await run('javac', ['-encoding', 'UTF-8', '-d', classes, '-cp', join(jars, '*'), source]);
      return { classPath: [join(jars, '*'), classes].join(delimiter) };
    },
  };
}

async function present(program: string): Promise<boolean> {
  return run(program, [program === 'mvn' ? '-v' : '-version']).then(
    () => true,
    () => false,
  );
}

// dpkg takes one caller at a time.
let debianTurn: Promise<unknown> = Promise.resolve();

/** Installs Debian packages, where this is Debian and we are root. */
function debian(...packages: readonly string[]): Promise<void> {
  const turn = debianTurn.then(async () => {
    if (!existsSync('/usr/bin/apt-get')) throw new Error(`no apt-get for ${packages.join(' ')}`);
    if (process.getuid?.() !== 0) throw new Error(`not root: cannot install ${packages.join(' ')}`);
    await run('apt-get', ['update', '-qq']);
    const words = ['install', '-y', '-qq', '--no-install-recommends', ...packages];
    await run('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...words]);
  });
  debianTurn = turn.catch(() => undefined);
  return turn;
}
