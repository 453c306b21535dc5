import { createServer, type Socket } from 'node:net';
import test from 'ava';
import { Line } from './line.ts';
import { stomp } from './stomp.ts';
import { brokerDoors } from './target.ts';

/** A topic of STOMP in twenty lines: hands each SEND to all subscribers, but for every `drop`-th. */
async function topic(drop: number) {
  const subscribers: Socket[] = [];
  let seen = 0;
  const server = createServer((socket) => {
    let held = '';
    socket
      .on('error', () => undefined)
      .on('data', (bytes) => {
        held += bytes.toString('latin1');
        for (let end = held.indexOf('\0'); end >= 0; end = held.indexOf('\0')) {
          const frame = held.slice(0, end).trimStart();
          held = held.slice(end + 1);
          if (frame.startsWith('CONNECT')) socket.write('CONNECTED\nversion:1.2\n\n\0');
          if (frame.startsWith('SUBSCRIBE')) {
            subscribers.push(socket);
            socket.write('RECEIPT\nreceipt-id:open\n\n\0');
          }
          if (!frame.startsWith('SEND')) continue;
          seen += 1;
          if (seen % drop === 0) continue;
          for (const to of subscribers) to.write(`MESSAGE${frame.slice(4)}\0`);
        }
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { url: `stomp://127.0.0.1:${port}`, close: () => server.close() };
}

const TEN = { producers: 2, consumers: 5, copies: 5 };
const limits = { seconds: 60, messages: 1000, backlog: 256 };

test('a message to five counts once when all five have it', async (t) => {
  const { url, close } = await topic(Number.POSITIVE_INFINITY);
  const line = await Line.open(stomp, brokerDoors(url, '/topic/a'), 64, undefined, TEN);
  const round = await line.round(limits);
  t.is(round.messages, 1000);
  t.is(line.received, 1000);
  t.is(round.lost, undefined);
  line.close();
  close();
});

test('what a topic drops is counted as lost, and the next round begins anew', async (t) => {
  const { url, close } = await topic(100);
  const line = await Line.open(stomp, brokerDoors(url, '/topic/a'), 64, undefined, TEN);
  for (let round = 0; round < 2; round++) {
    const { messages, lost } = await line.round({ ...limits, mayLose: true });
    t.is(lost, 10);
    t.is(messages, 990);
  }
  line.close();
  close();
});
