// MessageProducer and CompletionListener: sending. [JMS 7]

import type { DeliveryMode } from './delivery-mode.ts';
import type { Destination } from './destination.ts';
import type { Message } from './message.ts';

/**
 * Is told what became of an asynchronous send: one of the two, once, in the order of the sends. A
 * returned promise is awaited before the next is told. [JMS 7.3]
 */
export interface CompletionListener {
  onCompletion(message: Message): void | Promise<void>;
  onException(message: Message, exception: Error): void | Promise<void>;
}

/** Sends messages, to its destination or to one that each send says. [JMS 7.1] */
export interface MessageProducer extends AsyncDisposable {
  /** Hints that message ids are not needed: messages then have none. [JMS 3.4.3] */
  setDisableMessageID(value: boolean): void;
  getDisableMessageID(): boolean;
  /** Hints that timestamps are not needed: they are then 0. [JMS 3.4.4] */
  setDisableMessageTimestamp(value: boolean): void;
  getDisableMessageTimestamp(): boolean;
  /** Sets the delivery mode of sends that do not say one; default PERSISTENT. [JMS 7.7] */
  setDeliveryMode(deliveryMode: DeliveryMode): void;
  getDeliveryMode(): DeliveryMode;
  /** Sets the priority, 0 to 9, of sends that do not say one; default 4. [JMS 6.2.9] */
  setPriority(defaultPriority: number): void;
  getPriority(): number;
  /** Sets the life time in ms of sends that do not say one; default 0: for ever. [JMS 7.8] */
  setTimeToLive(timeToLive: number): void;
  getTimeToLive(): number;
  /**
   * Sets how many ms after its send a message may be delivered first; default 0. [JMS 7.9]
   *
   * @throws {UnsupportedOperationException} if the broker cannot wait
   */
  setDeliveryDelay(deliveryDelay: number): void;
  getDeliveryDelay(): number;
  /** Returns the destination, or null if each send says its own. */
  getDestination(): Destination | null;
  /**
   * Ends the producer, after its sends were confirmed and their CompletionListeners told.
   *
   * @throws {IllegalStateException} if called from a CompletionListener of its session
   */
  close(): Promise<void>;

  /**
   * Sends a message, which may be changed and sent again as soon as this returns. The promise
   * resolves when the broker has confirmed it; headers of the send can be read before. [JMS 3.9]
   * With a CompletionListener it resolves at once, and the listener hears of the rest. [JMS 7.3]
   *
   * @throws {MessageFormatException} if it is no message
   * @throws {InvalidDestinationException} if the destination is refused
   * @throws {UnsupportedOperationException} for the form with a destination on a producer that has
   * one, and for the form without on one that has none
   */
  send(message: Message, completionListener?: CompletionListener): Promise<void>;
  send(
    message: Message,
    deliveryMode: DeliveryMode,
    priority: number,
    timeToLive: number,
    completionListener?: CompletionListener,
  ): Promise<void>;
  send(
    destination: Destination,
    message: Message,
    completionListener?: CompletionListener,
  ): Promise<void>;
  send(
    destination: Destination,
    message: Message,
    deliveryMode: DeliveryMode,
    priority: number,
    timeToLive: number,
    completionListener?: CompletionListener,
  ): Promise<void>;
}
