// What all connections of one gateway share: the nodes that peers had us make, and the links that
// are detached and may come back.

import type { Broker } from '#broker';
import { DetachedLinks } from './detached-links.ts';
import { DynamicNodes } from './dynamic-nodes.ts';

export class LinkStore {
  readonly nodes: DynamicNodes;
  readonly detached: DetachedLinks;
  /** Attached links that may outlive their connection, by container and name: who has them now. */
  readonly attached: Map<string, { steal(): void }> = new Map();

  constructor(broker: Broker) {
    this.nodes = new DynamicNodes(broker);
    this.detached = new DetachedLinks(broker);
  }
}
