// A session of AMQP for each of JMS. What is settled and sent is written when rhea processes the
// connection: settlements before everything else, so that a detach finds them said.

import type {
  ConfirmSink,
  ConnectionEvents,
  ConsumerRequest,
  DeliverySink,
  DestinationData,
  ProducerRequest,
  ProviderConsumer,
  ProviderProducer,
  ProviderSession,
} from '#jms-api';
import { AmqpConsumer } from './amqp-consumer.ts';
import { AmqpProducer } from './amqp-producer.ts';
import { aboutDestination, aboutSelector, exceptionOf } from './errors.ts';
import type { Frames } from './frames.ts';
import { Incoming } from './incoming.ts';
import { LinkCredit } from './link-credit.ts';
import { Outbox } from './outbox.ts';
import type { Peer } from './peers.ts';
import type { Session } from './rhea.ts';
import { LinkPerDestination, oneLink, type Route } from './routes.ts';
import { SenderLink, type SendOwner } from './sender-link.ts';
import { Settlements } from './settlements.ts';
import type { SubscriptionNames } from './subscription-names.ts';
import { aimAtCoordinator, sourceOf, targetOf } from './terminus.ts';
import { Transaction } from './transaction.ts';

let links = 0;

/** What sessions have of their connection. */
export interface SessionHost {
  readonly peer: Peer;
  readonly frames: Frames;
  readonly events: ConnectionEvents;
  readonly names: SubscriptionNames;
  readonly clientId: string | undefined;
  /** @throws {InvalidDestinationException} if it was temporary, of this connection, and is deleted */
  checkThere(destination: DestinationData): void;
  /** A round trip to the peer, for one that answers no echo. */
  ping(): Promise<void>;
  /** The peer ended a session, which nobody had asked for. */
  lost(error: Error): void;
}

export class AmqpSession implements ProviderSession {
  readonly #rhea: Session;
  readonly #host: SessionHost;
  readonly #settlements: Settlements;
  readonly #outbox: Outbox;
  readonly #consumers: Set<AmqpConsumer> = new Set();
  readonly #transaction: Transaction | undefined;
  #closing = false;

  constructor(rhea: Session, host: SessionHost, transacted: boolean) {
    this.#rhea = rhea;
    this.#host = host;
    this.#settlements = new Settlements(rhea, host.frames, host.peer.modifies);
    this.#outbox = new Outbox(rhea, host.frames);
    if (transacted) {
      this.#transaction = new Transaction(this.#outbox, this.#settlements);
      if (host.peer.rollsBackBehind) this.#settlements.hold();
    }
    new Incoming(rhea);
    this.#takeTurns();
    rhea.on('session_error', () => {});
    rhea.on('session_close', () => {
      if (!this.#closing) host.lost(exceptionOf(rhea.error, 'the broker ended the session'));
    });
  }

  async begin(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#rhea.once('session_open', () => resolve());
      this.#rhea.open();
    });
    if (this.#transaction === undefined) return;
    const coordinator = this.#senderTo({}, this.#transaction, 'coordinator');
    aimAtCoordinator(coordinator.sender);
    await this.#transaction.begin(coordinator);
  }

  async openProducer(
    destination: DestinationData | undefined,
    sink: ConfirmSink,
    request: ProducerRequest = {},
  ): Promise<ProviderProducer> {
    const producer = new AmqpProducer(this.#outbox, this.#host, sink);
    producer.begin(await this.#routeOf(destination, producer, request.presettled === true));
    return producer;
  }

  async openConsumer(
    destination: DestinationData,
    sink: DeliverySink,
    request: ConsumerRequest,
  ): Promise<ProviderConsumer> {
    const { peer, names, clientId, events } = this.#host;
    const { subscription } = request;
    const global = clientId === undefined;
    if (subscription !== undefined) await names.quiet(subscription.name);
    const name =
      subscription === undefined
        ? `angelia:receiver:${++links}:${destination.name}`
        : names.take(subscription, global, contentOf(destination, request));
    const receiver = this.#rhea.open_receiver({
      name,
      source: sourceOf(destination, request, peer.dialect, global),
      target: {},
      snd_settle_mode: request.browse === true || request.presettled === true ? 1 : 0,
      rcv_settle_mode: 0,
      credit_window: 0,
      autoaccept: false,
    });
    const consumer = new AmqpConsumer(receiver, {
      credit: new LinkCredit(this.#rhea, receiver, peer.drains),
      settlements: this.#settlements,
      dialect: peer.dialect,
      sink,
      events,
      durable: subscription?.durable === true,
      accepting: (one) => this.#transaction?.takes(one),
      kept: (one) => this.#transaction?.endFor(one),
      leaving: (detached) => {
        this.#settlements.letGo();
        names.leave(name, detached);
      },
      ended: () => {
        this.#consumers.delete(consumer);
        names.free(name);
      },
    });
    try {
      await consumer.attach();
    } catch (error) {
      const { selector } = request;
      const why = selector === undefined ? error : aboutSelector(error as Error);
      throw aboutDestination(why, destination.name);
    }
    this.#consumers.add(consumer);
    return consumer;
  }

  /** The peer reads frames in order: an answer on any link says that it has read the settlements. */
  async synchronise(): Promise<void> {
    this.#settlements.write();
    if (!this.#host.peer.echoes) {
      await this.#host.ping();
      return;
    }
    const [consumer] = this.#consumers;
    await consumer?.echo();
  }

  async commit(): Promise<void> {
    this.#settlements.letGo();
    await this.#outbox.idle();
    await this.#transaction?.end(false);
  }

  async rollback(): Promise<void> {
    this.#outbox.refuseWaiting('the transaction was rolled back');
    await this.#outbox.idle();
    await this.#transaction?.end(true);
    this.#settlements.letGo();
  }

  /** The end of a session rolls back, but brokers do that some time after they have answered it. */
  async close(): Promise<void> {
    const used = this.#outbox.transacted || this.#transaction?.kept === true;
    if (used) await this.rollback().catch(() => {});
    this.#closing = true;
    await new Promise<void>((resolve) => {
      this.#rhea.once('session_close', () => resolve());
      this.#rhea.close();
    });
  }

  async #routeOf(
    destination: DestinationData | undefined,
    producer: AmqpProducer,
    presettled: boolean,
  ): Promise<Route> {
    const { relay, dialect } = this.#host.peer;
    if (destination !== undefined) this.#host.checkThere(destination);
    if (destination === undefined && !relay) {
      return new LinkPerDestination((to) => {
        const link = this.#senderTo(targetOf(to, dialect), producer, to.name, presettled);
        link.attachLater();
        return link;
      });
    }
    const target = targetOf(destination, dialect);
    const link = this.#senderTo(target, producer, destination?.name ?? '', presettled);
    await link.attach();
    return oneLink(link);
  }

  #senderTo(target: object, owner: SendOwner, name: string, presettled = false): SenderLink {
    const sender = this.#rhea.open_sender({
      name: `angelia:sender:${++links}:${name}`,
      target,
      source: {},
      snd_settle_mode: presettled ? 1 : 0,
      rcv_settle_mode: 0,
    });
    return new SenderLink(sender, this.#outbox, owner, presettled);
  }

  #takeTurns(): void {
    const rhea = this.#rhea;
    const turn = rhea._process;
    rhea._process = () => {
      this.#settlements.write();
      turn.call(rhea);
      this.#outbox.pump();
    };
  }
}

/** What consumers that share a subscription have to agree in. */
function contentOf({ name }: DestinationData, { selector = '', noLocal }: ConsumerRequest): string {
  return JSON.stringify([name, selector, noLocal === true]);
}
