// The guard of sends against a peer that gives credit to one link and none to another: rhea alone
// would hold up both. The peer is rhea itself, listening.

import type { AddressInfo, Server } from 'node:net';
import test from 'ava';
import rhea from 'rhea';
import type { ConfirmSink, MessageData } from '#jms-api';
import { amqp1Provider } from './amqp-provider.ts';

interface Attached {
  readonly receiver: {
    readonly target: { readonly address: string };
    set_target(target: object): void;
    add_credit(count: number): void;
  };
}

function message(name: string): MessageData {
  return {
    destination: { kind: 'queue', name },
    persistent: false,
    priority: 4,
    properties: new Map(),
    body: { kind: 'text', text: name },
  };
}

test('[AMQP 2.6.7] a link without credit holds up no other link of its session', async (t) => {
  const peer = rhea.create_container();
  const links = new Map<string, Attached['receiver']>();
  peer.on('receiver_open', ({ receiver }: Attached) => {
    const { address } = receiver.target;
    receiver.set_target({ address });
    links.set(address, receiver);
    if (address === 'open') receiver.add_credit(100);
  });
  peer.on('disconnected', () => {});
  const listening = peer.listen({
    port: 0,
    host: '127.0.0.1',
    receiver_options: { credit_window: 0 },
  });
  const server = listening as unknown as Server;
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `amqp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const events = { onFailure() {}, onProblem() {}, onInterrupted() {}, onResumed() {} };
  const endpoint = { url, username: undefined, password: undefined };
  const connection = await amqp1Provider.connect(endpoint, events);
  await connection.open(undefined);
  const session = await connection.openSession(false);

  const confirmed = (count: number): { sink: ConfirmSink; all: Promise<void> } => {
    let done = (): void => {};
    const all = new Promise<void>((resolve) => {
      done = resolve;
    });
    const onConfirmed = (upTo: number): void => {
      if (upTo === count) done();
    };
    return { sink: { onConfirmed, onRefused() {} }, all };
  };
  const blocked = confirmed(2);
  const free = confirmed(50);
  const first = await session.openProducer({ kind: 'queue', name: 'shut' }, blocked.sink);
  const second = await session.openProducer({ kind: 'queue', name: 'open' }, free.sink);
  first.send(message('shut'), 1);
  for (let n = 1; n <= 50; n++) second.send(message('open'), n);
  first.send(message('shut'), 2);
  await free.all;
  links.get('shut')?.add_credit(10);
  await blocked.all;
  await connection.close();
  server.close();
  t.pass();
});
