// The calls about address settings: what is set, by pattern, and changing it while the broker runs.

import { z } from 'zod';
import type { AddressSettings, Broker } from '#broker';
import { settingsSchema } from '../address-settings.ts';
import { type Call, call } from './call.ts';
import { Refusal } from './problem.ts';

const pattern = z.string().min(1).describe('orders, orders.*, orders.>; percent-encoded');
const params = { pattern };
const row = z.object({ pattern: z.string(), settings: settingsSchema }).meta({ id: 'Settings' });

/** The calls of `/api/v1/settings`. */
export function settingsCalls(broker: Broker): Call[] {
  return [
    call('get', '/api/v1/settings', {
      summary: 'What is set, by pattern; or all that holds for one name.',
      query: { address: z.string().optional().describe('a name, without queue:// or topic://') },
      answer: z.array(row),
      run: ({ query: { address } }) =>
        address === undefined
          ? Array.from(broker.settings(), ([key, settings]) => ({ pattern: key, settings }))
          : [{ pattern: address, settings: broker.settingsOf(address) }],
    }),
    call('get', '/api/v1/settings/{pattern}', {
      summary: 'What is set for one pattern.',
      params,
      answer: row,
      refusals: ['settings-missing'],
      run: (input) => ({ ...input.params, settings: setFor(broker, input.params.pattern) }),
    }),
    call('put', '/api/v1/settings/{pattern}', {
      summary: 'Sets what a pattern says, in place of what it said before; it holds at once.',
      changes: true,
      params,
      body: settingsSchema,
      answer: row,
      refusals: ['settings-invalid', 'address-invalid', 'limit-exceeded'],
      run: (input) => {
        broker.set(input.params.pattern, input.body);
        return { ...input.params, settings: input.body };
      },
    }),
    call('delete', '/api/v1/settings/{pattern}', {
      summary: 'Takes back what was set for a pattern.',
      changes: true,
      params,
      answer: z.object({ deleted: z.int() }),
      refusals: ['settings-missing'],
      run: (input) => {
        setFor(broker, input.params.pattern);
        broker.unset(input.params.pattern);
        return { deleted: 1 };
      },
    }),
  ];
}

function setFor(broker: Broker, key: string): Partial<AddressSettings> {
  const settings = broker.settings().get(key);
  if (settings !== undefined) return settings;
  throw new Refusal('settings-missing', `nothing is set for '${key}'`);
}
