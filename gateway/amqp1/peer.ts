// What the sessions and links of one connection share: the ways out to the peer and into the
// broker, and the counts that are bounded per connection. Made when the peer's open was accepted;
// owns no frame and decides nothing.

import type { Address, Broker, Connection } from '#broker';
import { gatewayLimits } from '../limits.ts';
import type { Output } from '../output.ts';
import { Valve } from '../valve.ts';
import type { Condition } from './errors.ts';
import type { LinkStore } from './link-store.ts';
import type { Open } from './performatives.ts';
import type { ReceiverLink } from './receiver-link.ts';
import type { SenderLink } from './sender-link.ts';
import type { Session } from './session.ts';
import { Transactions } from './transactions.ts';
import { TRANSFER_HEAD_BYTES_MAX } from './transfer.ts';

/** Logs what the peer did wrong, once, with where it happened. */
export type Complain = (scope: string, condition: Condition, message: string) => void;

export class Peer {
  readonly broker: Broker;
  readonly connection: Connection;
  /** How the peer calls itself. */
  readonly containerId: string;
  /** What it says it is made of, such as `QpidJMS`. */
  readonly product: string;
  /** Whose its links are when they come back: a container's, if the same user is in it. */
  readonly home: string;
  /** What outlives the connection. */
  readonly gateway: LinkStore;
  readonly transactions: Transactions;
  /** Where answers of the management node go, by the reply-to that its clients give. */
  readonly replies: Map<string, Address> = new Map();
  readonly output: Output;
  readonly valve: Valve;
  readonly complain: Complain;
  /** Bytes of a frame that the peer takes. */
  readonly frameSizeBytesMax: number;
  /** Bytes of message that fit into one frame for this peer. */
  readonly payloadBytesMax: number;
  /** Message time, sampled once for each chunk that came. */
  nowMs = 0;
  /** What turns a point in time that the peer says into message time, sampled likewise. */
  shiftMs = 0;
  /** Every attached link, by {@link linkKey}: a name belongs to one link per role. */
  readonly links: Map<string, SenderLink | ReceiverLink> = new Map();
  /** Handles in use in all sessions, also of links that wait for the peer's detach. */
  handles = 0;
  /** Bytes of messages whose last frame has yet to come. */
  assemblyBytes = 0;
  /** Sessions that cannot finish a message they began to send. */
  stalled = 0;
  #owing: Session[] = [];

  constructor(
    broker: Broker,
    gateway: LinkStore,
    connection: Connection,
    open: Open,
    output: Output,
    complain: Complain,
  ) {
    this.broker = broker;
    this.gateway = gateway;
    this.connection = connection;
    this.containerId = open.containerId;
    this.product = productOf(open);
    this.home = JSON.stringify([connection.options.user ?? null, open.containerId]);
    this.transactions = new Transactions(connection);
    this.output = output;
    this.valve = new Valve(output);
    this.complain = complain;
    this.frameSizeBytesMax = open.maxFrameSize;
    // Larger frames than a slab would only cost memory that is not pooled.
    const frame = Math.min(open.maxFrameSize, gatewayLimits.outputSlabBytes);
    this.payloadBytesMax = frame - TRANSFER_HEAD_BYTES_MAX;
  }

  /** The session has something to say when the chunk was eaten. It registers itself once. */
  owes(session: Session): void {
    this.#owing.push(session);
  }

  /** Lets every session say what it owes: once for a chunk, not once for a message. */
  settleUp(): void {
    if (this.#owing.length === 0) return;
    const owing = this.#owing;
    this.#owing = [];
    for (const session of owing) session.settleUp();
  }
}

function productOf(open: Open): string {
  const said = open.properties.get('product');
  return said?.type === 'string' ? said.value : '';
}

/** The key of a link among those of its connection. `role` is ours. [AMQP 2.6.1] */
export function linkKey(role: 'sender' | 'receiver', name: string): string {
  return `${role} ${name}`;
}

/** Serial numbers of the specification wrap at 2^32: how far `a` is ahead of `b`. [RFC 1982] */
export function ahead(a: number, b: number): number {
  return (a - b) | 0;
}
