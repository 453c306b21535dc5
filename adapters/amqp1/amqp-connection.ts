// A connection of AMQP 1.0, with a container of its own: its id is the client id. [AMQP 2.4]
//
//     connecting ──► ready ──► opening ──► open ──► closing ──► closed
//      (socket, SASL)     (client id)                             ▲
//              └───────────────┴── refused or lost ───────────────┘
//
// JMS proves who it is when it connects, and says its client id later: the open frame, which has the
// container id, is held back until then. rhea never connects anew by itself.

import {
  type Capability,
  type ConnectionEvents,
  type DestinationData,
  IllegalArgumentException,
  JMSException,
  type Lacks,
  type ProviderConnection,
  type ProviderSession,
  ResourceAllocationException,
} from '#jms-api';
import { FIRST_BYTES } from '../first-bytes.ts';
import { cutWithoutWord, silence, troubleOf, unreachable } from '../socket-trouble.ts';
import { tlsOptions } from '../tls.ts';
import { AmqpSession, type SessionHost } from './amqp-session.ts';
import type { Place } from './amqp-url.ts';
import { EXPECTED, foreigner } from './diagnosis.ts';
import { exceptionOf, noVirtualHost, refusedIdentity } from './errors.ts';
import { Frames } from './frames.ts';
import { LinkNodes } from './link-nodes.ts';
import type { Nodes } from './nodes.ts';
import { type Peer, peerOf } from './peers.ts';
import { RabbitNodes } from './rabbitmq-nodes.ts';
import {
  type AmqpError,
  type Connection,
  newConnection,
  nextSession,
  type Session,
} from './rhea.ts';
import { type Mechanism, mechanismsOf, preferOurs } from './sasl.ts';
import { serverList } from './server-list.ts';

const SOLE_CONNECTION = 'sole-connection-for-container';
const DESIRED: readonly string[] = ['ANONYMOUS-RELAY', 'DELAYED_DELIVERY', 'SHARED-SUBS'];
/** rhea waits twice what it says. */
const IDLE_SAID = 2;
const CLOSE_MS_MAX = 5000;

/** Who we are, and how long we wait. */
export interface Wishes {
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** 0: for ever. */
  readonly connectMs: number;
}

export class AmqpConnection implements ProviderConnection, SessionHost {
  readonly events: ConnectionEvents;
  nodes: Nodes = new LinkNodes(this);
  readonly frames: Frames = new Frames(() => this.#rhea.socket);
  clientId: string | undefined;
  peer: Peer = peerOf({
    product: '',
    version: '',
    offered: new Set(),
    queuePrefix: '',
    topicPrefix: '',
  });
  readonly #place: Place;
  readonly #wishes: Wishes;
  readonly #where: string;
  #rhea: Connection;
  /** Ends the wait for the peer's part of connecting, opening or closing. */
  #waiting: { resolve(): void; reject(error: Error): void } | undefined;
  #state: 'connecting' | 'ready' | 'opening' | 'open' | 'closing' | 'closed' = 'connecting';
  readonly #sessions: Set<AmqpSession> = new Set();
  /** The number of the session that was made last. */
  #lastChannel = -1;
  /** Why it is of no more use. */
  #ended: Error | undefined;
  /** The peer has the open frame. */
  #said = false;
  /** What came first, until it is known who it is. */
  #first: Buffer = Buffer.alloc(0);

  constructor(place: Place, wishes: Wishes, events: ConnectionEvents) {
    this.#place = place;
    this.#wishes = wishes;
    this.events = events;
    this.#where = `${place.host.includes(':') ? `[${place.host}]` : place.host}:${place.port}`;
    this.#rhea = this.#make();
  }

  get name(): string {
    return this.peer.name;
  }
  get version(): string {
    return this.peer.version;
  }
  get capabilities(): ReadonlySet<Capability> {
    return this.peer.capabilities;
  }
  get lacks(): Lacks {
    return this.peer.lacks;
  }
  get offered(): readonly string[] {
    return serverList(this.#rhea.properties, this.#place.tls);
  }

  messageTimeMs(): number {
    return Date.now();
  }

  /** Connects the socket, and proves who we are. */
  async connect(): Promise<void> {
    const rhea = this.#rhea;
    this.#state = 'connecting';
    this.#ended = undefined;
    this.#said = false;
    this.#first = Buffer.alloc(0);
    const open = rhea._write_open;
    rhea._write_open = () => {};
    const connected = this.#wait();
    rhea.connect();
    rhea._write_open = () => {
      if (this.#state !== 'opening') return;
      this.#said = true;
      open.call(rhea);
    };
    this.#hearOutcome(rhea);
    await connected;
    if (this.#state === 'connecting') this.#state = 'ready';
  }

  async open(clientId: string | undefined): Promise<void> {
    if (this.#state === 'closed') {
      // A client id was refused, or the peer would not wait for one: that costs the connection.
      this.#rhea = this.#make();
      await this.connect();
    }
    this.#state = 'opening';
    const { open } = this.#rhea.local;
    open['desired_capabilities'] = [...DESIRED];
    if (clientId !== undefined) {
      open['container_id'] = clientId;
      open['desired_capabilities'] = [...DESIRED, SOLE_CONNECTION];
    }
    const opened = this.#wait();
    this.#rhea._write_open();
    await opened;
    // Some say why they will not have us right behind their open.
    if (this.#ended !== undefined) throw this.#ended;
    this.clientId = clientId;
    await this.#meet(clientId);
  }

  /** Now we know who the peer is. */
  async #meet(clientId: string | undefined): Promise<void> {
    const sender = clientId ?? globalThis.crypto.randomUUID();
    this.peer = peerOf(this.#saidOpen(), { ...this.#place, sender });
    this.#checkVirtualHost();
    this.#state = 'open';
    if (!this.peer.managed) {
      this.nodes = new LinkNodes(this);
      return;
    }
    const major = Number.parseInt(this.peer.version, 10);
    const nodes = new RabbitNodes(this, sender, this.#place, major);
    this.nodes = nodes;
    if (clientId === undefined) return;
    try {
      await nodes.take(clientId);
    } catch (error) {
      // Another one may be tried, as with brokers that refuse it in their open.
      this.#state = 'closed';
      cutOff(this.#rhea);
      throw error;
    }
  }

  /** RabbitMQ takes any other name for the virtual host that it takes without one. */
  #checkVirtualHost(): void {
    const { vhost } = this.#place;
    if (this.peer.name !== 'RabbitMQ' || vhost === undefined || vhost.startsWith('vhost:')) return;
    const error = new IllegalArgumentException(
      `RabbitMQ would not go to the virtual host '${vhost}': say amqp.vhost=vhost:${vhost}`,
    );
    this.#fail(this.#rhea, error);
    throw error;
  }

  /** @throws {ResourceAllocationException} if the peer takes no more */
  newSession(): Session {
    const { channel_max: said } = this.#rhea;
    const max = typeof said === 'number' ? said : undefined;
    const session = nextSession(this.#rhea, this.#lastChannel, max);
    if (session === undefined) {
      const most = Number(max) + 1;
      throw new ResourceAllocationException(
        `${this.name} takes ${most} sessions of a connection: close some, or use more connections`,
      );
    }
    this.#lastChannel = session.local.channel;
    return session;
  }

  async openSession(transacted: boolean): Promise<ProviderSession> {
    const session = new AmqpSession(this.newSession(), this, transacted);
    this.#sessions.add(session);
    await session.begin();
    return session;
  }

  async createTemporary(kind: 'temporary-queue' | 'temporary-topic'): Promise<DestinationData> {
    return await this.nodes.createTemporary(kind);
  }

  async deleteTemporary(destination: DestinationData): Promise<void> {
    await this.nodes.deleteTemporary(destination);
  }

  async unsubscribe(name: string): Promise<void> {
    await this.nodes.unsubscribe(name);
  }

  async ping(): Promise<void> {
    const session = this.newSession();
    const begun = new Promise<void>((resolve) => session.once('session_open', () => resolve()));
    session.open();
    await begun;
    session.close();
  }

  ended(session: AmqpSession): void {
    this.#sessions.delete(session);
  }

  lost(error: Error): void {
    this.#fail(this.#rhea, error);
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    if (this.#state === 'open') await this.#letGo();
    this.#state = 'closing';
    if (this.#said) {
      const closed = this.#wait(CLOSE_MS_MAX);
      this.#rhea.close();
      await closed.catch(() => {});
    }
    this.#state = 'closed';
    cutOff(this.#rhea);
  }

  /** A managed peer says that all is closed before its queues have back what we had of them. */
  async #letGo(): Promise<void> {
    const { peer, nodes } = this;
    if (!peer.managed) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS_MAX);
    });
    const sessions = [...this.#sessions].map((session) => session.letGo());
    const all = Promise.all([...sessions, nodes.close?.()]);
    await Promise.race([all.catch(() => {}), late]);
    clearTimeout(timer);
  }

  /** Waits for the peer's part; one thing is waited for at a time. */
  #wait(ms: number = this.#wishes.connectMs): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = (): void => {
        const error = new JMSException(this.#whyLate(ms));
        if (this.#state === 'closing') this.#waiting?.reject(error);
        else this.#fail(this.#rhea, error);
      };
      const timer = ms > 0 ? setTimeout(late, ms) : undefined;
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting = undefined;
      };
      this.#waiting = {
        resolve: () => {
          done();
          resolve();
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
    });
  }

  #make(): Connection {
    const { host, port, vhost, idleMs, sasl } = this.#place;
    const rhea = newConnection(`ID:${globalThis.crypto.randomUUID()}`, {
      host,
      port,
      hostname: vhost ?? host,
      sasl_init_hostname: vhost ?? host,
      ...(sasl && { sasl_mechanisms: Object.fromEntries(this.#mechanisms()) }),
      ...(this.#place.tls && { transport: 'tls', ...tlsOptions(host, this.#place) }),
      reconnect: false,
      tcp_no_delay: true,
      ...(idleMs > 0 && { idle_time_out: Math.floor(idleMs / IDLE_SAID) }),
      properties: { product: 'Angelia', platform: `Node ${process.versions.node}` },
    });
    this.#listen(rhea);
    takeTurns(rhea);
    const take = rhea.input;
    rhea.input = (bytes) => {
      if (this.#state !== 'connecting' || this.#isAmqp(rhea, bytes)) take.call(rhea, bytes);
      // What came may have ended it; rhea has begun to wait for more.
      if (this.#state === 'closed' || rhea !== this.#rhea) cutOff(rhea);
    };
    return rhea;
  }

  #mechanisms(): ReadonlyMap<string, Mechanism> {
    const { mechanisms: allowed, keyStore, tls: hidden } = this.#place;
    return mechanismsOf({ ...this.#wishes, certificate: keyStore !== undefined, hidden, allowed });
  }

  #hearOutcome(rhea: Connection): void {
    const sasl = rhea.sasl_transport;
    if (sasl === undefined) {
      // Without SASL the socket is all there is to wait for.
      (rhea.socket as unknown as NodeJS.EventEmitter).once(
        this.#place.tls ? 'secureConnect' : 'connect',
        () => this.#waiting?.resolve(),
      );
      return;
    }
    preferOurs(rhea, this.#mechanisms());
    const heard = sasl.on_sasl_outcome;
    sasl.on_sasl_outcome = (frame) => {
      heard.call(sasl, frame);
      if (sasl.transport.read_complete) this.#waiting?.resolve();
    };
  }

  /** Looks at the first bytes; false: the peer is none of ours, and the connect has failed. */
  #isAmqp(rhea: Connection, bytes: Buffer): boolean {
    if (this.#first.length >= FIRST_BYTES) return true;
    this.#first = Buffer.concat([this.#first, bytes.subarray(0, FIRST_BYTES)]);
    const says = foreigner(this.#first);
    if (says === undefined) return true;
    this.#fail(rhea, new JMSException(`${this.#where} ${says}`));
    return false;
  }

  #saidOpen(): Parameters<typeof peerOf>[0] {
    const { properties, offered_capabilities: offered = [] } = this.#rhea;
    const word = (name: string): string => String(properties?.[name] ?? '');
    return {
      product: word('product'),
      version: word('version'),
      offered: new Set(typeof offered === 'string' ? [offered] : offered),
      queuePrefix: word('queue-prefix'),
      topicPrefix: word('topic-prefix'),
    };
  }

  #listen(rhea: Connection): void {
    rhea.on('connection_open', () => {
      // A peer that refuses opens and closes at once, and the close says why. [JMS mapping WD10]
      const failed = rhea.properties?.['amqp:connection-establishment-failed'];
      // Artemis says it with a text.
      if (failed !== true && failed !== 'true') this.#waiting?.resolve();
    });
    rhea.on('connection_error', ({ error }: { error?: AmqpError }) => {
      // Of the peer's close, rhea's own error has no info.
      this.#fail(rhea, this.#explained(rhea.remote.close?.error ?? error));
    });
    rhea.on('connection_close', () => {
      if (this.#state === 'closing') this.#waiting?.resolve();
      else this.#fail(rhea, new JMSException(`${this.#where} closed the connection`));
    });
    const cut = (cause?: Error): void => {
      this.#fail(rhea, new JMSException(this.#whyCut(cause), null, { cause }));
    };
    rhea.on('disconnected', ({ error }: { error?: Error }) => cut(error));
    rhea.on('protocol_error', cut);
    rhea.on('error', cut);
  }

  #whyLate(ms: number): string {
    if (this.#rhea.socket.connecting) return unreachable(this.#where, ms);
    return silence(EXPECTED, this.#where, ms, this.#place.tls);
  }

  #whyCut(cause: NodeJS.ErrnoException | undefined): string {
    if (this.#state === 'open' && cause === undefined) {
      return `${this.#where}: the connection was cut, or nothing was heard for too long`;
    }
    if (this.#state === 'open' && /ECONNRESET|EPIPE/.test(cause?.code ?? '')) {
      return `${this.#where} cut the connection (${cause?.code})`;
    }
    const trouble = cause && troubleOf(EXPECTED, this.#where, cause);
    if (trouble !== undefined) return trouble;
    const wordless = cause === undefined || /ECONNRESET|EPIPE/.test(cause.code ?? '');
    if (wordless && this.#state === 'opening') {
      return (
        `${this.#where} let us in and closed the connection without a word: is there such a virtual ` +
        'host, and may this user enter it (amqp.vhost; of RabbitMQ vhost:NAME)'
      );
    }
    if (wordless) return cutWithoutWord(EXPECTED, this.#where, this.#place.tls);
    return `${this.#where}: ${cause.message}`;
  }

  #explained(error: AmqpError | undefined): Error {
    // Artemis lets everybody pass SASL as ANONYMOUS, and says no to their open.
    if (this.#state === 'connecting' || this.#state === 'opening') {
      const { username } = this.#wishes;
      const refused = refusedIdentity(this.#where, username, error);
      if (refused !== undefined) return refused;
    }
    if (this.#state === 'opening' && error?.condition === 'amqp:not-found') {
      const { vhost, host } = this.#place;
      return noVirtualHost(this.#where, vhost ?? host);
    }
    return exceptionOf(error, `${this.#where} closed the connection`);
  }

  /** The connection is of no more use. */
  #fail(rhea: Connection, error: Error): void {
    if (this.#state === 'closed' || rhea !== this.#rhea) return;
    const live = this.#state === 'open';
    if (this.#state === 'closing') {
      this.#waiting?.resolve();
      return;
    }
    const waited = this.#waiting !== undefined;
    this.#state = 'closed';
    this.#ended = error;
    cutOff(rhea);
    this.#waiting?.reject(error);
    if (live && !waited) this.events.onFailure(error);
  }
}

/** Ends the socket, and rhea's timers, which would hold the process alive for a minute. */
function cutOff(rhea: Connection): void {
  rhea.socket?.destroy();
  rhea.socket_ready = false;
  rhea._disconnected();
}

/** All frames of a turn go to the socket at once. */
function takeTurns(rhea: Connection): void {
  const turn = rhea._process;
  rhea._process = () => {
    const { socket } = rhea;
    socket.cork();
    try {
      turn.call(rhea);
    } finally {
      socket.uncork();
    }
  };
}
