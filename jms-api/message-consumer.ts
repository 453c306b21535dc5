// MessageConsumer and MessageListener: receiving, by asking or by being called. [JMS 8]

import type { Message } from './message.ts';

/**
 * Takes messages as they come. The session waits for a returned promise before it goes on: a
 * listener "returns" when the promise resolves, and fails when it rejects. [JMS 8.7]
 */
export interface MessageListener {
  onMessage(message: Message): void | Promise<void>;
}

/** A {@link MessageListener}, or just its function. */
export type MessageListenerLike = MessageListener | ((message: Message) => void | Promise<void>);

/** How long a receive waits. */
export interface ReceiveOptions {
  /** Milliseconds; 0 or absent: for ever. */
  readonly timeout?: number;
  /** Ends the wait: the receive rejects with the signal's reason, and takes no message. */
  readonly signal?: AbortSignal;
}

/** Receives messages from one destination. [JMS 8.2] */
export interface MessageConsumer extends AsyncDisposable, AsyncIterable<Message> {
  /** Returns the message selector, or null. */
  getMessageSelector(): string | null;
  /** Returns the listener, or null. */
  getMessageListener(): MessageListener | null;
  /** Sets the listener, which gets the messages from now on; null removes it. [JMS 8.7] */
  setMessageListener(listener: MessageListenerLike | null): void;
  /**
   * Returns the next message; waits for it, up to `timeout` ms (0: for ever). Null when the time
   * is over, and when the consumer is closed meanwhile. [JMS 8.5]
   *
   * @throws {IllegalStateException} if the session has a listener, or another receive is pending
   */
  receive(timeout?: number | ReceiveOptions): Promise<Message | null>;
  /** Returns the next message if there is one at the broker now, else null. [JMS 8.5] */
  receiveNoWait(): Promise<Message | null>;
  /**
   * Ends the consumer: waits for a running listener, unless called from it; a pending receive
   * returns null. [JMS 8.8]
   */
  close(): Promise<void>;
}
