// Nodes that peers had us make: a link asks for one, its answer says the name, and its lifetime
// policy says when it goes again. [AMQP 3.5.9-3.5.13]
//
//     delete-on-close                  with the link that made it: a temporary destination
//     delete-on-no-links               when no link is attached to it any more
//     delete-on-no-messages            when it is empty, and the link that made it is closed
//     delete-on-no-links-or-messages   when it is empty, and no link is attached
//
// Only links of this gateway count, wherever they come from.

import { type Address, type Broker, type Connection, formatAddress } from '#broker';
import type { LifetimePolicy } from './terminus.ts';

export class DynamicNode {
  readonly address: Address;
  readonly policy: LifetimePolicy;
  /** Links that are attached to it, its maker's included. */
  links = 0;
  /** The link that made it is attached. */
  made = true;

  constructor(address: Address, policy: LifetimePolicy) {
    this.address = address;
    this.policy = policy;
  }
}

export class DynamicNodes {
  readonly #broker: Broker;
  readonly #nodes: Map<string, DynamicNode> = new Map();
  #made = 0;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** Makes a node; the caller attaches its own link with {@link enter}. */
  make(connection: Connection, topic: boolean, policy: LifetimePolicy): DynamicNode {
    const address: Address =
      policy === 'delete-on-close'
        ? connection.createTemporary(topic ? 'temporary-topic' : 'temporary-queue')
        : {
            kind: topic ? 'topic' : 'queue',
            name: `dynamic-${this.#broker.nodeId}-${++this.#made}`,
          };
    const node = new DynamicNode(address, policy);
    this.#nodes.set(formatAddress(address), node);
    return node;
  }

  /** A link is attached to an address; returns the node if it is one of these. */
  enter(address: Address): DynamicNode | undefined {
    if (this.#nodes.size === 0) return undefined;
    const node = this.#nodes.get(formatAddress(address));
    if (node !== undefined) node.links++;
    return node;
  }

  /** The link that it was made for could not be opened. */
  abandon(node: DynamicNode, maker: Connection): void {
    node.links++;
    this.leave(node, maker);
  }

  /** A link is gone. `maker` is the connection of the one that made the node, if it was that. */
  leave(node: DynamicNode, maker?: Connection): void {
    node.links--;
    if (maker !== undefined) node.made = false;
    this.check(node, maker);
  }

  /** Something may have changed that its policy asks for. Not to be called from a delivery. */
  check(node: DynamicNode, maker?: Connection): void {
    const key = formatAddress(node.address);
    if (this.#nodes.get(key) !== node || !this.#over(node)) return;
    this.#nodes.delete(key);
    if (maker !== undefined && node.policy === 'delete-on-close') {
      maker.deleteTemporary(node.address, false);
    } else if (this.#broker.find(node.address) !== undefined) {
      this.#broker.deleteDestination(node.address, false);
    }
  }

  #over({ policy, links, made, address }: DynamicNode): boolean {
    const messages = this.#broker.find(address)?.messages ?? 0;
    switch (policy) {
      case 'delete-on-close':
        return !made;
      case 'delete-on-no-links':
        return links === 0;
      case 'delete-on-no-messages':
        return !made && messages === 0;
      case 'delete-on-no-links-or-messages':
        return links === 0 && messages === 0;
    }
  }
}
