// Writes docs/limits.md from the cards of limits: each `limits.ts` is an interface whose fields carry
// their reasons, and an object with the values. A test compares the page with what this would write;
// `npm run docs` brings it up to date.

import { fileURLToPath } from 'node:url';
import { files, read } from '../arch/repository.ts';

const HEAD = `# Limits

<!-- Generated from the limits.ts files by npm run docs -->

Every bound, what it bounds, why this much, and (in code type) the code of the refusal where the
broker refuses. They are constants in this version; programs that embed the broker may give others.
`;

/** Returns the whole page. */
export async function limitsPage(): Promise<string> {
  const cards = files().filter((file) => /^(broker|gateway)\/(.*\/)?limits\.ts$/.test(file));
  let page = HEAD;
  for (const card of cards) {
    page += `\n## ${card}\n\n| Limit | Value | What and why |\n|---|---:|---|\n`;
    for (const row of await rowsOf(card)) page += `${row}\n`;
  }
  return page;
}

const FIELD: RegExp = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*readonly (\w+): number;/g;

async function rowsOf(card: string): Promise<string[]> {
  const values = await valuesOf(card);
  return [...read(card).matchAll(FIELD)].map(([, comment = '', name = '']) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`${card} describes ${name} and gives it no value`);
    const text = comment
      .replaceAll(/\s*\n\s*\* ?/g, ' ')
      .replaceAll('|', '\\|')
      .trim();
    const plain = text.replaceAll(/\{@link (?:\w+\.)?(\w+)\}/g, '`$1`');
    return `| \`${name}\` | ${value.toLocaleString('en')} | ${plain} |`;
  });
}

async function valuesOf(card: string): Promise<Map<string, number>> {
  const module: Record<string, unknown> = await import(
    new URL(`../../${card.replace(/\.ts$/, '.js')}`, import.meta.url).href
  );
  const values = new Map<string, number>();
  for (const object of Object.values(module)) {
    if (typeof object !== 'object' || object === null) continue;
    for (const [name, value] of Object.entries(object)) {
      if (typeof value === 'number') values.set(name, value);
    }
  }
  return values;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(await limitsPage());
