// The nodes of RabbitMQ 4: queues, and keys of its topic exchange. Links make none there, so all is made
// by requests to the management node before a link is attached, in the way and by the names of all our
// ways to RabbitMQ (`../rabbitmq-topology.ts`).
//
// RabbitMQ ends a session for a link that it refuses. So it is asked whether a queue is there before each
// link, and the first link to an exchange, or from a queue that is not ours, is tried by a scout.

import type { ConsumerRequest, DestinationData } from '#jms-api';
import { Holdings } from '../rabbitmq-holdings.ts';
import { type SourceHost, sourceOf } from '../rabbitmq-source.ts';
import { checkName, Topology, type TopologyWishes } from '../rabbitmq-topology.ts';
import type { Dialect } from './dialect.ts';
import type { Frames } from './frames.ts';
import { Management } from './management.ts';
import { ManagementDoor } from './management-door.ts';
import type { Nodes, Source } from './nodes.ts';
import type { Session } from './rhea.ts';
import { scout } from './scout.ts';
import { queueSource, targetOf } from './terminus.ts';

let links = 0;

/** What it has of its connection. */
interface Host {
  readonly frames: Frames;
  readonly clientId: string | undefined;
  readonly peer: { readonly dialect: Dialect };
  /** Makes a session, not yet open. */
  newSession(): Session;
}

export class RabbitNodes implements Nodes, SourceHost {
  readonly topology: Topology;
  readonly holdings: Holdings;
  readonly sender: string;
  readonly #host: Host;
  readonly #door: ManagementDoor;
  /** The queue that holds the client id. */
  #taken: string | undefined;
  /** What scouts have found to be allowed. */
  readonly #allowed: Set<string> = new Set();

  /**
   * @param sender - by which noLocal knows what we sent
   * @param major - the version of RabbitMQ
   */
  constructor(host: Host, sender: string, wishes: TopologyWishes, major: number) {
    this.#host = host;
    this.sender = sender;
    this.#door = new ManagementDoor(new Management(() => host.newSession(), host.frames));
    this.topology = new Topology(this.#door, wishes, major);
    this.holdings = new Holdings(this.topology);
  }

  get clientId(): string | undefined {
    return this.#host.clientId;
  }

  async ensure(destination: DestinationData): Promise<void> {
    this.checkThere(destination);
    const { kind, name } = destination;
    if (kind === 'topic') await this.topology.ensure(destination);
    else await this.topology.ensureQueue(destination);
    const topic = kind === 'topic' || kind === 'temporary-topic';
    const go = await this.#tried(topic ? 'topics' : 'queues', 'sender', (session) =>
      session.open_sender({
        name: `angelia:scout:${++links}:${name}`,
        target: targetOf(destination, this.#host.peer.dialect),
        source: {},
      }),
    );
    go();
  }

  async source(destination: DestinationData, request: ConsumerRequest): Promise<Source> {
    const { dialect } = this.#host.peer;
    const { queue, own, anchored, except, wanted, leave } = await sourceOf(
      this,
      destination,
      request,
    );
    const terminus = queueSource(dialect.addressOf({ kind: 'queue', name: queue }));
    const found = await this.#door.queue(queue);
    const stranger = destination.kind === 'queue' || !this.holdings.isTemporary(queue);
    const tried = stranger && !own && !anchored && request.subscription === undefined;
    const attached = tried
      ? await this.#tried(`from ${queue}`, 'receiver', (session) =>
          session.open_receiver({
            name: `angelia:scout:${++links}:${queue}`,
            source: terminus,
            target: {},
            credit_window: 0,
          }),
        )
      : () => {};
    return {
      link: `angelia:receiver:${++links}:${queue}`,
      terminus,
      stays: false,
      // Quorum queues count; classic ones only mark what comes again, whoever had it.
      dialect: found?.type === 'quorum' ? dialect : { ...dialect, marksAgain: true },
      except,
      wanted,
      attached,
      leaving: leave,
      ended: () => {
        leave();
        if (own) void this.topology.deleteQueue(queue).catch(() => {});
      },
    };
  }

  checkThere(destination: DestinationData): void {
    checkName(destination);
    this.holdings.checkThere(destination);
  }

  createTemporary(kind: 'temporary-queue' | 'temporary-topic'): Promise<DestinationData> {
    return this.holdings.createTemporary(kind);
  }

  deleteTemporary(destination: DestinationData): Promise<void> {
    return this.holdings.deleteTemporary(destination);
  }

  unsubscribe(name: string): Promise<void> {
    return this.holdings.unsubscribe(this.clientId, name);
  }

  /** Takes a client id for this connection alone. */
  async take(clientId: string): Promise<void> {
    this.#taken = await this.topology.takeClientId(clientId);
  }

  /** RabbitMQ says that a connection is closed before it has let go of its queues. */
  async close(): Promise<void> {
    if (this.#taken !== undefined) await this.topology.deleteQueue(this.#taken);
  }

  /** Tries the first link of a kind; what is returned ends the trial. */
  async #tried(
    what: string,
    word: 'sender' | 'receiver',
    open: Parameters<typeof scout>[2],
  ): Promise<() => void> {
    if (this.#allowed.has(what)) return () => {};
    const end = await scout(this.#host.newSession(), word, open);
    this.#allowed.add(what);
    return end;
  }
}
