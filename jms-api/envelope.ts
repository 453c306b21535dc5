// A delivery on its way through the session: from the inbox of its consumer to what becomes of it.

import type { JmsConsumer } from './jms-consumer.ts';
import type { MessageData } from './message-data.ts';

/** @internal */
export class Envelope {
  readonly consumer: JmsConsumer;
  readonly delivery: unknown;
  readonly data: MessageData;
  /** 1 at first. */
  attempt: number;
  /** Which connection to the broker it came by: of an earlier one it is void. */
  readonly epoch: number;
  /** It was in the inbox before, and has used its credit. */
  again = false;

  constructor(
    consumer: JmsConsumer,
    delivery: unknown,
    data: MessageData,
    attempt: number,
    epoch: number,
  ) {
    this.consumer = consumer;
    this.delivery = delivery;
    this.data = data;
    this.attempt = attempt;
    this.epoch = epoch;
  }
}
