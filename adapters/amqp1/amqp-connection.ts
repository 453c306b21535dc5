// A connection of AMQP 1.0, with a container of its own: its id is the client id. [AMQP 2.4]
//
// JMS proves who it is when it connects, and says its client id later: the open frame, which has the
// container id, is held back until then. rhea never connects anew by itself.

import {
  type Capability,
  type ConnectionEvents,
  JMSException,
  JMSSecurityException,
  type ProviderConnection,
  type ProviderSession,
  UnsupportedOperationException,
} from '#jms-api';
import { AmqpSession } from './amqp-session.ts';
import { exceptionOf } from './errors.ts';
import { type AmqpError, type Connection, newConnection } from './rhea.ts';

const CONNECT_MS_MAX = 15_000;
const IDLE_TIME_OUT_MS = 30_000;
const SOLE_CONNECTION = 'sole-connection-for-container';

const CAPABILITIES: ReadonlySet<Capability> = new Set([
  'selectors',
  'no-local',
  'browsers',
  'delivery-delay',
  'client-id',
  'priority-order',
  'message-groups',
  'credentials',
  'delivery-count',
  'pull',
  'wildcards',
]);

/** Where a broker is, and who we are there. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

export class AmqpConnection implements ProviderConnection {
  readonly capabilities: ReadonlySet<Capability> = CAPABILITIES;
  readonly #place: Place;
  readonly #events: ConnectionEvents;
  readonly #where: string;
  #rhea: Connection;
  /** Ends the wait for the peer's part of connecting, opening or closing. */
  #waiting: { resolve(): void; reject(error: Error): void } | undefined;
  #state: 'connecting' | 'opening' | 'open' | 'closing' | 'closed' = 'connecting';
  /** The peer has the open frame. */
  #said = false;

  constructor(place: Place, events: ConnectionEvents) {
    this.#place = place;
    this.#events = events;
    this.#where = `${place.host}:${place.port}`;
    this.#rhea = this.#make();
  }

  get name(): string {
    return String(this.#rhea.properties?.['product'] ?? 'an AMQP 1.0 broker');
  }

  get version(): string {
    return String(this.#rhea.properties?.['version'] ?? '');
  }

  messageTimeMs(): number {
    return Date.now();
  }

  /** Connects the socket, and proves who we are. */
  async connect(): Promise<void> {
    this.#state = 'connecting';
    const open = this.#rhea._write_open;
    this.#rhea._write_open = () => {};
    this.#rhea.connect();
    this.#rhea._write_open = () => {
      if (this.#state !== 'opening') return;
      this.#said = true;
      open.call(this.#rhea);
    };
    const sasl = this.#rhea.sasl_transport;
    const heard = sasl.on_sasl_outcome;
    sasl.on_sasl_outcome = (frame) => {
      heard.call(sasl, frame);
      if (sasl.transport.read_complete) this.#waiting?.resolve();
    };
    await this.#wait();
  }

  async open(clientId: string | undefined): Promise<void> {
    if (this.#state === 'closed') {
      // A client id was refused, or the peer would not wait for one: that costs the connection.
      this.#rhea = this.#make();
      await this.connect();
    }
    this.#state = 'opening';
    if (clientId !== undefined) {
      this.#rhea.local.open['container_id'] = clientId;
      this.#rhea.local.open['desired_capabilities'] = [SOLE_CONNECTION];
    }
    this.#rhea._write_open();
    await this.#wait();
    this.#state = 'open';
  }

  async openSession(transacted: boolean): Promise<ProviderSession> {
    if (transacted) {
      throw new UnsupportedOperationException('the AMQP adapter has no transactions yet');
    }
    const rhea = this.#rhea;
    const session = new AmqpSession(rhea.create_session(), this.#events, (error) =>
      this.#fail(rhea, error),
    );
    await session.begin();
    return session;
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closing';
    if (this.#said) {
      this.#rhea.close();
      await this.#wait().catch(() => {});
    }
    this.#state = 'closed';
    cutOff(this.#rhea);
  }

  /** Waits for the peer's part; one thing is waited for at a time. */
  #wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = new JMSException(
        `no answer from ${this.#where} within ${CONNECT_MS_MAX / 1000} seconds`,
      );
      const timer = setTimeout(() => this.#waiting?.reject(late), CONNECT_MS_MAX);
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
    const { host, port, username, password } = this.#place;
    const rhea = newConnection(`ID:${globalThis.crypto.randomUUID()}`, {
      host,
      port,
      hostname: host,
      // With a name and no password it offers ANONYMOUS.
      username: username ?? 'anonymous',
      ...(username !== undefined && { password: password ?? '' }),
      reconnect: false,
      tcp_no_delay: true,
      idle_time_out: IDLE_TIME_OUT_MS,
      properties: { product: 'Angelia', platform: `Node ${process.versions.node}` },
    });
    this.#listen(rhea);
    takeTurns(rhea);
    return rhea;
  }

  #listen(rhea: Connection): void {
    rhea.on('connection_open', () => {
      // A peer that refuses opens and closes at once, and the close says why. [JMS mapping WD10]
      if (rhea.properties?.['amqp:connection-establishment-failed'] !== true) {
        this.#waiting?.resolve();
      }
    });
    rhea.on('connection_error', ({ error }: { error?: AmqpError }) => {
      // Of the peer's close, rhea's own error has no info.
      const said = rhea.remote.close?.error ?? error;
      this.#fail(rhea, this.#explained(said));
    });
    rhea.on('connection_close', () => {
      if (this.#state === 'closing') this.#waiting?.resolve();
      else this.#fail(rhea, new JMSException(`${this.#where} closed the connection`));
    });
    const cut = (cause?: Error): void => {
      const why = cause === undefined ? 'the connection was cut' : cause.message;
      this.#fail(rhea, new JMSException(`${this.#where}: ${why}`, null, { cause }));
    };
    rhea.on('disconnected', ({ error }: { error?: Error }) => cut(error));
    rhea.on('protocol_error', cut);
    rhea.on('error', cut);
  }

  #explained(error: AmqpError | undefined): Error {
    if (this.#state === 'connecting' && error?.condition === 'amqp:unauthorized-access') {
      return new JMSSecurityException(
        `${this.#where} refuses the user name or password`,
        error.condition,
      );
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
    this.#state = 'closed';
    cutOff(rhea);
    this.#waiting?.reject(error);
    if (live) this.#events.onFailure(error);
  }
}

/** Ends the socket, and rhea's timers, which would hold the process alive for a minute. */
function cutOff(rhea: Connection): void {
  rhea.socket.destroy();
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
