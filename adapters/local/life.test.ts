// How long a program lives: as long as it has an open connection, as with a socket. Each is a
// process of its own.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

const run = promisify(execFile);

/** Within the package, so that the program may use its `#` names. */
const cwd = fileURLToPath(new URL('.', import.meta.url));

const program = (ending: string) => `
  import { JmsConnectionFactory } from '#jms-api';
  import { localProvider, stopBroker } from '#adapters/local';
  const factory = new JmsConnectionFactory('vm://life', { vm: () => localProvider });
  const connection = await factory.createConnection();
  await connection.start();
  const session = await connection.createSession();
  const consumer = await session.createConsumer(session.createQueue('q'));
  process.on('exit', () => console.log('exit'));
  ${ending}
`;

async function outputOf(ending: string): Promise<string> {
  const parameters = ['--input-type=module', '--eval', program(ending)];
  return (await run(process.execPath, parameters, { cwd })).stdout;
}

test('a pending receive keeps the process; close lets it go', async (t) => {
  // The timer alone would not: it only fires if something else keeps the process.
  const ending = `
    setTimeout(() => connection.close(), 50).unref();
    console.log(await consumer.receive());
  `;
  t.is(await outputOf(ending), 'null\nexit\n');
});

test('stopBroker lets it go as well', async (t) => {
  t.is(await outputOf("stopBroker('life');"), 'exit\n');
});
