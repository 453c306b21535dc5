// The cases of doubt over the failover provider: a cable inside of it is pulled, and it finds its way
// again by itself. What the cases do to a DoubtfulProvider is done to the one under it.
//
//     JMS API ──► FailoverProvider ──► a gate that may be closed ──► DoubtfulProvider ──► a provider

import {
  type ConnectionEvents,
  type Endpoint,
  JMSException,
  JMSSecurityException,
  type Provider,
  type ProviderConnection,
} from 'angelia/jms';
import { FailoverProvider } from '#adapters/failover';
import { DoubtfulProvider } from './doubtful-provider.ts';
import type { Doubt } from './fixture.ts';

/** Rounds follow each other without growing pauses. */
const SOON = 'failover.reconnectDelay=1&failover.useReconnectBackOff=false';

export class FailoverDoubt implements Doubt {
  readonly #doubtful: DoubtfulProvider;
  readonly #failover: FailoverProvider;
  /** Why nobody may connect now. */
  #closed: Error | undefined;
  #resumed: () => void = () => {};

  constructor(inner: Provider) {
    this.#doubtful = new DoubtfulProvider(inner);
    this.#failover = new FailoverProvider(() => this.#gate());
  }

  get last(): this {
    return this;
  }

  get holding(): boolean {
    return this.#doubtful.last.holding;
  }
  set holding(value: boolean) {
    this.#doubtful.last.holding = value;
  }

  connect(endpoint: Endpoint, events: ConnectionEvents): Promise<ProviderConnection> {
    const url = `${endpoint.url}${endpoint.url.includes(')?') ? '&' : '?'}${SOON}`;
    return this.#failover.connect(
      { ...endpoint, url },
      {
        onFailure: (error) => events.onFailure(error),
        onProblem: (error) => events.onProblem(error),
        onInterrupted: (error) => events.onInterrupted(error),
        onResumed: () => {
          events.onResumed();
          this.#resumed();
        },
      },
    );
  }

  letGo(): void {
    this.#doubtful.last.letGo();
  }

  /** For good: who comes back is not let in. */
  cut(): void {
    this.#closed = new JMSSecurityException('the cable was cut');
    this.#doubtful.last.cut();
  }

  async interrupt(): Promise<void> {
    this.#closed = new JMSException('the cable is not in');
    this.#doubtful.last.cut();
  }

  async resume(): Promise<void> {
    const resumed = new Promise<void>((resolve) => {
      this.#resumed = resolve;
    });
    this.#closed = undefined;
    await resumed;
  }

  #gate(): Provider {
    if (this.#closed !== undefined) throw this.#closed;
    return this.#doubtful;
  }
}
