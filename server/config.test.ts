import { readFileSync } from 'node:fs';
import test from 'ava';
import { completeConfig, resolveConfig, type Sources, strangeVariables } from './config.ts';
import { configurationPage } from './configuration-page.ts';

function resolve(flags: Sources['flags'], file = '', environment: Sources['environment'] = {}) {
  return resolveConfig({
    flags: { config: 'angelia.yaml', ...flags },
    environment,
    readFile: () => file,
  });
}

test('docs/configuration.md is what the table of options says (else: npm run docs)', (t) => {
  const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  t.is(page, configurationPage());
});

test('random ports and the offset leave alone what was said to be the system’s or off', (t) => {
  const random = resolve({ ports: 'random', stompPort: '-1', httpPort: '9000' });
  t.deepEqual([random.amqpPort, random.stompPort, random.httpPort], [0, -1, 9000]);
  const offset = resolve({ portOffset: '10', stompPort: '-1', httpPort: '0' });
  t.deepEqual([offset.amqpPort, offset.stompPort, offset.httpPort], [5682, -1, 0]);
  t.throws(() => resolve({ portOffset: '60000' }), { message: /expected a sum of 65535 at most/ });
});

test('the file takes typed values, and names the key that is wrong', (t) => {
  const config = resolve({}, 'user:\n  - alice:a:b\n  - bob:c\nanonymous: true\ndrain-ms: 10\n');
  t.deepEqual(
    [...config.user],
    [
      ['alice', 'a:b'],
      ['bob', 'c'],
    ],
  );
  t.is(config.anonymous, true);
  t.is(config.drainMs, 10);
  const refused: readonly (readonly [string, RegExp])[] = [
    ['amqp-port: "5672"', /angelia.yaml: amqp-port: expected a whole number .*, got "5672"/],
    ['amqp_port: 5672', /there is no option 'amqp_port'/],
    ['config: other.yaml', /there is no option 'config'/],
    ['data: 5', /angelia.yaml: data: expected a text/],
    ['data: x\nmemory: true', /angelia.yaml: data and memory/],
    ['anonymous: yes please', /anonymous: expected true or false, got "yes please"/],
    ['user: alice:secret', /user: expected a list of NAME:PASSWORD$/],
    ['user: [alice:secret, alice:other]', /user 'alice' is given twice$/],
    ['settings: 1', /settings: expected settings by address pattern, got 1$/],
    ['settings: {a: 1}', /settings: a: expected settings by name, got 1$/],
    [
      'settings: {"orders.>": {maxDeliveries: -1}}',
      /: settings: orders.>: maxDeliveries: expected a whole number of at least 0, got -1$/,
    ],
    ['settings: {a: {whenFull: explode}}', /whenFull: expected fail or .*, got "explode"$/],
    ['settings: {a: {deadLetterQueue: "b.>"}}', /deadLetterQueue: expected the name of a queue/],
    ['settings: {a: {max-deliveries: 1}}', /a: there is no setting 'max-deliveries'; there are m/],
    ['virtual-topics: a.b', /virtual-topics: expected one level of a name/],
    ['- 1', /expected lines of 'option: value'/],
    ['amqp-port: [', /angelia.yaml is not YAML/],
  ];
  for (const [file, message] of refused) t.throws(() => resolve({}, file), { message });
});

test('switches and users in the environment', (t) => {
  const config = resolve({}, '', {
    ANGELIA_AUTO_CREATE: 'false',
    ANGELIA_USER: 'alice:secret\nbob:secret',
    ANGELIA_LOG_LEVEL: 'debug',
  });
  t.is(config.autoCreate, false);
  t.is(config.user.size, 2);
  t.is(config.logLevel, 'debug');
  t.throws(() => resolve({}, '', { ANGELIA_MEMORY: 'maybe' }), {
    message: 'ANGELIA_MEMORY: expected true or false, got "maybe"',
  });
});

test('a password is never repeated in a message', (t) => {
  const error = t.throws(() => resolve({ user: ['alice', 'bob:geheim'] }));
  t.false(error?.message.includes('geheim'));
});

test('variables that look like options are named, but not those of Kubernetes', (t) => {
  t.deepEqual(
    strangeVariables({
      ANGELIA_AMQP_PORT: '1',
      ANGELIA_USERS: 'alice:secret',
      ANGELIA_SETTINGS: 'said in the file alone',
      ANGELIA_SERVICE_HOST: '10.0.0.1',
      ANGELIA_PORT: 'tcp://10.0.0.1:5672',
      ANGELIA_PORT_5672_TCP_ADDR: '10.0.0.1',
      HOME: '/',
    }),
    ['ANGELIA_USERS', 'ANGELIA_SETTINGS'],
  );
});

test('inside a program, ports are the system’s choice and values are checked', (t) => {
  const config = completeConfig({ user: new Map([['alice', 'secret']]), httpPort: -1 });
  t.deepEqual([config.amqpPort, config.stompPort, config.httpPort], [0, 0, -1]);
  t.is(config.user.get('alice'), 'secret');
  t.throws(() => completeConfig({ drainMs: -1 }), { message: /drain-ms: expected .*, got -1/ });
});

test('settings of addresses are a table of the file', (t) => {
  const file = 'settings:\n  orders.*: {maxDeliveries: 5, autoDelete: true}\n  ">": {}';
  const { settings } = resolve({}, file, { ANGELIA_SETTINGS: '{}' });
  t.deepEqual(settings, { 'orders.*': { maxDeliveries: 5, autoDelete: true }, '>': {} });
  t.deepEqual(completeConfig({ settings }).settings, settings);
});
