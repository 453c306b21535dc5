import test from 'ava';
import { read } from '../arch/repository.ts';
import { jmsApiPage } from './jms-api-page.ts';
import { javaInterfaces } from './jms-methods.ts';

test('the list of Java’s interfaces is whole', (t) => {
  t.is(javaInterfaces.length, 35);
  t.is(
    javaInterfaces.reduce((sum, { methods }) => sum + methods.length, 0),
    374,
  );
  const counts: Record<string, number> = {
    ConnectionFactory: 6,
    Connection: 15,
    ConnectionMetaData: 8,
    Session: 36,
    MessageProducer: 22,
    MessageConsumer: 7,
    QueueBrowser: 4,
    Message: 49,
    BytesMessage: 27,
    MapMessage: 25,
    StreamMessage: 24,
    JMSContext: 42,
    JMSProducer: 48,
    JMSConsumer: 10,
    QueueSession: 7,
    TopicSession: 8,
  };
  for (const [name, count] of Object.entries(counts)) {
    t.is(javaInterfaces.find((one) => one.name === name)?.methods.length, count, name);
  }
});

test('docs/jms-api.md is what the suite says, and every method has its case (else: npm run docs)', async (t) => {
  const page = await jmsApiPage();
  t.deepEqual(
    page.split('\n').filter((line) => line.endsWith('|  |')),
    [],
  );
  t.is(read('docs/jms-api.md'), page);
});
