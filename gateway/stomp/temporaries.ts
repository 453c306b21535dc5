// The temporary destinations of one connection. A client calls one by a name of its own, which no
// other connection can use; the broker, and everybody who is asked to reply there, knows another.
//
//     SEND reply-to:/temp-queue/answers    ──►    MESSAGE reply-to:/remote-temp-queue/7f3a-1
//     MESSAGE destination:/temp-queue/answers ◄── SEND destination:/remote-temp-queue/7f3a-1
//
// As in ActiveMQ: made when first named, gone with the connection.

import type { Address, Connection } from '#broker';
import { formatDestination } from './destination.ts';
import { StompError } from './errors.ts';
import { stompLimits } from './limits.ts';

export class Temporaries {
  readonly #connection: Connection;
  /** By `/temp-queue/x`. */
  readonly #addresses: Map<string, Address> = new Map();
  /** What the creator says, by what others say. */
  readonly #localNames: Map<string, string> = new Map();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Nothing needs to be respelled for this connection. */
  get none(): boolean {
    return this.#addresses.size === 0;
  }

  /** Finds or makes the destination that the client calls by this name. */
  readonly make = (kind: 'temporary-queue' | 'temporary-topic', name: string): Address => {
    const localName = `${kind === 'temporary-queue' ? '/temp-queue/' : '/temp-topic/'}${name}`;
    const known = this.#addresses.get(localName);
    if (known !== undefined) return known;
    const most = stompLimits.temporariesMax;
    if (this.#addresses.size >= most) {
      throw new StompError(
        'limit exceeded',
        `a connection has at most ${most} temporary destinations`,
      );
    }
    const address = this.#connection.createTemporary(kind);
    this.#addresses.set(localName, address);
    this.#localNames.set(formatDestination(address), localName);
    return address;
  };

  /** How the client calls a destination that others call so; the same if it is not its own. */
  localName(destination: string): string {
    return this.#localNames.get(destination) ?? destination;
  }
}
