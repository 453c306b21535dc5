// The credit of a receiving link: granted, asked back by a drain, and what flows of the peer say of
// it. [AMQP 2.6.7-2.6.10]
//
// RabbitMQ 3 falls over a drain. It answers each flow, and says how many messages are ready: those
// that the credit covers are waited for, and the credit is taken back. A credit must not be said
// twice: it may count twice, if a delivery is on its way meanwhile.
//
//     drain:     flow(drain) ──► deliveries … ──► flow with a delivery-count at the end of our credit
//     withdraw:  flow ──► flow(available) ──► deliveries … ──► flow(credit 0) ──► flow

import { type Frame, type Receiver, type Session, type Typed, types } from './rhea.ts';

const FLOW = 0x13;
/** What was ready may have gone to others: after this, no more is waited for. */
const TAKEN_MS = 200;

/** What is known of a peer's flows. */
export interface Manners {
  /** It knows drain. */
  readonly drains: boolean;
  readonly echoes: 'none' | 'session' | 'link';
}

export class LinkCredit {
  readonly #session: Session;
  readonly #receiver: Receiver;
  readonly #drains: boolean;
  /** Of several flows that wait at the peer the last counts, and only that is answered. */
  readonly #forgetful: boolean;
  /** The last echo that was asked for; undefined: it has come. */
  #asked: Promise<void> | undefined;
  /** Credit that waits for it. */
  #later = 0;
  #waiting: (() => void)[] = [];
  #echoes: ((flow: Frame['performative']) => void)[] = [];
  #withdrawing = false;
  /** The answer to the last grant. */
  #granted: Promise<Frame['performative']> | undefined;
  /** Called with the next delivery. */
  #onDelivery: (() => void) | undefined;

  constructor(session: Session, receiver: Receiver, { drains, echoes }: Manners) {
    this.#session = session;
    this.#receiver = receiver;
    this.#drains = drains;
    this.#forgetful = echoes === 'link';
    receiver.on_flow = (frame) => this.#flowed(frame);
  }

  grant(count: number): void {
    if (this.#asked !== undefined) {
      this.#later += count;
      return;
    }
    if (this.#forgetful) {
      // rhea would say it later, perhaps behind an echo that is asked for meanwhile.
      this.#receiver.credit += count;
      this.#session.output(this.#flowOf(this.#receiver.credit, false, false));
      return;
    }
    if (this.#drains) {
      this.#receiver.flow(count);
      return;
    }
    // Each flow is answered, so each is counted: an answer belongs to the oldest.
    this.#receiver.credit += count;
    this.#granted = this.#ask(this.#receiver.credit);
  }

  /** Resolves when what is available has come, and the credit is 0. */
  async drain(): Promise<void> {
    while (this.#asked !== undefined) await this.#asked;
    if (this.#receiver.credit === 0) return;
    await this.#drain();
  }

  #drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#forgetful) {
        this.#session.output(this.#flowOf(this.#receiver.credit, true, false));
      } else if (this.#drains) this.#receiver.drain_credit();
      else if (!this.#withdrawing) void this.#withdraw();
    });
  }

  /** What is given back now comes again to this link, at once. */
  get returnsAtOnce(): boolean {
    return (this.#forgetful || !this.#drains) && this.#receiver.credit > 0;
  }

  /** Takes the credit back, whatever is available. */
  async revoke(): Promise<void> {
    while (this.#asked !== undefined) await this.#asked;
    await this.#ask(0);
    this.#receiver.credit = 0;
  }

  /** Resolves when the peer has read all that was written before. */
  async echo(): Promise<void> {
    while (this.#asked !== undefined) await this.#asked;
    const answer = this.#ask(this.#receiver.credit);
    if (!this.#forgetful) {
      await answer;
      return;
    }
    this.#asked = answer.then(() => {
      this.#asked = undefined;
      const count = this.#later;
      this.#later = 0;
      if (count > 0) this.grant(count);
    });
    await this.#asked;
  }

  /** One delivery has used its credit. A peer without credit has nothing to drain, nor to say. */
  used(): void {
    if (this.#receiver.credit === 0 && this.#drains) this.#drained();
    this.#onDelivery?.();
  }

  /** Nothing is waited for that can no more come. */
  release(): void {
    this.#drained();
    this.#onDelivery?.();
    const echoes = this.#echoes;
    this.#echoes = [];
    for (const resolve of echoes) resolve({});
  }

  /**
   * A drain is over when the peer's delivery-count is where our credit ends; other flows are echoes.
   * rhea believes any flow that has the word drain, and would drain for ever.
   */
  #flowed({ performative: flow }: Frame): void {
    const receiver = this.#receiver;
    const { delivery_count: count } = flow;
    const end = (receiver.delivery_count + receiver.credit) >>> 0;
    if (this.#drains && this.#waiting.length > 0 && count !== undefined && count >>> 0 === end) {
      receiver.credit = 0;
      receiver.delivery_count = count;
      this.#drained();
      return;
    }
    this.#echoes.shift()?.(flow);
  }

  #drained(): void {
    this.#receiver.drain = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  async #withdraw(): Promise<void> {
    this.#withdrawing = true;
    const receiver = this.#receiver;
    const answer = (await this.#granted) ?? {};
    const { delivery_count: from = 0, available = 0, link_credit: credit = 0 } = answer;
    const end = from + Math.min(available, credit);
    const late = Date.now() + TAKEN_MS;
    while (receiver.delivery_count < end && Date.now() < late) await this.#nextDelivery();
    await this.#ask(0);
    receiver.credit = 0;
    this.#withdrawing = false;
    this.#drained();
  }

  #nextDelivery(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, TAKEN_MS);
      this.#onDelivery = () => {
        clearTimeout(timer);
        this.#onDelivery = undefined;
        resolve();
      };
    });
  }

  /** Says a credit, and asks for an answer. [AMQP 2.7.4] */
  #ask(credit: number): Promise<Frame['performative']> {
    return new Promise((resolve) => {
      this.#echoes.push(resolve);
      this.#session.output(this.#flowOf(credit, false, true));
    });
  }

  #flowOf(credit: number, drain: boolean, echo: boolean): Typed {
    const { incoming, outgoing } = this.#session;
    incoming.max_transfer_id = incoming.next_transfer_id + incoming.window;
    const fields = [
      incoming.next_transfer_id,
      incoming.window,
      outgoing.next_transfer_id,
      outgoing.window,
      this.#receiver.local.handle,
      this.#receiver.delivery_count,
      credit,
    ].map((number) => types.wrap_uint(number >>> 0));
    const flags = [drain, echo].map((on) => (on ? types.True() : types.False()));
    const list = types.List32([...fields, types.Null(), ...flags]);
    return types.described_nc(types.wrap_ulong(FLOW), list);
  }
}
