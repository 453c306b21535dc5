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
import { AmqpProducer, BufferedProducer } from './amqp-producer.ts';
import { BufferedTransaction } from './buffered-transaction.ts';
import { aboutDestination, aboutSelector, exceptionOf } from './errors.ts';
import type { Frames } from './frames.ts';
import { Incoming } from './incoming.ts';
import { checkRoom } from './link.ts';
import { LinkCredit } from './link-credit.ts';
import type { Nodes } from './nodes.ts';
import { Outbox } from './outbox.ts';
import type { Peer } from './peers.ts';
import type { Sender, Session } from './rhea.ts';
import { LinkPerDestination, oneLink, type Route, SortedRoute } from './routes.ts';
import { SenderLink, type SendOwner } from './sender-link.ts';
import { Settlements } from './settlements.ts';
import { aimAtCoordinator, targetOf } from './terminus.ts';
import { Transaction } from './transaction.ts';

let links = 0;

/** What sessions have of their connection. */
export interface SessionHost {
  readonly peer: Peer;
  readonly frames: Frames;
  readonly events: ConnectionEvents;
  readonly nodes: Nodes;
  /** A round trip to the peer, for one that answers no echo. */
  ping(): Promise<void>;
  /** A session is closed. */
  ended(session: AmqpSession): void;
  /** The peer ended a session, which nobody had asked for. */
  lost(error: Error): void;
}

export class AmqpSession implements ProviderSession {
  readonly #rhea: Session;
  readonly #host: SessionHost;
  readonly #settlements: Settlements;
  readonly #outbox: Outbox;
  readonly #consumers: Set<AmqpConsumer> = new Set();
  /** One of the two in a transacted session. */
  readonly #transaction: Transaction | BufferedTransaction | undefined;
  #closing = false;

  constructor(rhea: Session, host: SessionHost, transacted: boolean) {
    this.#rhea = rhea;
    this.#host = host;
    this.#settlements = new Settlements(rhea, host.frames, host.peer.states);
    this.#outbox = new Outbox(rhea, host.frames);
    if (transacted) {
      this.#transaction = host.peer.buffersTransactions
        ? new BufferedTransaction(this.#outbox, this.#settlements, () => this.synchronise())
        : new Transaction(this.#outbox, this.#settlements);
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
    const transaction = this.#transaction;
    if (transaction instanceof Transaction) {
      await transaction.begin(this.#coordinator(transaction));
    } else transaction?.sendBy(await this.#routeOf(undefined, transaction, false));
  }

  async openProducer(
    destination: DestinationData | undefined,
    sink: ConfirmSink,
    request: ProducerRequest = {},
  ): Promise<ProviderProducer> {
    const { nodes } = this.#host;
    if (destination !== undefined) await nodes.ensure(destination);
    if (this.#transaction instanceof BufferedTransaction) {
      return new BufferedProducer(this.#transaction, this.#host, sink);
    }
    const producer = new AmqpProducer(this.#outbox, this.#host, sink);
    producer.begin(await this.#routeOf(destination, producer, request.presettled === true));
    return producer;
  }

  async openConsumer(
    destination: DestinationData,
    sink: DeliverySink,
    request: ConsumerRequest,
  ): Promise<ProviderConsumer> {
    const { peer, nodes, events } = this.#host;
    checkRoom(this.#rhea);
    const source = await nodes.source(destination, request);
    const receiver = this.#rhea.open_receiver({
      name: source.link,
      source: source.terminus,
      target: {},
      snd_settle_mode: request.browse === true || request.presettled === true ? 1 : 0,
      rcv_settle_mode: 0,
      credit_window: 0,
      autoaccept: false,
    });
    const consumer = new AmqpConsumer(receiver, {
      source,
      credit: new LinkCredit(this.#rhea, receiver, peer),
      drainsFirst: peer.marksUnread && request.browse !== true,
      asksAgain: peer.browsesLate && request.browse === true,
      settlements: this.#settlements,
      sink,
      events,
      takes: (one, delivery) => this.#transaction?.takes(one, delivery) === true,
      kept: (one) => this.#transaction?.endFor(one),
      leaving: () => this.#settlements.letGo(),
      ended: () => this.#consumers.delete(consumer),
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

  /**
   * The peer reads frames in order: an answer on any link says that it has read the settlements. Where a
   * queue answers for its link, it says that this queue has.
   */
  async synchronise(): Promise<void> {
    this.#settlements.write();
    const { echoes } = this.#host.peer;
    const consumers = [...this.#consumers];
    if (echoes === 'none') await this.#host.ping();
    else if (echoes === 'session') await consumers[0]?.echo();
    else await Promise.all(consumers.map((consumer) => consumer.echo()));
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

  /** The connection is about to close: consumers end, and what they had goes back. */
  async letGo(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.letGo()));
  }

  /** The end of a session rolls back, but brokers do that some time after they have answered it. */
  async close(): Promise<void> {
    const used = this.#outbox.transacted || this.#transaction?.kept === true;
    if (used) await this.rollback().catch(() => {});
    this.#closing = true;
    this.#host.ended(this);
    const { endMsMax } = this.#host.peer;
    await new Promise<void>((resolve) => {
      const late = endMsMax === undefined ? undefined : setTimeout(resolve, endMsMax);
      this.#rhea.once('session_close', () => {
        clearTimeout(late);
        resolve();
      });
      this.#rhea.close();
    });
  }

  /** @param destination - undefined: each message says where it goes to */
  async #routeOf(
    destination: DestinationData | undefined,
    owner: SendOwner,
    presettled: boolean,
  ): Promise<Route> {
    const { peer, nodes } = this.#host;
    const open = (to: DestinationData): SenderLink => {
      const link = this.#senderTo(to, owner, presettled);
      link.attachLater(nodes.ensure(to));
      return link;
    };
    if (destination === undefined && peer.managed) {
      const relay = (first: DestinationData): SenderLink => {
        const link = this.#senderTo(undefined, owner, presettled, first.kind === 'topic');
        link.attachLater(nodes.ensure(first));
        return link;
      };
      return new SortedRoute(relay, open, (to) => nodes.checkThere(to));
    }
    if (destination === undefined && !peer.relay) return new LinkPerDestination(open);
    const link = this.#senderTo(destination, owner, presettled);
    await link.attach();
    return oneLink(link);
  }

  /** @param unheard - nobody need be there to take what it sends */
  #senderTo(
    destination: DestinationData | undefined,
    owner: SendOwner,
    presettled: boolean,
    unheard: boolean = destination?.kind === 'topic' || destination?.kind === 'temporary-topic',
  ): SenderLink {
    const { dialect, managed } = this.#host.peer;
    const target = targetOf(destination, dialect);
    const open = (): Sender => this.#openSender(destination?.name ?? '', target, presettled);
    const unroutable = managed ? (unheard ? 'fine' : 'missing') : undefined;
    return new SenderLink(open, this.#outbox, owner, { presettled, unroutable });
  }

  #coordinator(transaction: Transaction): SenderLink {
    const open = (): Sender => {
      const sender = this.#openSender('coordinator', {}, false);
      aimAtCoordinator(sender);
      return sender;
    };
    return new SenderLink(open, this.#outbox, transaction, { presettled: false });
  }

  #openSender(name: string, target: object, presettled: boolean): Sender {
    checkRoom(this.#rhea);
    return this.#rhea.open_sender({
      name: `angelia:sender:${++links}:${name}`,
      target,
      source: {},
      snd_settle_mode: presettled ? 1 : 0,
      rcv_settle_mode: 0,
    });
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
