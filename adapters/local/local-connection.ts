// A connection to a broker in this process: no socket, no copy but the encoding of each message.
// An interval that never comes round holds the process alive, as a socket would.

import type { Broker, Connection } from '#broker';
import type { ConnectionEvents, ProviderConnection, ProviderSession } from '#jms-api';
import { exceptionOf } from './errors.ts';
import { LocalSession } from './local-session.ts';
import { version } from './version.ts';
import type { VmBroker } from './vm-brokers.ts';

const NEVER_MS = 2 ** 31 - 1;

export class LocalConnection implements ProviderConnection {
  readonly name: string = 'Angelia';
  readonly version: string = version;
  readonly #vm: VmBroker;
  readonly #broker: Broker;
  readonly #connection: Connection;
  readonly #events: ConnectionEvents;
  readonly #life: NodeJS.Timeout;
  readonly #stopped: (error: Error) => void;

  constructor(vm: VmBroker, events: ConnectionEvents, user: string | undefined) {
    this.#vm = vm;
    this.#broker = vm.broker;
    this.#events = events;
    const who = { protocol: 'vm', peer: `process ${process.pid}` };
    this.#connection = this.#broker.connect(user === undefined ? who : { ...who, user });
    this.#life = setInterval(() => {}, NEVER_MS);
    this.#stopped = (error) => {
      this.#end();
      events.onFailure(error);
    };
    vm.onStop.add(this.#stopped);
  }

  messageTimeMs(): number {
    return this.#broker.host.messageTimeMs();
  }

  async open(clientId: string | undefined): Promise<void> {
    try {
      if (clientId !== undefined) this.#connection.claimClientId(clientId);
    } catch (error) {
      throw exceptionOf(error);
    }
  }

  async openSession(): Promise<ProviderSession> {
    return new LocalSession(this.#broker, this.#connection, this.#events);
  }

  async close(): Promise<void> {
    this.#end();
  }

  #end(): void {
    this.#vm.onStop.delete(this.#stopped);
    clearInterval(this.#life);
    this.#connection.close();
  }
}
