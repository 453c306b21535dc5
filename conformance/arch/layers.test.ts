// Who may import whom. The table is the architecture: docs/architecture.md quotes it.

import { posix } from 'node:path';
import test from 'ava';
import { importsOf, isTest, read, sources } from './repository.ts';

/** The first row that fits a file says what it may import from beyond its own folder. */
const rule: readonly (readonly [from: string, may: string])[] = [
  // layers
  ['broker/host.ts', 'node:crypto node:zlib'],
  ['broker/node-files.ts', 'node:fs'],
  ['broker/', ''],
  ['jms-api/scope.ts', 'node:async_hooks'],
  ['jms-api/', ''],
  ['gateway/auth', '#broker node:buffer node:crypto'],
  ['gateway/tls.ts', 'node:net node:tls'],
  ['gateway/tls-door.ts', 'node:net'],
  ['gateway/listener.ts', '#broker node:net'],
  ['gateway/socket.ts', 'node:net'],
  ['gateway/multi-protocol.ts', 'node:net'],
  ['gateway/websocket.ts', 'node:buffer node:http node:net ws'],
  ['gateway/*/', '#broker ../ node:buffer'],
  ['gateway/', '#broker'],
  ['adapters/local/', '#jms-api #broker'],
  ['adapters/amqp1/', '#jms-api ../ node:events rhea'],
  ['adapters/amqp091/', '#jms-api ../ node:net amqplib'],
  ['adapters/stomp/', '#jms-api ../ node:net node:stream node:tls stompit'],
  ['adapters/failover/', '#jms-api'],
  ['adapters/selector.ts', '#jms-api #broker'],
  ['adapters/tls.ts', '#jms-api node:fs node:tls'],
  ['adapters/', '#jms-api'],
  ['server/', '*'],
  ['conformance/', '*'],
  ['docs/examples/', 'angelia angelia/*'],
  ['', '#*'],
  // layers end
];

/** A test may look at the machine, and come to its own folder by the door that others use. */
function forTests(file: string): string[] {
  return ['ava', 'fast-check', 'node:*', `#${home(file).slice(0, -1)}`];
}

function fits(pattern: string, text: string): boolean {
  const expression = pattern.replace(/[.?+^$()[\]{}|\\]/g, '\\$&').replaceAll('*', '[^/]*');
  return new RegExp(`^${expression}`).test(text);
}

function rowFor(file: string): readonly [from: string, may: string] {
  const row = rule.find(([from]) => (from === '' ? !file.includes('/') : fits(from, file)));
  if (row === undefined) throw new Error(`${file} is in a folder that no row of the rule names`);
  return row;
}

/** `gateway/stomp/` for what is in it, however deep; the folder of a single file's row. */
function home(file: string): string {
  const parts = file.split('/');
  const deep = ['gateway', 'adapters', 'docs'].includes(parts[0] ?? '') && parts.length > 2;
  return parts.length === 1 ? '' : `${parts.slice(0, deep ? 2 : 1).join('/')}/`;
}

function allowed(file: string, name: string): boolean {
  const may = rowFor(file)[1]
    .split(' ')
    .concat(isTest(file) ? forTests(file) : []);
  if (name.startsWith('.')) {
    const target = posix.join(posix.dirname(file), name);
    if (home(target) === home(file)) return true;
    return may.includes('../') && home(target) === `${home(file).split('/')[0]}/`;
  }
  // Only an index crosses a border, and package.json maps a #name to one; never the conformance.
  if (name.startsWith('#conformance')) return false;
  return may.some(
    (one) => one === '*' || (one !== '' && new RegExp(`${toRegExp(one)}$`).test(name)),
  );
}

function toRegExp(pattern: string): string {
  return `^${pattern.replace(/[.+^$()[\]{}|\\]/g, '\\$&').replaceAll('*', '.*')}`;
}

test('who may import whom', (t) => {
  const broken = sources().flatMap((file) =>
    importsOf(file)
      .filter((name) => !allowed(file, name))
      .map((name) => `${file} imports ${name}`),
  );
  t.deepEqual(broken, []);
});

test('the rule finds what it forbids', (t) => {
  const forbidden: readonly (readonly [string, string])[] = [
    ['broker/queue.ts', 'node:fs'],
    ['broker/queue.ts', '#gateway'],
    ['broker/queue.ts', '../gateway/index.ts'],
    ['jms-api/session.ts', '#broker'],
    ['gateway/stomp/engine.ts', '../amqp1/frame.ts'],
    ['gateway/stomp/engine.ts', '#jms-api'],
    ['gateway/stomp/engine.ts', 'node:net'],
    ['gateway/output.ts', './stomp/engine.ts'],
    ['adapters/local/provider.ts', '#gateway'],
    ['adapters/local/provider.ts', '../amqp1/provider.ts'],
    ['broker/broker.ts', 'typedi'],
    ['gateway/listener.ts', '#server'],
    ['index.ts', 'typedi'],
  ];
  for (const [file, name] of forbidden) t.false(allowed(file, name), `${file} imports ${name}`);
  t.true(allowed('gateway/stomp/engine.ts', '../output.ts'));
  t.true(allowed('server/http/app.ts', '../version.ts'));
});

test('docs/architecture.md quotes the rule', (t) => {
  const [, law = ''] = read('conformance/arch/layers.test.ts').split(/\n *\/\/ layers(?: end)?\n/);
  const lines = law.split('\n').map((line) => line.trim());
  t.true(lines.length > 5);
  t.true(read('docs/architecture.md').replaceAll(/^ +/gm, '').includes(lines.join('\n')));
});
