/**
 * What the kill test wants of a client, whatever it speaks: sends and acknowledgements that say when
 * they were confirmed, transactions over both, and two kinds of places to read from. Knows no
 * protocol; whoever implements it keeps no books.
 *
 * Every promise here is rejected with {@link ConnectionLost} once the connection is gone, so that
 * what was not confirmed is never taken for confirmed.
 */

/** The connection went away, as it should when the server is killed. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** Where messages go to. */
export interface Destination {
  readonly kind: 'queue' | 'topic';
  readonly name: string;
}

/** Where messages come from: a queue, or a durable subscription to a topic. */
export interface Source extends Destination {
  readonly durable?: string;
}

/** A message that came; the peer keeps what it needs to acknowledge it. */
export interface Arrival {
  readonly body: string;
  /** Whether the broker says that it may have been seen before. */
  readonly flagged: boolean;
}

/** An open transaction of a peer. */
export type PeerTransaction = object;

/** One connection. */
export interface Peer {
  readonly protocol: 'stomp' | 'amqp';
  readonly lost: boolean;
  /** The last that the broker said against it. */
  readonly complaint: string;
  /** Resolves when the connection is gone. */
  readonly gone: Promise<void>;
  /** Resolves when the broker has confirmed it; in a transaction, when it can be committed. */
  send(to: Destination, body: string, transaction?: PeerTransaction): Promise<void>;
  begin(): Promise<PeerTransaction>;
  /** Resolves when the broker has confirmed the commit or the roll-back. */
  end(transaction: PeerTransaction, commit: boolean): Promise<void>;
  /** Resolves when the broker has confirmed the subscription. */
  subscribe(source: Source, hear: (arrival: Arrival) => void): Promise<void>;
  /**
   * Resolves with true when the broker has confirmed it; with false where the protocol has no
   * confirmation, or in a transaction, whose end confirms it.
   */
  accept(arrival: Arrival, transaction?: PeerTransaction): Promise<boolean>;
  /** Lets go of the connection without a goodbye. */
  cut(): void;
}

/** Whose promises are pending; all are rejected when the connection goes. */
export class Pending {
  readonly #waiting = new Map<string, { resolve(text: string): void; reject(e: Error): void }>();
  #lost = false;
  #tellGone: () => void = () => undefined;
  /** Resolves when the connection is gone. */
  readonly gone: Promise<void> = new Promise((resolve) => {
    this.#tellGone = resolve;
  });

  get lost(): boolean {
    return this.#lost;
  }

  /** Resolves when `key` is told. */
  wait(key: string): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#lost) reject(new ConnectionLost());
      else this.#waiting.set(key, { resolve, reject });
    });
  }

  tell(key: string, text = ''): void {
    this.#waiting.get(key)?.resolve(text);
    this.#waiting.delete(key);
  }

  refuse(key: string, error: Error): void {
    this.#waiting.get(key)?.reject(error);
    this.#waiting.delete(key);
  }

  lose(): void {
    this.#lost = true;
    this.#tellGone();
    for (const { reject } of this.#waiting.values()) reject(new ConnectionLost());
    this.#waiting.clear();
  }
}
