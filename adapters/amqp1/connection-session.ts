// The session that a connection has for itself: temporary destinations live as long as its links, and
// durable subscriptions are ended through it. Opened when it is first needed. [JMS mapping WD10]

import {
  type DestinationData,
  IllegalStateException,
  InvalidDestinationException,
  JMSException,
} from '#jms-api';
import { exceptionOf } from './errors.ts';
import { attached, detached } from './link.ts';
import type { Sender, Session } from './rhea.ts';
import { linkToEnd, type SubscriptionNames } from './subscription-names.ts';
import { dynamicTarget } from './terminus.ts';

const DELETED_MAX = 1000;

let links = 0;

/** What it has of its connection. */
interface Host {
  readonly names: SubscriptionNames;
  readonly clientId: string | undefined;
  lost(error: Error): void;
}

export class ConnectionSession {
  readonly #make: () => Session;
  readonly #host: Host;
  #session: Promise<Session> | undefined;
  /** The links that keep temporary destinations alive, by kind and name. */
  readonly #temporaries: Map<string, Sender> = new Map();
  /** Those that were deleted last: a broker may make an unknown name anew. */
  readonly #deleted: Set<string> = new Set();

  constructor(make: () => Session, host: Host) {
    this.#make = make;
    this.#host = host;
  }

  /** @throws {JMSException} if the broker makes none */
  async createTemporary(kind: 'temporary-queue' | 'temporary-topic'): Promise<DestinationData> {
    const session = await this.#open();
    const sender = session.open_sender({
      name: `angelia:${kind}-creator:${++links}`,
      target: dynamicTarget(kind),
      source: {},
      snd_settle_mode: 0,
      rcv_settle_mode: 0,
    });
    await attached(sender, 'sender');
    const name = sender.target?.address;
    if (typeof name !== 'string' || name === '') {
      throw new JMSException(`the broker has not said how the ${kind} is called`);
    }
    const made = { kind, name };
    this.#temporaries.set(keyOf(made), sender);
    sender.once('sender_close', () => this.#temporaries.delete(keyOf(made)));
    return made;
  }

  /** @throws {InvalidDestinationException} if it is none of this connection's */
  async deleteTemporary(destination: DestinationData): Promise<void> {
    const sender = this.#temporaries.get(keyOf(destination));
    if (sender === undefined) {
      throw new InvalidDestinationException(`${destination.name} is gone already`);
    }
    await detached(sender, 'sender');
    this.#deleted.add(keyOf(destination));
    for (const oldest of this.#deleted) {
      if (this.#deleted.size <= DELETED_MAX) break;
      this.#deleted.delete(oldest);
    }
  }

  /** @throws {InvalidDestinationException} if it was this connection's, and is deleted */
  checkThere(destination: DestinationData): void {
    if (this.#deleted.size === 0 || !this.#deleted.has(keyOf(destination))) return;
    throw new InvalidDestinationException(`${destination.name} was deleted`);
  }

  /**
   * Attaches the subscription by its name, and closes what was found.
   *
   * @throws {InvalidDestinationException} if there is none
   * @throws {JMSException} while it has a consumer
   */
  async unsubscribe(name: string): Promise<void> {
    const { names, clientId } = this.#host;
    await names.quiet(name);
    if (names.active(name)) {
      throw new IllegalStateException(`subscription '${name}' has a consumer: close it first`);
    }
    const session = await this.#open();
    const global = clientId === undefined;
    const receiver = session.open_receiver({
      name: linkToEnd(name, global),
      target: {},
      snd_settle_mode: 0,
      rcv_settle_mode: 0,
      credit_window: 0,
      autoaccept: false,
      ...(global && { desired_capabilities: ['shared', 'global'] }),
    });
    await attached(receiver, 'receiver');
    await detached(receiver, 'receiver');
  }

  #open(): Promise<Session> {
    this.#session ??= new Promise((resolve) => {
      const session = this.#make();
      session.on('session_error', () => {});
      session.once('session_open', () => resolve(session));
      session.on('session_close', () => {
        this.#host.lost(exceptionOf(session.error, 'the broker ended the session'));
      });
      session.open();
    });
    return this.#session;
  }
}

function keyOf({ kind, name }: DestinationData): string {
  return `${kind} ${name}`;
}
