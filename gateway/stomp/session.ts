// What a client does after CONNECTED: its frames become calls of the broker. [STOMP 1.2 Client Frames]
//
// Owns the client's presence in the broker, its subscriptions and its receipts. Does not know how
// the connection began, and closes it only for DISCONNECT; errors are thrown to the engine.

import { type Broker, type Connection, type DurableWaiter, Outcome } from '#broker';
import type { Wire } from '../engine.ts';
import { Valve } from '../valve.ts';
import { malformed, unexpected, unsupported } from './errors.ts';
import { type Frame, readDigits } from './frame.ts';
import { Command, commandName, Header } from './names.ts';
import { Receipts } from './receipts.ts';
import { Sender } from './sender.ts';
import type { Version } from './spelling.ts';
import { readSubscribe, refuseDurable, subscriptionKey } from './subscribe.ts';
import { Subscription } from './subscription.ts';

const DASH = 0x2d;

export class Session implements DurableWaiter {
  readonly #wire: Wire;
  readonly #broker: Broker;
  readonly #connection: Connection;
  readonly #version: Version;
  readonly #receipts: Receipts;
  readonly #sender: Sender;
  readonly #valve: Valve;
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
  #open = true;

  constructor(wire: Wire, broker: Broker, connection: Connection, version: Version) {
    this.#wire = wire;
    this.#broker = broker;
    this.#connection = connection;
    this.#version = version;
    this.#receipts = new Receipts(wire.output, version);
    this.#sender = new Sender(broker.host, connection, version, this.#receipts);
    this.#valve = new Valve(wire.output);
  }

  /** The receipt of the frame that failed. */
  get failedReceipt(): string | undefined {
    return this.#receipts.noted;
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
      const position = this.#sender.send(frame);
      if (position !== 0) this.#lastPosition = position;
      this.#confirm(position);
      return;
    }
    const receipt = frame.find(Header.receipt);
    if (receipt >= 0) this.#receipts.note(frame, receipt);
    switch (frame.command) {
      case Command.SUBSCRIBE:
        this.#subscribe(frame);
        break;
      case Command.UNSUBSCRIBE:
        this.#unsubscribe(frame);
        break;
      case Command.ACK:
        this.#acknowledge(frame, Outcome.accepted);
        break;
      case Command.NACK:
        this.#acknowledge(frame, this.#outcomeOfNack(frame));
        break;
      case Command.DISCONNECT:
        this.#disconnect();
        return;
      case Command.BEGIN:
      case Command.COMMIT:
      case Command.ABORT:
        throw unsupported(`${commandName(frame.command)} (transactions)`);
      default:
        throw unexpected(`expected CONNECT or STOMP only once, as the first frame`);
    }
    this.#confirm(0);
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

  /** The receipt leaves before the first message, for those come when the turn ends. */
  #subscribe(frame: Frame): void {
    const asked = readSubscribe(frame, this.#version);
    if (this.#subscriptions.has(asked.key)) {
      throw unexpected(`subscription '${asked.id ?? asked.destination}' exists already`);
    }
    const number = ++this.#numbers;
    const subscription = new Subscription(
      this.#connection,
      this.#wire.output,
      this.#valve,
      this.#hungry,
      { ...asked, number, version: this.#version, nodeId: this.#broker.nodeId },
    );
    this.#subscriptions.set(asked.key, subscription);
    this.#byNumber.set(number, subscription);
  }

  #unsubscribe(frame: Frame): void {
    refuseDurable(frame, this.#version);
    const id = frame.text(Header.id, this.#version);
    const destination = frame.text(Header.destination, this.#version);
    if (id === undefined && (this.#version !== '1.0' || destination === undefined)) {
      throw unexpected("expected header 'id' on UNSUBSCRIBE, got none");
    }
    const key = subscriptionKey(id, destination);
    const subscription = this.#subscriptions.get(key);
    if (subscription === undefined) {
      throw unexpected(`there is no subscription '${id ?? destination}'`);
    }
    this.#subscriptions.delete(key);
    this.#byNumber.delete(subscription.number);
    subscription.close(this.#connection);
  }

  #outcomeOfNack(frame: Frame): Outcome {
    if (this.#version === '1.0') throw unexpected('NACK does not exist in STOMP 1.0');
    const requeue = frame.text(Header.requeue, this.#version);
    if (requeue === 'true') return Outcome.failed;
    if (requeue === undefined || requeue === 'false') return Outcome.rejected;
    throw malformed(`expected requeue as true or false, got '${requeue}'`);
  }

  #acknowledge(frame: Frame, outcome: Outcome): void {
    if (frame.find(Header.transaction) >= 0) {
      throw unsupported(`header 'transaction' on ${commandName(frame.command)}`);
    }
    const settled =
      this.#version === '1.2' ? this.#settle(frame, outcome) : this.#settleMessage(frame, outcome);
    if (settled) return;
    const name = this.#version === '1.2' ? Header.id : Header['message-id'];
    throw unexpected(
      `${commandName(frame.command)} of '${frame.text(name, this.#version)}', ` +
        'which is not out with this connection or was acknowledged before',
    );
  }

  /** 1.2: the header `id` has what `ack` said, `<subscription>-<entry>`. Hot: no string. */
  #settle(frame: Frame, outcome: Outcome): boolean {
    const index = frame.find(Header.id);
    if (index < 0) throw unexpected(`expected header 'id' on ${commandName(frame.command)}`);
    const { buffer } = frame;
    const start = frame.colonAt(index) + 1;
    const end = frame.endAt(index);
    let dash = start;
    while (dash < end && buffer[dash] !== DASH) dash++;
    const subscription = this.#byNumber.get(readDigits(buffer, start, dash));
    const entry = readDigits(buffer, dash + 1, end);
    return subscription !== undefined && entry >= 0 && subscription.settle(entry, outcome);
  }

  /** 1.0 and 1.1: `message-id`, and `subscription`, which 1.0 does not have to say. */
  #settleMessage(frame: Frame, outcome: Outcome): boolean {
    const messageId = frame.text(Header['message-id'], this.#version);
    const id = frame.text(Header.subscription, this.#version);
    if (messageId === undefined) {
      throw unexpected(`expected header 'message-id' on ${commandName(frame.command)}`);
    }
    if (id !== undefined) {
      const subscription = this.#subscriptions.get(subscriptionKey(id, undefined));
      return subscription?.settleMessage(messageId, outcome) ?? false;
    }
    if (this.#version !== '1.0') {
      throw unexpected(`expected header 'subscription' on ${commandName(frame.command)}`);
    }
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.settleMessage(messageId, outcome)) return true;
    }
    return false;
  }
}
