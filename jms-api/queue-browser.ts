// QueueBrowser: looking at the messages of a queue without taking them. [JMS 4.1.6]

import type { Queue } from './destination.ts';
import type { Message } from './message.ts';

/** Java's Enumeration over what has to be fetched. [JMS 4.1.6] */
export interface MessageEnumeration extends AsyncIterableIterator<Message> {
  /** Tells whether there is one more message now. */
  hasMoreElements(): Promise<boolean>;
  /**
   * Returns the next message.
   *
   * @throws {RangeError} when there is none left
   */
  nextElement(): Promise<Message>;
}

/**
 * Looks at the messages of a queue, in their order, and takes none. Messages that are out with a
 * consumer are not seen, nor are those whose delivery time has not come. `for await` over the
 * browser looks through the queue once, as each enumeration does. [JMS 4.1.6]
 */
export interface QueueBrowser extends AsyncDisposable, AsyncIterable<Message> {
  /** Returns the queue. */
  getQueue(): Queue;
  /** Returns the message selector, or null. */
  getMessageSelector(): string | null;
  /** Begins to look, from the head of the queue; each call begins anew. */
  getEnumeration(): MessageEnumeration;
  /** Ends the browser and its enumerations. */
  close(): Promise<void>;
}
