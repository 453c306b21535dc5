// Point to point: each message of a queue is for one consumer. [JMS 4.1]
//
//     node dist/docs/examples/point-to-point.js                        a broker in this process
//     node dist/docs/examples/point-to-point.js vm://localhost         the same, by name

import { JmsConnectionFactory, Session, TextMessage } from 'angelia';

const url = process.argv[2] ?? 'vm://localhost';

// 1. A connection factory makes connections to where its URL points.
const connectionFactory = new JmsConnectionFactory(url);
const connection = await connectionFactory.createConnection();

try {
  // 2. A session is one line of work; this one acknowledges by itself.
  const session = await connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
  const queue = session.createQueue('examples.orders');

  // 3. A producer sends to the queue. The message waits there: nobody has to be listening.
  const producer = await session.createProducer(queue);
  for (const order of ['two coffees', 'one tea', 'a slice of cake']) {
    const message = session.createTextMessage(order);
    message.setIntProperty('table', 7);
    await producer.send(message);
    console.log(`sent: ${order}`);
  }

  // 4. A consumer takes the messages, in order. Nothing is delivered before start().
  const consumer = await session.createConsumer(queue);
  await connection.start();
  for (let message = await consumer.receive(1000); message; message = await consumer.receive(100)) {
    if (message instanceof TextMessage) {
      console.log(`received: ${message.getText()} for table ${message.getIntProperty('table')}`);
    }
  }
} finally {
  // 5. Closing the connection closes all that it made.
  await connection.close();
}
