// What the rules of CompletionListeners allow, next to what they forbid.

import test from 'ava';
import { IllegalArgumentException, JmsConnectionFactory, type Message } from '#jms-api';
import { localProvider } from './index.ts';

const factory = (name: string): JmsConnectionFactory =>
  new JmsConnectionFactory(`vm://completion.${name}`, { vm: () => localProvider });

test('[JMS 7.3] the listener can read what was sent, and may stop its connection', async (t) => {
  const connection = await factory('read').createConnection();
  const session = await connection.createSession();
  const producer = await session.createProducer(session.createQueue('q'));
  const bytes = session.createBytesMessage();
  bytes.writeInt(22);
  const told = new Promise<Message>((resolve, reject) => {
    const onCompletion = async (message: Message): Promise<void> => {
      await connection.stop().then(() => resolve(message), reject);
    };
    producer.send(bytes, { onCompletion, onException: (_, error) => reject(error) }).catch(reject);
  });
  t.is(await told, bytes);
  t.is(bytes.readInt(), 22);
  await connection.close();
});

test('[JMS 7.3] null is no CompletionListener', async (t) => {
  const connection = await factory('null').createConnection();
  const session = await connection.createSession();
  const producer = await session.createProducer(session.createQueue('q'));
  const message = session.createMessage();
  const refused = { instanceOf: IllegalArgumentException };
  await t.throwsAsync(producer.send(message, null as never), refused);
  await t.throwsAsync(producer.send(message, 1, 4, 0, null as never), refused);
  t.is(message.getJMSMessageID(), null, 'nothing was sent');
  await connection.close();
});
