// The repository as its own rules see it: which files there are, and what they import. It reads text
// and knows no TypeScript, so that a rule costs milliseconds.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of package.json, with a slash at the end; this file is three folders below, in dist. */
export const root: string = fileURLToPath(new URL('../../../', import.meta.url));

/** What is made or fetched, and not ours to judge. */
const FOREIGN: ReadonlySet<string> = new Set([
  '.cache',
  '.git',
  'angelia-data',
  'coverage',
  'dist',
  'node_modules',
  'results',
  'target',
]);

/** Every file of the repository, relative to its root, with forward slashes, sorted. */
export function files(): string[] {
  return list('').sort();
}

/** The TypeScript sources that the package is built from, tests included. */
export function sources(): string[] {
  return files().filter((file) => file.endsWith('.ts') && !file.startsWith('bench/'));
}

export function isTest(file: string): boolean {
  return file.endsWith('.test.ts') || file.endsWith('.test-kit.ts');
}

export function read(file: string): string {
  return readFileSync(`${root}${file}`, 'utf8');
}

export function exists(file: string): boolean {
  return existsSync(`${root}${file}`);
}

const STATIC: RegExp = /^(?:import|export)\s(?:[^'";]*?\sfrom\s)?'([^']+)'/gm;
const DYNAMIC: RegExp = /\bimport\('([^']+)'\)/g;

/** Returns what is loaded with a source; what it loads later, when asked, is not. */
export function loadedWith(file: string): string[] {
  return [...read(file).matchAll(STATIC)].map(([, name = '']) => name);
}

/** Returns what a source imports, as it spells it. */
export function importsOf(file: string): string[] {
  const text = read(file);
  return [...text.matchAll(STATIC), ...text.matchAll(DYNAMIC)].map(([, name = '']) => name);
}

function list(folder: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(`${root}${folder}`, { withFileTypes: true })) {
    if (FOREIGN.has(entry.name)) continue;
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory()) found.push(...list(`${path}/`));
    else if (entry.isFile()) found.push(path);
  }
  return found;
}
