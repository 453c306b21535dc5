// The work through the JMS API; the scheme of the URL chooses the adapter.

import { JmsConnectionFactory } from '../../index.ts';
import { type OpenWorker, OUTSTANDING, TEXT } from './work.ts';

export const openJms: OpenWorker = async (url, name) => {
  const connection = await new JmsConnectionFactory(url).createConnection();
  await connection.start();
  const session = await connection.createSession();
  const queue = session.createQueue(name);
  const producer = await session.createProducer(queue);
  producer.setDeliveryMode(1);
  return {
    async send(count) {
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
    },
    async receive(count) {
      const consumer = await session.createConsumer(queue);
      await new Promise<void>((resolve) => {
        let came = 0;
        consumer.setMessageListener((message) => {
          if (message.getBody(String)?.length !== TEXT.length) throw new Error('a wrong body');
          if (++came === count) resolve();
        });
      });
      await consumer.close();
    },
    close: () => connection.close(),
  };
};
