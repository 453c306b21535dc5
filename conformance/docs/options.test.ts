// Options of URLs: the page, and what holds for all of their tables.

import test from 'ava';
import { amqpOptions } from '#adapters/amqp1';
import { amqp091Options } from '#adapters/amqp091';
import { failoverOptions } from '#adapters/failover';
import { vmOptions } from '#adapters/local';
import { stompOptions } from '#adapters/stomp';
import { jmsOptions, type OptionTable, readOptions, UnsupportedOperationException } from '#jms-api';
import { read } from '../arch/repository.ts';
import { optionsPage } from './options-page.ts';

const tables = [
  jmsOptions,
  vmOptions,
  amqpOptions,
  amqp091Options,
  stompOptions,
  failoverOptions,
] as readonly OptionTable<object>[];

test('docs/connection-options.md is what the tables say (else: npm run docs)', (t) => {
  t.is(read('docs/connection-options.md'), optionsPage());
});

test('each default can be said; no name has two meanings; each alias leads somewhere', (t) => {
  for (const { prefix, options, fixed, aliases } of tables) {
    const names = [...options, ...fixed].map(({ name }) => name);
    t.is(
      new Set([...names, ...Object.keys(aliases)]).size,
      names.length + Object.keys(aliases).length,
    );
    for (const ours of Object.values(aliases)) t.true(names.includes(ours), ours);
    for (const { name, otherwise, take } of options) {
      if (otherwise !== '') t.notThrows(() => take({}, otherwise, name), `${prefix}${name}`);
    }
  }
});

test('what others have is refused by name with a reason, unless it holds here anyway', (t) => {
  for (const table of tables) {
    for (const { name, holds, reason } of table.fixed) {
      for (const value of holds)
        t.notThrows(() => readOptions(table, {}, [`${name}=${value}`]), name);
      const error = t.throws(() => readOptions(table, {}, [`${name}=something`]), {
        instanceOf: UnsupportedOperationException,
      });
      t.true(
        error?.message.includes(`${table.prefix}${name}=something`) &&
          error.message.endsWith(reason),
      );
    }
  }
});
