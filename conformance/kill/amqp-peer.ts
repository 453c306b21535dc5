/**
 * An AMQP 1.0 client for the kill test, over rhea: every send unsettled, one link for each address,
 * transactions by `rhea-transactions.ts`. Half of the links to read from let the broker settle last,
 * so that an acknowledgement outside a transaction has a confirmation too. [AMQP 2.6.12, 4]
 */

import rhea from 'rhea';
import {
  type Arrival,
  ConnectionLost,
  type Destination,
  type Peer,
  type PeerTransaction,
  Pending,
  type Source,
} from './peer.ts';
import {
  accept,
  accepted,
  type Context,
  type Delivery,
  declare,
  declaredId,
  discharge,
  type Link,
  openCoordinator,
  type Session,
  stateOfTransfers,
} from './rhea-transactions.ts';

/** Deliveries that the broker may have open with one link. */
const CREDIT = 50;
const RECEIVER_SECOND = 1;
const UNSETTLED_STATE = 2;

interface Connection {
  readonly socket: { destroy(): void; setNoDelay(on: boolean): void };
  on(event: string, listener: (context: Context) => void): void;
  create_session(): Session;
}

interface AmqpArrival extends Arrival {
  readonly delivery: Delivery;
  /** The broker settles last. */
  readonly second: boolean;
  readonly link: Link;
}

interface AmqpTransaction extends PeerTransaction {
  readonly id: Buffer;
}

const library = rhea as unknown as {
  create_container(options: object): {
    on(event: string, listener: () => void): void;
    connect(options: object): Connection;
  };
  message: { encode(message: object): Buffer };
};

/** Connects, and resolves when the connection is open. */
export async function amqpPeer(url: string, containerId: string): Promise<AmqpPeer> {
  const { hostname, port } = new URL(url);
  const container = library.create_container({ id: containerId });
  // What has no other listener would be thrown from inside of a socket's event.
  container.on('error', () => undefined);
  const connection = container.connect({ host: hostname, port: Number(port), reconnect: false });
  const peer = new AmqpPeer(connection);
  const opened = peer.pending.wait('open');
  connection.on('connection_open', () => peer.pending.tell('open'));
  await opened;
  // rhea writes frame by frame: the second would wait 40 ms for the first to be acknowledged.
  connection.socket.setNoDelay(true);
  return peer;
}

/** One connection with one session; made by {@link amqpPeer}. */
export class AmqpPeer implements Peer {
  readonly protocol = 'amqp';
  readonly pending: Pending = new Pending();
  readonly #connection: Connection;
  readonly #session: Session;
  readonly #transfers: Map<Buffer, Buffer>;
  readonly #senders = new Map<string, Promise<Link>>();
  readonly #deliveries = new Map<Delivery, string>();
  #count = 0;
  complaint = '';

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.on('disconnected', () => this.pending.lose());
    for (const end of ['connection_close', 'session_close', 'connection_error', 'session_error']) {
      connection.on(end, ({ connection: from, session }) => {
        this.complaint ||= JSON.stringify(session?.error ?? from?.error ?? end);
        this.pending.lose();
      });
    }
    this.#session = connection.create_session();
    this.#session.begin();
    this.#transfers = stateOfTransfers(this.#session);
  }

  get lost(): boolean {
    return this.pending.lost;
  }

  get gone(): Promise<void> {
    return this.pending.gone;
  }

  async send(to: Destination, body: string, transaction?: PeerTransaction): Promise<void> {
    const target = { address: to.name, capabilities: [to.kind] };
    const link = await this.#sender(`${to.kind}:${to.name}`, () =>
      this.#session.open_sender({ target }),
    );
    const bytes = library.message.encode({ body, durable: true });
    const id = (transaction as AmqpTransaction | undefined)?.id;
    if (!accepted(await this.#transfer(link, bytes, id))) throw new Error('a send was refused');
  }

  async begin(): Promise<PeerTransaction> {
    return { id: declaredId(await this.#control(declare())) };
  }

  async end(transaction: PeerTransaction, commit: boolean): Promise<void> {
    const { id } = transaction as AmqpTransaction;
    const delivery = await this.#control(discharge(id, commit));
    if (!accepted(delivery)) throw new Error('the broker refused a discharge');
  }

  async subscribe(source: Source, hear: (arrival: Arrival) => void): Promise<void> {
    const second = ++this.#count % 2 === 0;
    const { durable, name, kind } = source;
    const kept = { durable: UNSETTLED_STATE, expiry_policy: 'never' };
    const link = this.#session.open_receiver({
      ...(durable === undefined ? {} : { name: durable }),
      source: { address: name, capabilities: [kind], ...(durable === undefined ? {} : kept) },
      autoaccept: false,
      autosettle: false,
      credit_window: 0,
      ...(second ? { rcv_settle_mode: RECEIVER_SECOND } : {}),
    });
    link.on('message', ({ delivery, message }) => {
      const flagged = (message.delivery_count ?? 0) > 0;
      const arrival: AmqpArrival = { body: String(message.body), flagged, delivery, second, link };
      hear(arrival);
    });
    link.on('settled', ({ delivery }) => this.#settled(delivery));
    await this.#attached(link, 'receiver', durable ?? name);
    link.add_credit(CREDIT);
  }

  async accept(arrival: Arrival, transaction?: PeerTransaction): Promise<boolean> {
    const { delivery, second, link } = arrival as AmqpArrival;
    if (this.pending.lost) throw new ConnectionLost();
    const id = (transaction as AmqpTransaction | undefined)?.id;
    const waits = second && id === undefined;
    if (waits) this.#deliveries.set(delivery, `settled ${++this.#count}`);
    const settled = waits ? this.pending.wait(this.#deliveries.get(delivery) ?? '') : undefined;
    accept(this.#session, delivery, !waits, id);
    link.add_credit(1);
    await settled;
    return waits;
  }

  cut(): void {
    this.#connection.socket.destroy();
    this.pending.lose();
  }

  /** The broker settled a delivery: of ours, or last of one that it sent. */
  #settled(delivery: Delivery): void {
    delivery.settled = true;
    this.pending.tell(this.#deliveries.get(delivery) ?? '');
    this.#deliveries.delete(delivery);
  }

  async #control(body: Buffer): Promise<Delivery> {
    const link = await this.#sender('coordinator', () => openCoordinator(this.#session));
    return this.#transfer(link, body);
  }

  async #transfer(link: Link, bytes: Buffer, transaction?: Buffer): Promise<Delivery> {
    while (!link.sendable()) await this.#credit(link);
    if (this.pending.lost) throw new ConnectionLost();
    const key = `transfer ${++this.#count}`;
    const tag = Buffer.from(String(this.#count));
    if (transaction !== undefined) this.#transfers.set(tag, transaction);
    const delivery = link.send(bytes, tag, 0);
    this.#deliveries.set(delivery, key);
    await this.pending.wait(key).finally(() => this.#transfers.delete(tag));
    return delivery;
  }

  #credit(link: Link): Promise<string> {
    const key = `credit ${++this.#count}`;
    link.once('sendable', () => this.pending.tell(key));
    return this.pending.wait(key);
  }

  #sender(key: string, open: () => Link): Promise<Link> {
    const found = this.#senders.get(key);
    if (found !== undefined) return found;
    const link = open();
    link.on('settled', ({ delivery }) => this.#settled(delivery));
    const opened = this.#attached(link, 'sender', key).then(() => link);
    this.#senders.set(key, opened);
    return opened;
  }

  async #attached(link: Link, word: 'sender' | 'receiver', what: string): Promise<void> {
    const key = `attach ${++this.#count}`;
    link.on(`${word}_open`, () => this.pending.tell(key));
    link.on(`${word}_close`, () => {
      const { condition, description } = link.error ?? {};
      this.complaint ||= `${what} closed: ${condition}; ${description}`;
      this.pending.refuse(key, new Error(this.complaint));
      this.pending.lose();
    });
    link.on(`${word}_error`, () => undefined);
    await this.pending.wait(key);
  }
}
