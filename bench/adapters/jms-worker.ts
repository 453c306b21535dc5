// The work through the JMS API; the scheme of the URL chooses the adapter.

import {
  type Destination,
  JmsConnectionFactory,
  type Message,
  type MessageProducer,
  type Session,
} from '../../index.ts';
import { type OpenWorker, OUTSTANDING, TEXT } from './work.ts';

function check(message: Message | null): void {
  if (message?.getBody(String)?.length !== TEXT.length) throw new Error('a wrong body');
}

async function sendAll(session: Session, producer: MessageProducer, count: number): Promise<void> {
  let out = 0;
  let resume = (): void => {};
  for (let n = 0; n < count; n++) {
    const message = session.createTextMessage(TEXT);
    message.setIntProperty('n', n);
    out++;
    void producer.send(message).then(() => {
      out--;
      resume();
    });
    while (out >= OUTSTANDING) {
      await new Promise<void>((resolve) => {
        resume = resolve;
      });
    }
  }
  while (out > 0) {
    await new Promise<void>((resolve) => {
      resume = resolve;
    });
  }
}

async function listen(
  session: Session,
  from: Destination,
  count: number,
  meanwhile: () => Promise<void>,
): Promise<void> {
  const consumer = await session.createConsumer(from);
  const all = new Promise<void>((resolve) => {
    let came = 0;
    consumer.setMessageListener((message) => {
      check(message);
      if (++came === count) resolve();
    });
  });
  await meanwhile();
  await all;
  await consumer.close();
}

export const openJms: OpenWorker = async (url, name) => {
  const connection = await new JmsConnectionFactory(url).createConnection();
  await connection.start();
  const session = await connection.createSession();
  const receiving = await connection.createSession();
  const queue = session.createQueue(name);
  const topic = session.createTopic(name);
  const producer = await session.createProducer(queue);
  producer.setDeliveryMode(1);
  const publisher = await session.createProducer(topic);
  publisher.setDeliveryMode(1);
  return {
    send: (count) => sendAll(session, producer, count),
    receive: (count) => listen(receiving, queue, count, async () => {}),
    async loop(count) {
      const consumer = await receiving.createConsumer(queue);
      for (let n = 0; n < count; n++) check(await consumer.receive());
      await consumer.close();
    },
    topic: (count) => listen(receiving, topic, count, () => sendAll(session, publisher, count)),
    close: () => connection.close(),
  };
};
