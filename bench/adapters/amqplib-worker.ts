// The work with bare amqplib, as its documentation shows it: a channel with confirmations, a prefetch,
// an acknowledgement for each message.

import { type Channel, type ConfirmChannel, connect, type Message, type Options } from 'amqplib';
import { type OpenWorker, OUTSTANDING, TEXT } from './work.ts';

const EXCHANGE = 'amq.topic';

function optionsOf(number: number, mandatory: boolean): Options.Publish {
  return {
    messageId: `ID:bench:${number}`,
    timestamp: Math.floor(Date.now() / 1000),
    contentType: 'text/plain',
    deliveryMode: 1,
    priority: 4,
    mandatory,
    headers: { JMSType: 'TextMessage', JMSTimestamp: Date.now(), n: number },
  };
}

function sendAll(
  channel: ConfirmChannel,
  exchange: string,
  key: string,
  count: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let answered = 0;
    const pump = (): void => {
      while (sent < count && sent - answered < OUTSTANDING) {
        const options = optionsOf(++sent, exchange === '');
        channel.publish(exchange, key, Buffer.from(TEXT), options, (error: unknown) => {
          if (error !== null) reject(error);
          answered++;
          if (answered === count) resolve();
          else pump();
        });
      }
    };
    pump();
  });
}

function checkAndAck(channel: Channel, message: Message): void {
  if (message.content.toString().length !== TEXT.length) throw new Error('a wrong body');
  channel.ack(message);
}

async function listen(
  channel: Channel,
  queue: string,
  count: number,
  meanwhile: () => Promise<void>,
): Promise<void> {
  let end = (): void => {};
  const all = new Promise<void>((resolve) => {
    end = resolve;
  });
  let came = 0;
  const { consumerTag } = await channel.consume(queue, (message) => {
    if (message === null) return;
    checkAndAck(channel, message);
    if (++came === count) end();
  });
  await meanwhile();
  await all;
  // The answer says that the acknowledgements are there.
  await channel.cancel(consumerTag);
}

async function loop(channel: Channel, queue: string, count: number): Promise<void> {
  const waiting: Message[] = [];
  let wake = (): void => {};
  const { consumerTag } = await channel.consume(queue, (message) => {
    if (message !== null) waiting.push(message);
    wake();
  });
  const next = async (): Promise<Message> => {
    for (;;) {
      const message = waiting.shift();
      if (message !== undefined) return message;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  for (let n = 0; n < count; n++) checkAndAck(channel, await next());
  await channel.cancel(consumerTag);
}

export const openAmqplib: OpenWorker = async (url, name) => {
  const connection = await connect(url.replace(/^amqp091:/, 'amqp:'), { noDelay: true });
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.prefetch(OUTSTANDING);
  return {
    send: (count) => sendAll(channel, '', name, count),
    receive: (count) => listen(channel, name, count, async () => {}),
    loop: (count) => loop(channel, name, count),
    async topic(count) {
      const { queue } = await channel.assertQueue('', { exclusive: true });
      await channel.bindQueue(queue, EXCHANGE, name);
      await listen(channel, queue, count, () => sendAll(channel, EXCHANGE, name, count));
      await channel.deleteQueue(queue);
    },
    async close() {
      await channel.deleteQueue(name);
      await connection.close();
    },
  };
};
