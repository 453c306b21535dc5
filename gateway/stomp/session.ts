// What a client does after CONNECTED: its frames become calls of the broker. [STOMP 1.2 Client Frames]
//
// Owns the client's presence in the broker, its subscriptions and its receipts. Does not know how
// the connection began, and closes it only for DISCONNECT; errors are thrown to the engine.

import { type Broker, type Connection, type DurableWaiter, isTemporary, Outcome } from '#broker';
import type { Wire } from '../engine.ts';
import { Valve } from '../valve.ts';
import { formatDestination } from './destination.ts';
import type { Encodings } from './encodings.ts';
import { malformed, StompError, unexpected } from './errors.ts';
import { type Frame, readDigits } from './frame.ts';
import { Command, commandName, Header } from './names.ts';
import { Receipts } from './receipts.ts';
import { HELD, Sender } from './sender.ts';
import { type Version, writeSpelling } from './spelling.ts';
import { readSubscribe, readSubscriptionName, readsDurable, subscriptionKey } from './subscribe.ts';
import { Subscription, type Surroundings } from './subscription.ts';
import { Temporaries } from './temporaries.ts';
import { type OpenTransaction, Transactions } from './transactions.ts';

const DASH = 0x2d;

export interface SessionOptions {
  readonly wire: Wire;
  readonly broker: Broker;
  readonly connection: Connection;
  readonly version: Version;
  readonly encodings: Encodings;
  /** Something failed that no frame asked for. */
  readonly failed: (error: StompError) => void;
}

export class Session implements DurableWaiter {
  readonly #wire: Wire;
  readonly #broker: Broker;
  readonly #connection: Connection;
  readonly #version: Version;
  readonly #failed: (error: StompError) => void;
  readonly #receipts: Receipts;
  readonly #temporaries: Temporaries;
  readonly #transactions: Transactions;
  readonly #sender: Sender;
  readonly #valve: Valve;
  readonly #surroundings: Surroundings;
  /** By what the client calls them. */
  readonly #subscriptions: Map<string, Subscription> = new Map();
  /** By what we call them in `ack` headers. */
  readonly #byNumber: Map<number, Subscription> = new Map();
  readonly #hungry: Subscription[] = [];
  #numbers = 0;
  /** Position of the last persistent send. */
  #lastPosition = 0;
  #awaiting = false;
  #leaving = false;
  #held = false;
  #open = true;

  constructor({ wire, broker, connection, version, encodings, failed }: SessionOptions) {
    this.#wire = wire;
    this.#broker = broker;
    this.#connection = connection;
    this.#version = version;
    this.#failed = failed;
    this.#receipts = new Receipts(wire.output, version);
    this.#temporaries = new Temporaries(connection);
    this.#transactions = new Transactions(connection);
    this.#valve = new Valve(wire.output);
    this.#sender = new Sender({
      connection,
      version,
      receipts: this.#receipts,
      temporaries: this.#temporaries,
      transactions: this.#transactions,
      clock: {
        nowMs: () => broker.turn.stampMs(),
        shiftMs: () => broker.host.arrivalShiftMs(),
      },
      room: () => this.#goOn(),
    });
    this.#surroundings = {
      connection,
      output: wire.output,
      valve: this.#valve,
      version,
      nodeId: broker.nodeId,
      temporaries: this.#temporaries,
      encodings,
      hungry: this.#hungry,
      gone: (subscription, reason) => this.#gone(subscription, reason),
    };
  }

  /** The receipt of the frame that failed. */
  get failedReceipt(): string | undefined {
    return this.#receipts.noted;
  }

  /** The last frame was not dealt with: its destination is full, and the client is not read. */
  get held(): boolean {
    return this.#held;
  }

  /** The client said goodbye, or was sent away: no more frames. */
  get open(): boolean {
    return this.#open;
  }

  /**
   * Does what a frame asks for.
   *
   * @throws {StompError | BrokerError} for an ERROR frame and the end
   */
  absorb(frame: Frame): void {
    if (frame.command === Command.SEND) {
      const position = this.#sender.send(frame, this.#subscriptions.size === 0);
      if (position === HELD) this.#hold();
      else this.#confirm(position);
      return;
    }
    const receipt = frame.find(Header.receipt);
    if (receipt >= 0) this.#receipts.note(frame, receipt);
    if (frame.command === Command.DISCONNECT) this.#disconnect();
    else this.#confirm(this.#do(frame));
  }

  /** Does what a frame asks for that is no SEND; returns the position at which it is done. */
  #do(frame: Frame): number {
    switch (frame.command) {
      case Command.SUBSCRIBE:
        this.#subscribe(frame);
        return 0;
      case Command.UNSUBSCRIBE:
        this.#unsubscribe(frame);
        return this.#broker.position;
      case Command.ACK:
        this.#acknowledge(frame, Outcome.accepted);
        return this.#broker.position;
      case Command.NACK:
        this.#acknowledge(frame, this.#outcomeOfNack(frame));
        return this.#broker.position;
      case Command.BEGIN:
        this.#transactions.begin(this.#transactionOf(frame));
        return 0;
      case Command.COMMIT:
        return this.#transactions.commit(this.#transactionOf(frame));
      case Command.ABORT:
        this.#transactions.abort(this.#transactionOf(frame));
        return this.#broker.position;
      default:
        throw unexpected(`expected CONNECT or STOMP only once, as the first frame`);
    }
  }

  /** The last frame was answered with an ERROR, and the client may go on. */
  forgive(): void {
    this.#receipts.forget();
  }

  /** The peer has read all that was written. */
  writable(): void {
    this.#valve.open();
    if (this.#hungry.length === 0) return;
    for (const subscription of this.#hungry) subscription.refill();
    this.#hungry.length = 0;
  }

  durable(position: number): void {
    this.#awaiting = false;
    this.#receipts.release(position);
    this.#awaitOrLeave();
  }

  /** Gives up all that the client has in the broker. */
  close(lost: boolean): void {
    this.#open = false;
    this.#connection.close(lost);
  }

  #confirm(position: number): void {
    if (position !== 0) this.#lastPosition = position;
    this.#receipts.confirm(position, this.#broker.durable);
    this.#awaitOrLeave();
  }

  #awaitOrLeave(): void {
    if (this.#receipts.waiting || (this.#leaving && this.#lastPosition > this.#broker.durable)) {
      if (this.#awaiting) return;
      this.#awaiting = true;
      this.#broker.turn.awaitDurable(this);
    } else if (this.#leaving) {
      this.#leaving = false;
      this.#wire.end();
    }
  }

  /** The receipt of DISCONNECT says that everything before is done. [STOMP 1.2 DISCONNECT] */
  #disconnect(): void {
    this.close(false);
    this.#leaving = true;
    this.#confirm(this.#lastPosition);
  }

  /** The destination is full: nothing more is read until it has room. */
  #hold(): void {
    this.#receipts.forget();
    this.#held = true;
    this.#wire.pause();
  }

  #goOn(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#wire.resume();
  }

  /**
   * The receipt leaves before the first message, for those come when the turn ends. That of a temporary
   * destination says how others know it.
   */
  #subscribe(frame: Frame): void {
    const asked = readSubscribe(frame, this.#version, this.#temporaries.make);
    if (this.#subscriptions.has(asked.key)) {
      throw unexpected(`there is a subscription '${asked.id ?? asked.address.name}' already`);
    }
    const number = ++this.#numbers;
    const subscription = new Subscription(this.#surroundings, asked, number);
    this.#subscriptions.set(asked.key, subscription);
    this.#byNumber.set(number, subscription);
    if (isTemporary(asked.address)) {
      const name = formatDestination(asked.address);
      this.#receipts.annotate(`destination:${writeSpelling(name, this.#version)}`);
    }
  }

  /** Ends a subscription; with the name of a durable one, that too, be there a consumer or not. */
  #unsubscribe(frame: Frame): void {
    const id = frame.text(Header.id, this.#version);
    const destination = frame.text(Header.destination, this.#version);
    const name = readSubscriptionName(frame, this.#version);
    const subscription = this.#subscriptions.get(subscriptionKey(id, destination));
    if (subscription === undefined && name === undefined) {
      if (id === undefined && (this.#version !== '1.0' || destination === undefined)) {
        throw unexpected("expected header 'id' on UNSUBSCRIBE, got none");
      }
      throw unexpected(`there is no subscription '${id ?? destination}'`);
    }
    if (subscription !== undefined) this.#end(subscription);
    const named = subscription?.asked.consumer.subscription;
    if (name !== undefined) this.#connection.unsubscribe(name);
    else if (named?.global === true && named.durable && readsDurable(frame, this.#version)) {
      this.#connection.unsubscribe(named.name, true);
    }
  }

  #end(subscription: Subscription): void {
    this.#transactions.conclude(subscription);
    this.#subscriptions.delete(subscription.asked.key);
    this.#byNumber.delete(subscription.number);
    subscription.close();
  }

  /** The broker must not be called back while it works; the turn calls when it may be. */
  #gone(subscription: Subscription, reason: string): void {
    this.#broker.turn.afterDispatch(() => {
      if (!this.#open || !this.#byNumber.has(subscription.number)) return;
      this.#end(subscription);
      const { id } = subscription.asked;
      const headers = id === undefined ? [] : ([['subscription', id]] as const);
      this.#failed(new StompError('subscription ended', reason, headers));
    });
  }

  #transactionOf(frame: Frame): string {
    const name = frame.text(Header.transaction, this.#version);
    if (name !== undefined) return name;
    throw unexpected(`expected header 'transaction' on ${commandName(frame.command)}, got none`);
  }

  #outcomeOfNack(frame: Frame): Outcome {
    if (this.#version === '1.0') throw unexpected('NACK does not exist in STOMP 1.0');
    const said = frame.text(Header.outcome, this.#version);
    if (said !== undefined) return readOutcome(said);
    const requeue = frame.text(Header.requeue, this.#version);
    if (requeue === 'true') return Outcome.failed;
    if (requeue === undefined || requeue === 'false') return Outcome.rejected;
    throw malformed(`expected requeue as true or false, got '${requeue}'`);
  }

  #acknowledge(frame: Frame, outcome: Outcome): void {
    const name = frame.text(Header.transaction, this.#version);
    const transaction = name === undefined ? undefined : this.#transactions.get(name);
    const settled =
      this.#version === '1.2'
        ? this.#settle(frame, outcome, transaction)
        : this.#settleMessage(frame, outcome, transaction);
    if (settled) return;
    const header = this.#version === '1.2' ? Header.id : Header['message-id'];
    throw unexpected(
      `${commandName(frame.command)} of '${frame.text(header, this.#version)}', ` +
        'which is not out with this connection or was acknowledged before',
    );
  }

  /** 1.2: the header `id` has what `ack` said, `<subscription>-<entry>`. Hot: no string. */
  #settle(frame: Frame, outcome: Outcome, transaction?: OpenTransaction): boolean {
    const index = frame.find(Header.id);
    if (index < 0) throw unexpected(`expected header 'id' on ${commandName(frame.command)}`);
    const { buffer } = frame;
    const start = frame.colonAt(index) + 1;
    const end = frame.endAt(index);
    let dash = start;
    while (dash < end && buffer[dash] !== DASH) dash++;
    const subscription = this.#byNumber.get(readDigits(buffer, start, dash));
    const entry = readDigits(buffer, dash + 1, end);
    return (
      subscription !== undefined && entry >= 0 && subscription.settle(entry, outcome, transaction)
    );
  }

  /** 1.0 and 1.1: `message-id`, and `subscription`, which 1.0 does not have to say. */
  #settleMessage(frame: Frame, outcome: Outcome, transaction?: OpenTransaction): boolean {
    const messageId = frame.text(Header['message-id'], this.#version);
    const id = frame.text(Header.subscription, this.#version);
    if (messageId === undefined) {
      throw unexpected(`expected header 'message-id' on ${commandName(frame.command)}`);
    }
    if (id !== undefined) {
      const subscription = this.#subscriptions.get(subscriptionKey(id, undefined));
      return subscription?.settleMessage(messageId, outcome, transaction) ?? false;
    }
    if (this.#version !== '1.0') {
      throw unexpected(`expected header 'subscription' on ${commandName(frame.command)}`);
    }
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.settleMessage(messageId, outcome, transaction)) return true;
    }
    return false;
  }
}

/** Our own word, for clients that know more than "no". */
function readOutcome(text: string): Outcome {
  if (text === 'released' || text === 'failed' || text === 'rejected') return Outcome[text];
  if (text === 'undeliverable') return Outcome.undeliverableHere;
  throw malformed(`expected outcome as released, failed, rejected or undeliverable, got '${text}'`);
}
