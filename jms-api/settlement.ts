// What becomes of the messages that a session hands out, by its acknowledge mode. [JMS 6.2.10, 8.7]
//
//     AUTO         settled when receive returns, or when the listener does
//     DUPS_OK      the same, in batches
//     CLIENT       remembered; acknowledge() of any of them settles all
//     INDIVIDUAL   remembered; acknowledge() settles that one
//     transacted   settled when handed out, as part of the transaction

import type { ConnectionOptions } from './connection-options.ts';
import type { Envelope } from './envelope.ts';
import { JMSException } from './errors.ts';
import type { Acknowledger } from './jms-message.ts';
import { Outcome } from './provider.ts';
import { type AcknowledgeMode, Session } from './session.ts';

/** A listener that fails gets the message again so many times, if no policy says. [JMS 8.7] */
const LISTENER_REDELIVERIES = 6;
/** DUPS_OK settles so many at once, or what there is when the event loop comes round. */
const LAZY_MAX = 64;

/** What it needs of its session. */
export interface SettlingSession extends Acknowledger {
  readonly mode: AcknowledgeMode;
  readonly options: ConnectionOptions;
  /** @throws {IllegalStateException} if the session is closed */
  check(): void;
  /** Resolves when the broker has recorded what was settled. */
  synchronise(): Promise<void>;
  /** The transaction has something to commit. */
  working(): void;
  onProblem(error: Error): void;
}

/** @internal */
export class Settlement {
  readonly #session: SettlingSession;
  /** Messages wait for `acknowledge()`. */
  readonly #keeps: boolean;
  readonly #individual: boolean;
  readonly #transacted: boolean;
  readonly #lazy: boolean;
  /** Handed out and not acknowledged, in order. */
  readonly #unacknowledged: Set<Envelope> = new Set();
  #accepted: Envelope[] = [];
  /** `recover()` was called while the current message's listener ran. */
  #recovered = false;
  /** What the provider would not settle, while somebody acknowledges. */
  #refused: Error[] | undefined;

  constructor(session: SettlingSession) {
    this.#session = session;
    const { mode } = session;
    this.#individual = mode === Session.INDIVIDUAL_ACKNOWLEDGE;
    this.#keeps = this.#individual || mode === Session.CLIENT_ACKNOWLEDGE;
    this.#transacted = mode === Session.SESSION_TRANSACTED;
    this.#lazy = mode === Session.DUPS_OK_ACKNOWLEDGE;
  }

  /** Where `acknowledge()` of the message goes. */
  acknowledgerOf(envelope: Envelope): Acknowledger {
    if (!this.#individual) return this.#session;
    return { acknowledge: () => this.#acknowledgeOne(envelope) };
  }

  /** A receive returns the message. */
  handedOut(envelope: Envelope): void {
    if (this.#keeps) this.#unacknowledged.add(envelope);
    else this.#accept(envelope);
  }

  /** A receive cannot return what was asked for of the message. [JMS 8.6] */
  unreadable(envelope: Envelope): void {
    if (this.#keeps || this.#transacted) this.handedOut(envelope);
    else envelope.consumer.putBack(envelope);
  }

  listenerCalled(envelope: Envelope): void {
    if (this.#keeps) this.#unacknowledged.add(envelope);
    else if (this.#transacted) this.#accept(envelope);
  }

  listenerReturned(envelope: Envelope): void {
    if (this.#keeps || this.#transacted) return;
    if (this.#recovered) {
      this.#recovered = false;
      envelope.consumer.redeliver(envelope);
    } else this.#accept(envelope);
  }

  /** Again at once, unless the client or a transaction acknowledges. [JMS 8.7] */
  listenerFailed(envelope: Envelope, cause: unknown): void {
    this.#recovered = false;
    const { maxRedeliveries: policy, exhausted } = this.#session.options;
    const stays = this.#keeps || this.#transacted;
    const most = policy < 0 ? LISTENER_REDELIVERIES : policy;
    if (!stays && envelope.attempt <= most) {
      envelope.consumer.redeliver(envelope);
      return;
    }
    if (!stays) envelope.consumer.settle(envelope, policy < 0 ? Outcome.rejected : exhausted);
    const fate = this.#transacted
      ? 'it is part of the transaction'
      : stays
        ? 'it stays unacknowledged'
        : `given up after ${envelope.attempt} attempts`;
    const id = envelope.data.messageId ?? 'without id';
    this.#session.onProblem(
      new JMSException(`a listener failed with message ${id}; ${fate}`, null, { cause }),
    );
  }

  /** Of CLIENT: settles all, and waits for the broker. [JMS 6.2.10] */
  async acknowledgeAll(): Promise<void> {
    await this.#acknowledge(() => this.settleAll(Outcome.accepted));
  }

  /** The provider would not take a settlement: that is for who acknowledges, or for the listener. */
  failed({ data }: Envelope, cause: unknown): void {
    const text = `message ${data.messageId ?? 'without id'} could not be settled; it may come again`;
    const error = new JMSException(text, null, { cause });
    if (this.#refused === undefined) this.#session.onProblem(error);
    else this.#refused.push(error);
  }

  /** Settles all that is not acknowledged. */
  settleAll(outcome: Outcome): void {
    this.flush();
    const all = [...this.#unacknowledged];
    this.#unacknowledged.clear();
    for (const envelope of all) envelope.consumer.settle(envelope, outcome);
  }

  /** Delivers again what is not acknowledged, from the first of it. [JMS 6.2.10] */
  recover(inListener: boolean): void {
    this.flush();
    if (!this.#keeps && inListener) this.#recovered = true;
    const again = [...this.#unacknowledged];
    this.#unacknowledged.clear();
    for (const envelope of again.reverse()) envelope.consumer.redeliver(envelope);
  }

  /** Settles what DUPS_OK has put off. */
  flush(): void {
    const all = this.#accepted;
    if (all.length === 0) return;
    this.#accepted = [];
    for (const envelope of all) envelope.consumer.settle(envelope, Outcome.accepted);
  }

  /** The connection was interrupted: whatever was handed out comes again. */
  forget(): void {
    this.#unacknowledged.clear();
    this.#accepted = [];
    this.#recovered = false;
  }

  async #acknowledge(settle: () => void): Promise<void> {
    const refused: Error[] = [];
    this.#refused = refused;
    settle();
    this.#refused = undefined;
    if (refused[0] !== undefined) throw refused[0];
    await this.#session.synchronise();
  }

  #accept(envelope: Envelope): void {
    if (this.#transacted) this.#session.working();
    if (!this.#lazy) {
      envelope.consumer.settle(envelope, Outcome.accepted);
      return;
    }
    this.#accepted.push(envelope);
    if (this.#accepted.length >= LAZY_MAX) this.flush();
    else if (this.#accepted.length === 1) setImmediate(() => this.flush());
  }

  async #acknowledgeOne(envelope: Envelope): Promise<void> {
    this.#session.check();
    if (!this.#unacknowledged.delete(envelope)) return;
    await this.#acknowledge(() => envelope.consumer.settle(envelope, Outcome.accepted));
  }
}
