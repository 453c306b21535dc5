// What the cases of topics share: publishing from a connection of its own, or from a given session.

import type { Session, Topic } from 'angelia/jms';
import type { Fixture } from './fixture.ts';

/** Publishes texts, with their number as property `n`. */
export async function publish(f: Fixture, topic: Topic, ...texts: string[]): Promise<void> {
  const session = await f.session();
  const producer = await session.createProducer(topic);
  for (const [n, text] of texts.entries()) {
    const message = session.createTextMessage(text);
    message.setIntProperty('n', n);
    await producer.send(message);
  }
  await session.close();
}

export async function publishedBy(session: Session, topic: Topic, text: string): Promise<void> {
  const producer = await session.createProducer(topic);
  await producer.send(session.createTextMessage(text));
}
