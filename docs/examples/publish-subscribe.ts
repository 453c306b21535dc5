// Publish and subscribe: each message of a topic is for every subscriber. [JMS 4.2]
//
//     node dist/docs/examples/publish-subscribe.js                     a broker in this process
//     node dist/docs/examples/publish-subscribe.js vm://localhost      the same, by name

import { JmsConnectionFactory, type Message, Session, TextMessage } from 'angelia';

const url = process.argv[2] ?? 'vm://localhost';
const readers = ['Ann', 'Bob'];
const headlines = ['rain in the morning', 'sun at noon', 'stars at night'];

const connection = await new JmsConnectionFactory(url).createConnection();

try {
  // 1. Two subscribers, each with a session of its own: their listeners run independently. A topic
  //    keeps nothing for those who come later, so they subscribe before anything is published.
  const finished: Promise<void>[] = [];
  for (const reader of readers) {
    const session = await connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
    const subscriber = await session.createConsumer(session.createTopic('examples.weather'));

    // 2. The listener is called with each message. It may be async: the session waits for it.
    const allRead = new Promise<void>((resolve) => {
      let left = headlines.length;
      subscriber.setMessageListener((message: Message) => {
        if (message instanceof TextMessage) console.log(`${reader} reads: ${message.getText()}`);
        left--;
        if (left === 0) resolve();
      });
    });
    finished.push(allRead);
  }

  // 3. A publisher. Deliveries begin with start().
  const session = await connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
  const publisher = await session.createProducer(session.createTopic('examples.weather'));
  await connection.start();
  for (const headline of headlines) await publisher.send(session.createTextMessage(headline));

  await Promise.all(finished);
} finally {
  // 4. Closing the connection closes all that it made.
  await connection.close();
}
