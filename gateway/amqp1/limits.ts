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
  /** Highest channel number, said in our open: sessions of one connection.
   * `amqp:connection:framing-error` */
  readonly channelMax: number;
  /** Highest handle, said in our begin: links of one session. `amqp:connection:framing-error` */
  readonly handleMax: number;
  /** Transfers that a peer may have under way in a session. `amqp:session:window-violation` */
  readonly incomingWindow: number;
  /** Characters of a link's name: it is a key. `amqp:invalid-field` */
  readonly linkNameLengthMax: number;
  /** Links of one connection, in all its sessions. `amqp:resource-limit-exceeded` */
  readonly handlesPerConnectionMax: number;
  /**
   * Messages that a producer may send without an answer: enough to keep a fast network busy.
   * `amqp:link:transfer-limit-exceeded`
   */
  readonly linkCredit: number;
  /**
   * Deliveries of a session that wait for the journal; more credit comes when there are fewer.
   * Nobody sees it but by waiting.
   */
  readonly unconfirmedMax: number;
  /**
   * Deliveries of a session that the peer has not settled, sixteen bytes each; more come when it
   * settles some. Nobody sees it but by waiting.
   */
  readonly unsettledMax: number;
  /**
   * Bytes of a connection's messages whose last frame has yet to come; a little more than one
   * message of the largest size. `amqp:resource-limit-exceeded`
   */
  readonly assemblyBytesMax: number;
  /** Transactions of a connection that are not discharged. `amqp:resource-limit-exceeded` */
  readonly transactionsMax: number;
  /**
   * Bytes of messages in a connection's open transactions, which nobody sees or can take: as much
   * as one message of the largest size. `amqp:resource-limit-exceeded`
   */
  readonly transactionBytesMax: number;
  /**
   * Time that a transaction may take from its first work on: who forgets one keeps messages from
   * others for as long. `amqp:transaction:timeout`
   */
  readonly transactionMs: number;
  /**
   * Links that are detached and may be resumed, of all connections: each holds a subscription or
   * messages. One more is not kept. Nobody sees it but by what comes anew.
   */
  readonly detachedLinksMax: number;
  /** Unsettled deliveries that a detached link may keep; with more, it keeps none. */
  readonly detachedUnsettledMax: number;
  /** The same of all of them: about a hundred bytes each. With more, the next keeps none. */
  readonly detachedUnsettledTotalMax: number;
  /** Silence after which a peer is given up; our open says half of it. `amqp:resource-limit-exceeded` */
  readonly idleTimeOutMs: number;
  /** The shortest idle time-out that we serve: empty frames must not become work. `amqp:not-allowed` */
  readonly idleTimeOutMsLeast: number;
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
  handlesPerConnectionMax: 16_384,
  linkCredit: 2000,
  unconfirmedMax: 65_536,
  unsettledMax: 1_000_000,
  assemblyBytesMax: 128 * 1024 * 1024,
  transactionsMax: 1000,
  transactionBytesMax: 128 * 1024 * 1024,
  transactionMs: 3_600_000,
  detachedLinksMax: 10_000,
  detachedUnsettledMax: 65_536,
  detachedUnsettledTotalMax: 1_000_000,
  idleTimeOutMs: 60_000,
  idleTimeOutMsLeast: 100,
};

/** The condition of each bound, for the documentation and its test. */
export const conditionOfLimit: Readonly<Record<keyof AmqpLimits, Condition | 'waits'>> = {
  frameSizeBytesMax: 'amqp:connection:framing-error',
  frameSizeBytesMaxBeforeOpen: 'amqp:connection:framing-error',
  nestingMax: 'amqp:decode-error',
  zeroSizeElementsMax: 'amqp:decode-error',
  channelMax: 'amqp:connection:framing-error',
  handleMax: 'amqp:connection:framing-error',
  incomingWindow: 'amqp:session:window-violation',
  linkNameLengthMax: 'amqp:invalid-field',
  handlesPerConnectionMax: 'amqp:resource-limit-exceeded',
  linkCredit: 'amqp:link:transfer-limit-exceeded',
  unconfirmedMax: 'waits',
  unsettledMax: 'waits',
  assemblyBytesMax: 'amqp:resource-limit-exceeded',
  transactionsMax: 'amqp:resource-limit-exceeded',
  transactionBytesMax: 'amqp:resource-limit-exceeded',
  transactionMs: 'amqp:transaction:timeout',
  detachedLinksMax: 'waits',
  detachedUnsettledMax: 'waits',
  detachedUnsettledTotalMax: 'waits',
  idleTimeOutMs: 'amqp:resource-limit-exceeded',
  idleTimeOutMsLeast: 'amqp:not-allowed',
};
