// What the calls that make consumers have in common: a topic, a name for a subscription, a selector.

import { dataOf, isTopicData, type Topic } from './destination.ts';
import { InvalidDestinationException, InvalidSelectorException, JMSException } from './errors.ts';
import type { DestinationData } from './message-data.ts';
import type { SubscriptionRequest } from './provider.ts';

/** @throws {InvalidDestinationException} for null, and for what is no topic [JMS 10.3] */
export function topicOf(topic: Topic): DestinationData {
  const data = dataOf(topic);
  if (isTopicData(data)) return data;
  throw new InvalidDestinationException(`a subscription is of a topic, not of ${topic}`);
}

/** @throws {JMSException} for null and the empty name */
export function subscriptionName(
  name: string,
  durable: boolean,
  shared: boolean,
): SubscriptionRequest {
  if (typeof name !== 'string' || name === '') {
    throw new JMSException(`a subscription needs a name, got ${JSON.stringify(name)} [JMS 4.2.4]`);
  }
  return { name, durable, shared };
}

/** The selector, or null for none: null, empty and blank ones are none. [JMS 3.8.1] */
export function selectorOf(selector: string | null | undefined): string | null {
  if (selector === null || selector === undefined) return null;
  if (typeof selector !== 'string') {
    throw new InvalidSelectorException(`a message selector is a text, not a ${typeof selector}`);
  }
  return selector.trim() === '' ? null : selector;
}
