// The name under which programs in the process find a server's broker. In a file of its own, as the
// default name is one for the whole process.

import test from 'ava';
import { brokerExists, localProvider } from '#adapters/local';
import { type Server, type ServerOptions, StartError, startServer } from './server.ts';

async function withServer(
  options: ServerOptions,
  use: (server: Server) => Promise<void>,
): Promise<void> {
  const server = await startServer(options);
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

test('vm:// in this process is the server’s broker: by default localhost, if that is free', async (t) => {
  const address = { kind: 'queue', name: 'shared' } as const;
  await withServer({}, async (first) => {
    t.is(first.vmUrl, 'vm://localhost');
    await withServer({}, async (second) => {
      t.is(second.vmUrl, undefined, 'the name is taken');
      await withServer({ vm: 'third' }, async (third) => {
        t.is(third.vmUrl, 'vm://third');
        const endpoint = { url: 'vm://third', username: undefined, password: undefined };
        const failed = new Promise<Error>((resolve) => {
          const events = { onProblem() {}, onInterrupted() {}, onResumed() {} };
          void localProvider
            .connect(endpoint, { ...events, onFailure: resolve })
            .then((connection) => connection.openSession(false))
            .then((session) => session.openProducer(address, { onConfirmed() {}, onRefused() {} }))
            .then(() => third.close());
        });
        t.regex((await failed).message, /stopped/);
        t.not(third.broker.find(address), undefined);
        await t.throwsAsync(startServer({ vm: 'localhost' }), { instanceOf: StartError });
      });
    });
  });
  await withServer({ vm: '' }, async (server) => void t.is(server.vmUrl, undefined));
  t.false(brokerExists('localhost'));
});
