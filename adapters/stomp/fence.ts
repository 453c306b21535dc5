// How to know that a broker has no message for a consumer now. Our own gateway answers a frame after
// all messages that it had; the others answer at once, while other threads still fetch messages.
//
//     answer     the answer to a frame, where answers and messages keep their order
//     echo       a message to ourselves: those that other threads had in hand came before it
//     browser    of a queue of ActiveMQ Classic: its end comes behind what consumers get of it
//
// An echo does not prove it for a queue of Artemis, whose threads keep no order among each other: so
// it goes round more than once, and once more as long as something came meanwhile.

import type { DestinationData } from '#jms-api';
import type { Link } from './link.ts';

/** What the fence needs of its connection. */
export interface Fenced {
  readonly link: Link;
  next(letter: string): string;
  spell(destination: DestinationData): string;
}

export class Fence {
  readonly #connection: Fenced;
  readonly #place: string;
  readonly #waiting: (() => void)[] = [];
  #there: Promise<unknown> | undefined;

  /** @param place - a destination that nobody else knows, as the broker knows it */
  constructor(connection: Fenced, place: string) {
    this.#connection = connection;
    this.#place = place;
  }

  /** Resolves when a message that is sent now has come back. */
  async echo(): Promise<void> {
    const { link } = this.#connection;
    const destination = ['destination', this.#place] as const;
    this.#there ??= this.#subscribe();
    await this.#there;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push(resolve);
      link.confirm('SEND', [destination], '', (error) => {
        if (error !== undefined) reject(error);
      });
    });
  }

  /** Resolves when a browser of the queue that sees nothing has come to its end. */
  async browse(queue: DestinationData): Promise<void> {
    const { link } = this.#connection;
    const id = ['id', this.#connection.next('b')] as const;
    await new Promise<void>((resolve, reject) => {
      link.listen(id[1], { onMessage: () => resolve(), onEnd: reject });
      const wish = [
        id,
        ['destination', this.#connection.spell(queue)],
        ['ack', 'auto'],
        ['browser', 'true'],
        ['selector', '1 = 0'],
      ] as const;
      link.request('SUBSCRIBE', wish).catch(reject);
    }).finally(() => link.unlisten(id[1]));
    link.confirm('UNSUBSCRIBE', [id], undefined, () => {});
  }

  #subscribe(): Promise<unknown> {
    const { link } = this.#connection;
    const id = this.#connection.next('f');
    link.listen(id, {
      onMessage: () => this.#waiting.shift()?.(),
      onEnd: () => {
        this.#there = undefined;
        for (const resolve of this.#waiting.splice(0)) resolve();
      },
    });
    return link.request('SUBSCRIBE', [
      ['id', id],
      ['destination', this.#place],
      ['ack', 'auto'],
    ]);
  }
}
