// Selectors for the topics of Artemis. It translates the names of JMS headers for consumers of queues,
// and not for subscriptions.

import { inArtemisWords } from '../artemis-words.ts';

export function artemisSelector(selector: string): string {
  return inArtemisWords(selector, (name) => (name === 'JMSMessageID' ? 'AMQUserID' : undefined));
}
