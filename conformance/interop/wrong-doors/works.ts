/** What programs do at a door that lets them in, to learn then that there is nothing for them. */

import type { Work } from './knock.ts';

const TEXT = 'for nobody';

/** Makes a producer of a queue. */
export function produce(queue: string): Work {
  return (session) => session.createProducer(session.createQueue(queue));
}

/** Sends to a queue. */
export function send(queue: string): Work {
  return async (session) => {
    const producer = await session.createProducer(session.createQueue(queue));
    await producer.send(session.createTextMessage(TEXT));
  };
}

/** Sends to a queue that the producer hears of with the message. */
export function sendUnbound(queue: string): Work {
  return async (session) => {
    const producer = await session.createProducer(null);
    await producer.send(session.createQueue(queue), session.createTextMessage(TEXT));
  };
}

/** Sends to a topic. */
export function publish(topic: string): Work {
  return async (session) => {
    const producer = await session.createProducer(session.createTopic(topic));
    await producer.send(session.createTextMessage(TEXT));
  };
}

/** Consumes a queue. */
export function consume(queue: string): Work {
  return (session) => session.createConsumer(session.createQueue(queue));
}

/** Consumes a topic. */
export function subscribe(topic: string): Work {
  return (session) => session.createConsumer(session.createTopic(topic));
}
