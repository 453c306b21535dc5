// Selectors of consumers whose broker has none: asked here, of each message that came. The language is
// the broker's of this package, so that it selects the same wherever it is asked. [JMS 3.8]

import { BrokerError, parseSelector } from '#broker';
import { InvalidSelectorException, type MessageData, ResourceAllocationException } from '#jms-api';

/** Tells whether a message is one of those that are wanted. */
export type Wanted = (message: MessageData) => boolean;

/**
 * Reads a selector; undefined for none, and for a blank one, which selects everything. [JMS 3.8.1]
 *
 * @throws {InvalidSelectorException} naming the place, what was expected and what came
 * @throws {ResourceAllocationException} if it is larger than `broker/limits.ts` allows
 */
export function wantedBy(text: string | undefined): Wanted | undefined {
  try {
    const selector = parseSelector(text);
    return selector && ((message) => selector.matches(message));
  } catch (cause) {
    if (!(cause instanceof BrokerError)) throw cause;
    const { code, message } = cause;
    throw code === 'limit-exceeded'
      ? new ResourceAllocationException(message, code, { cause })
      : new InvalidSelectorException(message, code, { cause });
  }
}
