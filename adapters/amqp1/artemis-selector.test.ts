import test from 'ava';
import { artemisSelector } from './artemis-selector.ts';

test('[JMS 3.8.1.1] names of headers are translated, strings and other words are not', (t) => {
  t.is(
    artemisSelector("JMSPriority > 3 AND x = 'JMSPriority''s' AND JMSPriorityX = 1"),
    "AMQPriority > 3 AND x = 'JMSPriority''s' AND JMSPriorityX = 1",
  );
  t.is(artemisSelector("JMSDeliveryMode = 'PERSISTENT'"), "AMQDurable = 'DURABLE'");
  t.is(artemisSelector("mode = 'PERSISTENT'"), "mode = 'PERSISTENT'");
  t.is(artemisSelector('constructor = 1'), 'constructor = 1');
});
