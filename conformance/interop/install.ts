/**
 * Installs what the drivers need, each client into a folder of its own under the cache, with the
 * ordinary package client of its language, in parallel. A stamp file holds the recipe that filled
 * the folder; while it still says the same, nothing is installed again. Never touches the
 * project's own dependencies. Debian packages are the last resort, where we are root.
 */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';

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

/** Two recipes into one folder. */
export function both(one: Recipe, other: Recipe): Recipe {
  return {
    stamp: `${one.stamp}; ${other.stamp}`,
    run: async (home) => ({ ...(await one.run(home)), ...(await other.run(home)) }),
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

/** A Go program with one module, built into `program`. */
export function go(sources: readonly string[], module: string, version: string): Recipe {
  const texts = sources.map((source) => readFileSync(source, 'utf8'));
  const hash = createHash('sha256').update(texts.join()).digest('hex');
  return {
    stamp: `go ${module} ${version} ${hash}`,
    run: async (home) => {
      if (!(await present('go'))) throw new Error('no Go here');
      for (const [i, text] of texts.entries()) {
        await writeFile(join(home, basename(sources[i] ?? '')), text);
      }
      await run('go', ['mod', 'init', 'driver'], home);
      await run('go', ['get', `${module}@${version}`], home);
      await run('go', ['build', '-o', 'driver', '.'], home);
      return { program: join(home, 'driver') };
    },
  };
}

/** What a Java program is built from. */
export interface JavaProgram {
  /** Names the jars. */
  readonly pom: string;
  readonly sources: readonly string[];
  /** What Maven is told, such as `jms.version=3.1.0`. */
  readonly properties?: readonly string[];
  /** Jars that are on the class path beside those. */
  readonly beside?: readonly string[];
  /** Changes a source before it is compiled. */
  rewrite?(source: string): string;
  /** Files to lie beside the classes, by their names. */
  readonly resources?: Readonly<Record<string, string>>;
}

/** The jars that a pom names, and sources compiled against them. */
export function java(program: JavaProgram): Recipe {
  const { pom, sources, properties = [], beside = [], resources = {} } = program;
  const texts = sources.map((source) => readFileSync(source, 'utf8'));
  const said = JSON.stringify([readFileSync(pom, 'utf8'), texts, properties, beside, resources]);
  return {
    stamp: `java ${createHash('sha256').update(said).digest('hex')}`,
    run: async (home) => {
      const against = [...(await copyJars(home, pom, properties)), ...beside].join(delimiter);
      const written = await writeSources(home, program, texts);
      const classes = join(home, 'classes');
      await run('javac', ['-encoding', 'UTF-8', '-d', classes, '-cp', against, ...written]);
      for (const [name, text] of Object.entries(resources)) {
        await writeFile(join(classes, name), text);
      }
      return { classPath: [against, classes].join(delimiter) };
    },
  };
}

/** The jars that a pom names, and no program. */
export function jars(pom: string): Recipe {
  return {
    stamp: `jars ${createHash('sha256').update(readFileSync(pom)).digest('hex')}`,
    run: async (home) => ({ classPath: (await copyJars(home, pom, [])).join(delimiter) }),
  };
}

/** Java and Maven, from Debian if they are missing and we are root. */
export async function needMaven(): Promise<void> {
  if (!(await present('mvn')) || !(await present('javac'))) {
    await debian('default-jdk-headless', 'maven');
  }
}

async function copyJars(
  home: string,
  pom: string,
  properties: readonly string[],
): Promise<string[]> {
  await needMaven();
  const folder = join(home, 'jars');
  const copy = ['dependency:copy-dependencies', `-DoutputDirectory=${folder}`];
  const told = properties.map((property) => `-D${property}`);
  await run('mvn', ['-q', '-B', '-f', pom, ...told, ...copy]);
  return (await readdir(folder)).sort().map((name) => join(folder, name));
}

async function writeSources(
  home: string,
  { sources, rewrite }: JavaProgram,
  texts: readonly string[],
): Promise<readonly string[]> {
  if (rewrite === undefined) return sources;
  const folder = join(home, 'sources');
  await mkdir(folder);
  return Promise.all(
    sources.map(async (source, i) => {
      const written = join(folder, basename(source));
      await writeFile(written, rewrite(texts[i] ?? ''));
      return written;
    }),
  );
}

async function present(program: string): Promise<boolean> {
  const ask = { mvn: '-v', go: 'version' }[program] ?? '-version';
  return run(program, [ask]).then(
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
