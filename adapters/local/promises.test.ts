// How many promises a message costs, counted: they are what a message through the JMS API would cost
// most of, if each layer made its own. In a file of its own, as the count is the process's.

import { createHook } from 'node:async_hooks';
import test from 'ava';
import { JmsConnectionFactory } from '#jms-api';
import { localProvider } from './index.ts';

const MESSAGES = 2000;
const OUTSTANDING = 500;

async function line() {
  const factory = new JmsConnectionFactory('vm://promises', { vm: () => localProvider });
  const connection = await factory.createConnection();
  const session = await connection.createSession();
  const receiving = await connection.createSession();
  const queue = session.createQueue('q');
  const producer = await session.createProducer(queue);
  const consumer = await receiving.createConsumer(queue);
  await connection.start();
  /** Sends so many, and waits until the last is confirmed. */
  const send = async () => {
    let last: Promise<void> | undefined;
    for (let n = 0; n < OUTSTANDING; n++) last = producer.send(session.createTextMessage('x'));
    await last;
  };
  return { connection, consumer, send };
}

/** Promises per message that `round` makes; its own are few. */
async function perMessage(round: () => Promise<void>): Promise<number> {
  let promises = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === 'PROMISE') promises++;
    },
  });
  await round();
  hook.enable();
  for (let n = 0; n < MESSAGES; n += OUTSTANDING) await round();
  hook.disable();
  return promises / MESSAGES;
}

test('a message costs at most 3 promises, those of the program among them', async (t) => {
  const { connection, consumer, send } = await line();
  const received = await perMessage(async () => {
    await send();
    for (let n = 0; n < OUTSTANDING; n++) await consumer.receive();
  });
  t.true(received <= 3.1, `send and receive: ${received}`);
  let left = 0;
  let done = (): void => {};
  consumer.setMessageListener(() => {
    if (--left === 0) done();
  });
  const heard = await perMessage(async () => {
    left = OUTSTANDING;
    const all = new Promise<void>((resolve) => {
      done = resolve;
    });
    await send();
    await all;
  });
  t.true(heard <= 1.1, `send and a listener: ${heard}`);
  await connection.close();
});
