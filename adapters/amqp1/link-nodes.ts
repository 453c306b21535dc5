// Nodes that links make, as the JMS mapping says. The connection has a session for itself: temporary
// destinations live as long as its links, and durable subscriptions are ended through it. It is opened
// when it is first needed. [JMS mapping WD10]

import {
  type ConsumerRequest,
  type DestinationData,
  IllegalStateException,
  InvalidDestinationException,
  JMSException,
  UnsupportedOperationException,
} from '#jms-api';
import { wantedBy } from '../selector.ts';
import { exceptionOf } from './errors.ts';
import { attached, detached } from './link.ts';
import type { Nodes, Source } from './nodes.ts';
import type { Peer } from './peers.ts';
import type { Sender, Session } from './rhea.ts';
import { linkToEnd, SubscriptionNames } from './subscription-names.ts';
import { dynamicTarget, sourceOf } from './terminus.ts';

const DELETED_MAX = 1000;

let links = 0;

/** What it has of its connection. */
interface Host {
  readonly peer: Peer;
  readonly clientId: string | undefined;
  /** Makes a session, not yet open. */
  newSession(): Session;
  lost(error: Error): void;
}

export class LinkNodes implements Nodes {
  readonly #host: Host;
  readonly #names: SubscriptionNames = new SubscriptionNames();
  #session: Promise<Session> | undefined;
  /** The links that keep temporary destinations alive, by kind and name. */
  readonly #temporaries: Map<string, Sender> = new Map();
  /** Those that were deleted last: a broker may make an unknown name anew. */
  readonly #deleted: Set<string> = new Set();

  constructor(host: Host) {
    this.#host = host;
  }

  /** The broker makes what it has not. */
  async ensure(destination: DestinationData): Promise<void> {
    this.checkThere(destination);
  }

  async source(destination: DestinationData, request: ConsumerRequest): Promise<Source> {
    const { peer, clientId } = this.#host;
    const { subscription } = request;
    checkNoLocal(request, peer);
    const global = clientId === undefined;
    const wanted = peer.dialect.selectsHere ? wantedBy(request.selector) : undefined;
    const names = this.#names;
    if (subscription !== undefined) await names.quiet(subscription.name);
    const link =
      subscription === undefined
        ? `angelia:receiver:${++links}:${destination.name}`
        : names.take(subscription, global, contentOf(destination, request));
    return {
      link,
      terminus: sourceOf(destination, request, peer.dialect, global),
      stays: subscription?.durable === true,
      dialect: peer.dialect,
      except: request.noLocal === true ? peer.dialect.sender : undefined,
      wanted,
      leaving: (gone) => names.leave(link, gone),
      ended: () => names.free(link),
    };
  }

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

  checkThere(destination: DestinationData): void {
    if (this.#deleted.size === 0 || !this.#deleted.has(keyOf(destination))) return;
    throw new InvalidDestinationException(`${destination.name} was deleted`);
  }

  /** Attaches the subscription by its name, and closes what was found. */
  async unsubscribe(name: string): Promise<void> {
    const { clientId } = this.#host;
    const names = this.#names;
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
      const session = this.#host.newSession();
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

/** @throws {UnsupportedOperationException} for a durable subscription that would lose messages */
function checkNoLocal({ noLocal, subscription }: ConsumerRequest, peer: Peer): void {
  if (noLocal !== true || subscription?.durable !== true || peer.keepsForeign) return;
  throw new UnsupportedOperationException(
    `noLocal of a durable subscription: ${peer.name} keeps nothing for one while nobody consumes ` +
      'it; mark your messages with a property, and leave them out by a selector',
  );
}

/** What consumers that share a subscription have to agree in. */
function contentOf({ name }: DestinationData, { selector = '', noLocal }: ConsumerRequest): string {
  return JSON.stringify([name, selector, noLocal === true]);
}
