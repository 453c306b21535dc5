// What ActiveMQ Classic has not, over any protocol, and what comes nearest.

import type { Lacks } from '#jms-api';

export const CLASSIC_LACKS: Lacks = {
  'shared-subscriptions': {
    why: 'ActiveMQ Classic knows no subscription with several consumers',
    instead:
      'send to a virtual topic, VirtualTopic.NAME, and consume its queue Consumer.X.VirtualTopic.NAME',
  },
  'priority-order': {
    why: 'its queues ignore priorities unless their policy says prioritizedMessages="true"',
    instead: 'use a queue for what is urgent, or set that policy',
  },
};
