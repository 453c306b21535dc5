// Where the messages of a link go on which the peer sends: to a destination, to the coordinator of
// transactions, or to the management node. The link does credit, frames and modes of settlement.

import type { DeliveryState } from './delivery-state.ts';

/** A whole message that came. Reused from message to message. */
export class Arrival {
  id = 0;
  settled = false;
  /** What the sender said of it: a transactional state, or nothing. */
  state: DeliveryState | undefined = undefined;
  /** The message is `buffer[start…end)`. */
  buffer: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  /** The buffer may change when the turn ends. */
  borrowed = false;
}

export interface Intake {
  /**
   * Takes a message, and answers it with the link's `accept` or `answer` unless it is settled.
   *
   * @throws {ProtocolError} the link cannot go on
   */
  take(arrival: Arrival): void;
  /** The link is gone. */
  close(): void;
}
