// The transactions of a session at a broker that has none over AMQP: sends are buffered until the commit,
// and acceptances are held. To commit is to send, to wait until all is accepted, and then to accept what
// was consumed. That is not atomic: if this process or the connection dies between the two, all was sent,
// and what was consumed comes again. [JMS 6.2.7]
//
//     open ── sends, acceptances ──► commit: send ──► all taken ──► accept ──► open (the next one)
//                                                └── some refused: what was consumed goes back

import { type DestinationData, JMSException, Outcome } from '#jms-api';
import { checkTaken } from '../refused-sends.ts';
import type { Answer } from './delivery-state.ts';
import { exceptionOf } from './errors.ts';
import type { Outbox } from './outbox.ts';
import { Parties } from './parties.ts';
import type { Route } from './routes.ts';
import type { SenderLink, SendOwner } from './sender-link.ts';
import type { Settlements } from './settlements.ts';

interface Buffered {
  readonly destination: DestinationData;
  readonly payload: Buffer;
}

export class BufferedTransaction implements SendOwner {
  readonly #outbox: Outbox;
  readonly #settlements: Settlements;
  /** Resolves when the broker has recorded what was settled. */
  readonly #recorded: () => Promise<void>;
  readonly #parties: Parties = new Parties();
  #route: Route | undefined;
  #sends: Buffered[] = [];
  #accepted: number[] = [];
  /** Sends of the commit that are not answered. */
  #open = 0;
  #refused: Error[] = [];
  #told: () => void = () => {};

  constructor(outbox: Outbox, settlements: Settlements, recorded: () => Promise<void>) {
    this.#outbox = outbox;
    this.#settlements = settlements;
    this.#recorded = recorded;
  }

  /** @param route - by which it sends, whichever producer did */
  sendBy(route: Route): void {
    this.#route = route;
  }

  /** Keeps a send. */
  add(destination: DestinationData, payload: Buffer): void {
    this.#sends.push({ destination, payload });
  }

  /** Keeps an acceptance. */
  takes(party: object, delivery: number): boolean {
    this.#parties.add(party);
    this.#accepted.push(delivery);
    return true;
  }

  get kept(): boolean {
    return this.#parties.some;
  }

  endFor(party: object): Promise<void> | undefined {
    return this.#parties.endFor(party);
  }

  /**
   * Ends it, and begins the next one.
   *
   * @throws {TransactionRolledBackException} if nothing of it was sent
   * @throws {JMSException} if the broker refused a part of it
   */
  async end(fail: boolean): Promise<void> {
    const sends = this.#sends;
    this.#sends = [];
    try {
      if (!fail && sends.length > 0) await this.#sendAll(sends);
    } catch (error) {
      this.#settle(Outcome.failed);
      throw error;
    }
    this.#settle(fail ? Outcome.failed : Outcome.accepted);
    if (!fail) await this.#recorded();
    this.#parties.over();
  }

  answered(_number: number, { kind, error }: Answer): void {
    if (kind === 'accepted') this.#over();
    else this.#over(exceptionOf(error, `the broker has not taken the message: ${kind}`));
  }

  lost(link: SenderLink, error: Error, numbers: readonly number[]): void {
    this.#route?.forget(link);
    for (const _ of numbers) this.#over(error);
  }

  #over(error?: Error): void {
    if (error !== undefined) this.#refused.push(error);
    if (--this.#open === 0) this.#told();
  }

  /** In the order in which they came. */
  #settle(outcome: Outcome): void {
    const accepted = this.#accepted.sort((a, b) => a - b);
    this.#accepted = [];
    for (const delivery of accepted) this.#settlements.addNow(delivery, outcome);
  }

  async #sendAll(sends: readonly Buffered[]): Promise<void> {
    const route = this.#route;
    this.#open = sends.length;
    this.#refused = [];
    const answers = new Promise<void>((resolve) => {
      this.#told = resolve;
    });
    for (const { destination, payload } of sends) {
      const link = route?.linkTo(destination);
      if (link === undefined) this.#over(new JMSException('there is no way to the broker'));
      else this.#outbox.add(link, destination, payload, 0);
    }
    await answers;
    checkTaken(this.#refused, sends.length);
  }
}
