import { readFileSync } from 'node:fs';
import test from 'ava';
import { defaultSettings } from '#broker';
import { settingsSchema } from './address-settings.ts';
import { addressSettingsPage } from './address-settings-page.ts';

test('docs/address-settings.md is what the table says (else: npm run docs)', (t) => {
  const page = new URL('../../docs/address-settings.md', import.meta.url);
  t.is(readFileSync(page, 'utf8'), addressSettingsPage());
});

test('the table takes every default of the core as it is', (t) => {
  t.deepEqual(settingsSchema.parse(defaultSettings), defaultSettings);
});
