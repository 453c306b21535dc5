// What comes on the links of a session: transfers are put together and handed to their receiver.
// rhea's own part is not used: it decodes messages into plain numbers, frees settled deliveries in
// order only, so that one that stays open stalls the session after 2,048 more, and complains of
// transfers that cross a drain. [AMQP 2.6.12, 2.7.5]

import type { Frame, Receiver, Session } from './rhea.ts';

/** Takes the deliveries of one link. */
export interface Deliveries {
  arrived(id: number, message: Buffer, settled: boolean): void;
}

export class Incoming {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
    session.incoming.on_transfer = (frame, receiver) => this.#transfer(frame, receiver);
  }

  #transfer({ performative, payload }: Frame, receiver: Receiver): void {
    const { incoming, connection } = this.#session;
    incoming.next_transfer_id++;
    // The window is opened again by the next turn.
    connection._register();
    const begun = receiver.begun ?? {
      id: performative.delivery_id ?? 0,
      settled: false,
      parts: [],
    };
    receiver.begun = undefined;
    if (performative.aborted === true) return;
    if (performative.settled === true) begun.settled = true;
    if (payload !== undefined) begun.parts.push(payload);
    if (performative.more === true) {
      receiver.begun = begun;
      return;
    }
    receiver.credit = Math.max(0, receiver.credit - 1);
    receiver.delivery_count = (receiver.delivery_count + 1) >>> 0;
    const { parts } = begun;
    const message = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    receiver.deliveries?.arrived(begun.id, message, begun.settled);
  }
}
