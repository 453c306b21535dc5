// A connection to a broker in this process: no socket, no copy but the encoding of each message.
// An interval that never comes round holds the process alive, as a socket would.

import type { Broker, Connection } from '#broker';
import type {
  Capability,
  ConnectionEvents,
  DestinationData,
  ProviderConnection,
  ProviderSession,
} from '#jms-api';
import { exceptionOf } from './errors.ts';
import { LocalSession, stoppedCommit } from './local-session.ts';
import { version } from './version.ts';
import type { VmBroker } from './vm-brokers.ts';

const NEVER_MS = 2 ** 31 - 1;

/** All there are, but for credentials: who is in the process needs none. */
const CAPABILITIES: ReadonlySet<Capability> = new Set([
  'transactions',
  'selectors',
  'topic-selectors',
  'no-local',
  'durable-subscriptions',
  'shared-subscriptions',
  'browsers',
  'temporary-destinations',
  'delivery-delay',
  'client-id',
  'priority-order',
  'message-groups',
  'delivery-count',
  'pull',
  'wildcards',
  'unpaired-surrogates',
]);

export class LocalConnection implements ProviderConnection {
  readonly name: string = 'Angelia';
  readonly version: string = version;
  readonly capabilities: ReadonlySet<Capability> = CAPABILITIES;
  readonly #vm: VmBroker;
  readonly #broker: Broker;
  readonly #connection: Connection;
  readonly #events: ConnectionEvents;
  readonly #life: NodeJS.Timeout;
  readonly #stopped: (error: Error) => void;
  readonly #gone: Promise<never>;

  constructor(vm: VmBroker, events: ConnectionEvents, user: string | undefined) {
    this.#vm = vm;
    this.#broker = vm.broker;
    this.#events = events;
    const who = { protocol: 'vm', peer: `process ${process.pid}` };
    this.#connection = this.#broker.connect(user === undefined ? who : { ...who, user });
    this.#life = setInterval(() => {}, NEVER_MS);
    let tell: (error: Error) => void = () => {};
    this.#gone = new Promise((_resolve, reject) => {
      tell = (error) => reject(stoppedCommit(error));
    });
    this.#gone.catch(() => {});
    this.#stopped = (error) => {
      this.#end();
      tell(error);
      events.onFailure(error);
    };
    vm.onStop.add(this.#stopped);
  }

  messageTimeMs(): number {
    return this.#broker.host.messageTimeMs();
  }

  async open(clientId: string | undefined): Promise<void> {
    if (clientId !== undefined) this.#ask(() => this.#connection.claimClientId(clientId));
  }

  async openSession(transacted: boolean): Promise<ProviderSession> {
    return new LocalSession(this.#broker, this.#connection, this.#events, transacted, this.#gone);
  }

  async createTemporary(kind: 'temporary-queue' | 'temporary-topic'): Promise<DestinationData> {
    return this.#ask(() => this.#connection.createTemporary(kind));
  }

  async deleteTemporary({ kind, name }: DestinationData): Promise<void> {
    this.#ask(() => this.#connection.deleteTemporary({ kind, name }));
  }

  async unsubscribe(name: string): Promise<void> {
    this.#ask(() => this.#connection.unsubscribe(name));
  }

  async close(): Promise<void> {
    this.#end();
  }

  /** Asks the broker; its refusals become exceptions of JMS. */
  #ask<T>(question: () => T): T {
    try {
      return question();
    } catch (error) {
      throw exceptionOf(error);
    }
  }

  #end(): void {
    this.#vm.onStop.delete(this.#stopped);
    clearInterval(this.#life);
    this.#connection.close();
  }
}
