// The bounds of the AMQP 1.0 gateway: what each bounds, in which unit, why this much, and the
// condition that a peer sees when it is reached. What the broker itself bounds is in its own card.

import type { Condition } from './errors.ts';

export interface AmqpLimits {
  /**
   * Bytes of one frame that we accept, said in our open. Large enough that the frame header costs
   * nothing, small enough that thousands of connections may have one half read.
   * `amqp:connection:framing-error`
   */
  readonly frameSizeBytesMax: number;
  /**
   * Bytes of a frame before open has said a size. The specification says 512, but real clients
   * send a longer open or SASL token. `amqp:connection:framing-error`
   */
  readonly frameSizeBytesMaxBeforeOpen: number;
  /** Levels of values inside values: each costs a stack frame. `amqp:decode-error` */
  readonly nestingMax: number;
  /**
   * Elements without bytes (null, true, list0 in an array) of one decoding: five bytes could claim
   * four thousand million of them. `amqp:decode-error`
   */
  readonly zeroSizeElementsMax: number;
  /** Highest channel number, said in our open: sessions of one connection. `amqp:not-allowed` */
  readonly channelMax: number;
  /** Highest handle, said in our begin: links of one session. `amqp:resource-limit-exceeded` */
  readonly handleMax: number;
  /** Transfers that a peer may have under way in a session. `amqp:session:window-violation` */
  readonly incomingWindow: number;
  /** Bytes of a link's name: it is a key. `amqp:invalid-field` */
  readonly linkNameLengthMax: number;
}

export const amqpLimits: AmqpLimits = {
  frameSizeBytesMax: 256 * 1024,
  frameSizeBytesMaxBeforeOpen: 16 * 1024,
  nestingMax: 32,
  zeroSizeElementsMax: 4096,
  channelMax: 1023,
  handleMax: 4095,
  incomingWindow: 65_536,
  linkNameLengthMax: 1024,
};

/** The condition of each bound, for the documentation and its test. */
export const conditionOfLimit: Readonly<Record<keyof AmqpLimits, Condition>> = {
  frameSizeBytesMax: 'amqp:connection:framing-error',
  frameSizeBytesMaxBeforeOpen: 'amqp:connection:framing-error',
  nestingMax: 'amqp:decode-error',
  zeroSizeElementsMax: 'amqp:decode-error',
  channelMax: 'amqp:not-allowed',
  handleMax: 'amqp:resource-limit-exceeded',
  incomingWindow: 'amqp:session:window-violation',
  linkNameLengthMax: 'amqp:invalid-field',
};
