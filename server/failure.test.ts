// A journal that fails: every client hears so in its own protocol, nobody is let in any more, and
// only then is the owner of the server told, who may end the process.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test from 'ava';
import { startServer } from './server.ts';

async function open(url: string | undefined): Promise<{ socket: Socket; ended: Promise<string> }> {
  const { hostname, port } = new URL(url ?? '');
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const ended = once(socket, 'close').then(() => Buffer.concat(chunks).toString('latin1'));
  return { socket, ended };
}

/** Protocol header, open with a container id, and the close that answers a close. [AMQP 2.7] */
const AMQP_OPEN = Buffer.from([
  ...Buffer.from('AMQP\0\x01\0\0', 'latin1'),
  ...[0, 0, 0, 17, 2, 0, 0, 0, 0, 0x53, 0x10, 0xc0, 4, 1, 0xa1, 1, 0x63],
]);
const AMQP_CLOSE = Buffer.from([0, 0, 0, 12, 2, 0, 0, 0, 0, 0x53, 0x18, 0x45]);

test('when the journal fails every client hears it, and nobody is let in', async (t) => {
  const server = await startServer({ vm: '' });
  t.teardown(() => server.close());
  const stomp = await open(server.urls.stomp);
  stomp.socket.write('CONNECT\naccept-version:1.2\nhost:x\n\n\0');
  t.regex(String((await once(stomp.socket, 'data'))[0]), /^CONNECTED/);
  const amqp = await open(server.urls.amqp);
  amqp.socket.write(AMQP_OPEN);
  while (!amqp.socket.bytesRead || amqp.socket.bytesRead < 20) await once(amqp.socket, 'data');
  amqp.socket.on('data', (bytes: Buffer) => {
    if (bytes.includes('internal-error')) amqp.socket.write(AMQP_CLOSE);
  });
  const told = new Promise<Error>((resolve) => {
    server.onFailed = resolve;
  });
  server.broker.onFailed?.(new Error('EIO: fdatasync'));
  t.regex(await stomp.ended, /\0ERROR\n(.|\n)*the journal failed: EIO: fdatasync/);
  t.regex(await amqp.ended, /amqp:internal-error.*the journal failed: EIO: fdatasync/);
  t.is((await told).message, 'EIO: fdatasync');
  await t.throwsAsync(open(server.urls.stomp), { code: 'ECONNREFUSED' });
  const answer = await fetch(`${server.urls.http}/readyz`);
  t.is(answer.status, 503);
  t.regex(await answer.text(), /the journal failed/);
});
