import test from 'ava';
import { Queue, Topic } from './destination.ts';
import { IllegalArgumentException } from './errors.ts';
import { InitialContext, NamingException } from './initial-context.ts';

const FILE = `
# Qpid's keys, and Artemis' spelling
java.naming.factory.initial = org.apache.qpid.jms.jndi.JmsInitialContextFactory
connectionfactory.shop = amqp://\${HOST:-localhost}:5672?jms.clientID=\${ID}
connectionFactory.ConnectionFactory=vm://localhost
queue.orders : shop.orders
topic.prices shop.prices
queue.long = shop.\\
    very.long
queue.caf\\u00e9 = caf\\u00e9\\ one
! the end
`;

const context = (text: string | Record<string, string> = FILE) =>
  new InitialContext(text, (url) => ({ url }), { ID: 'till-1' });

test('a jndi.properties file: factories, queues, topics, variables', (t) => {
  const naming = context();
  t.deepEqual(naming.lookup('shop'), { url: 'amqp://localhost:5672?jms.clientID=till-1' });
  t.deepEqual(naming.lookupConnectionFactory(), { url: 'vm://localhost' });
  const orders = naming.lookup('orders');
  t.true(orders instanceof Queue);
  t.is(String(orders), 'queue://shop.orders');
  t.is(naming.lookupTopic('prices').getTopicName(), 'shop.prices');
  t.is(naming.lookupQueue('long').getQueueName(), 'shop.very.long');
  t.is(naming.lookupQueue('café').getQueueName(), 'café one');
  t.is(naming.lookup('orders'), orders, 'the same object each time');
  t.deepEqual(naming.names().sort(), [
    'ConnectionFactory',
    'café',
    'long',
    'orders',
    'prices',
    'shop',
  ]);
});

test('dynamic names need no entry', (t) => {
  const naming = context({});
  t.is(naming.lookupQueue('dynamicQueues/any').getQueueName(), 'any');
  t.true(naming.lookup('dynamicTopics/any') instanceof Topic);
});

test('what is not bound, or bound as something else, says so', (t) => {
  const naming = context();
  t.throws(() => naming.lookup('order'), { instanceOf: NamingException, message: /'orders'/ });
  t.throws(() => naming.lookupTopic('orders'), { instanceOf: NamingException, message: /queue/ });
  t.throws(() => naming.lookupQueue('dynamicTopics/x'), { instanceOf: NamingException });
  t.throws(() => context({}).lookup('zzz'), { message: /nothing/ });
  t.throws(() => new InitialContext('queue.a = $\u007bNONE}', String, {}), {
    instanceOf: IllegalArgumentException,
    message: /\$\{NONE:-default\}/,
  });
});
