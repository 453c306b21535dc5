// The version of the package, read from its package.json: `dist/server/` is two folders below it.

import { readFileSync } from 'node:fs';

const manifest: { readonly version: string } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

export const version: string = manifest.version;
