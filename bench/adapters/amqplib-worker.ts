// The work with bare amqplib, as its documentation shows it: a channel with confirmations, a prefetch,
// an acknowledgement for each message.

import { connect, type Options } from 'amqplib';
import { type OpenWorker, OUTSTANDING, TEXT } from './work.ts';

function optionsOf(number: number): Options.Publish {
  return {
    messageId: `ID:bench:${number}`,
    timestamp: Math.floor(Date.now() / 1000),
    contentType: 'text/plain',
    deliveryMode: 1,
    priority: 4,
    mandatory: true,
    headers: { JMSType: 'TextMessage', JMSTimestamp: Date.now(), n: number },
  };
}

export const openAmqplib: OpenWorker = async (url, name) => {
  const connection = await connect(url.replace(/^amqp091:/, 'amqp:'), { noDelay: true });
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.prefetch(OUTSTANDING);
  let number = 0;
  return {
    send: (count) =>
      new Promise((resolve, reject) => {
        let sent = 0;
        let answered = 0;
        const pump = (): void => {
          while (sent < count && sent - answered < OUTSTANDING) {
            sent++;
            const options = optionsOf(++number);
            channel.publish('', name, Buffer.from(TEXT), options, (error: unknown) => {
              if (error !== null) reject(error);
              answered++;
              if (answered === count) resolve();
              else pump();
            });
          }
        };
        pump();
      }),
    async receive(count) {
      let consumerTag = '';
      await new Promise<void>((resolve, reject) => {
        let came = 0;
        const begun = channel.consume(name, (message) => {
          if (message === null) return;
          const wrong = message.content.toString().length !== TEXT.length;
          if (wrong) reject(new Error('a wrong body'));
          channel.ack(message);
          if (++came === count) resolve();
        });
        begun.then((ok) => {
          consumerTag = ok.consumerTag;
        }, reject);
      });
      // The answer says that the acknowledgements are there.
      await channel.cancel(consumerTag);
    },
    async close() {
      await channel.deleteQueue(name);
      await connection.close();
    },
  };
};
