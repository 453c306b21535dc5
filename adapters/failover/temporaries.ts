// Temporary destinations over many connections. A broker names them and forgets them with the
// connection; the application keeps the name that it got first.
//
//     application: temp-1  ◄──►  broker before: temp-1, broker now: temp-9
//
// Invariant: until a first one got another name, nothing is looked up.

import type { DestinationData, MessageData } from '#jms-api';

type Kind = 'temporary-queue' | 'temporary-topic';

export class Temporaries {
  /** By the application's destination, the broker's. */
  readonly #now: Map<string, DestinationData> = new Map();
  /** By the broker's, the application's, where they differ. */
  readonly #known: Map<string, DestinationData> = new Map();
  readonly #all: Map<string, DestinationData & { readonly kind: Kind }> = new Map();

  add(made: DestinationData): void {
    this.#all.set(keyOf(made), made as DestinationData & { readonly kind: Kind });
  }

  remove(destination: DestinationData): void {
    const key = keyOf(destination);
    const now = this.#now.get(key);
    this.#all.delete(key);
    this.#now.delete(key);
    if (now !== undefined) this.#known.delete(keyOf(now));
  }

  /** Makes them all anew on another connection. */
  async restore(make: (kind: Kind) => Promise<DestinationData>): Promise<void> {
    for (const [key, destination] of this.#all) {
      const before = this.#now.get(key);
      const now = await make(destination.kind);
      if (before !== undefined) this.#known.delete(keyOf(before));
      this.#now.set(key, now);
      this.#known.set(keyOf(now), destination);
    }
  }

  /** What the broker calls a destination now. */
  toBroker<D extends DestinationData | undefined>(destination: D): D {
    if (destination === undefined || this.#now.size === 0) return destination;
    return (this.#now.get(keyOf(destination)) as D | undefined) ?? destination;
  }

  /** A message as the broker is to get it. */
  outgoing(message: MessageData): MessageData {
    if (this.#now.size === 0) return message;
    const { destination, replyTo } = message;
    return {
      ...message,
      destination: this.toBroker(destination),
      replyTo: this.toBroker(replyTo),
    };
  }

  /** A message as the application is to get it. */
  incoming(message: MessageData): MessageData {
    if (this.#known.size === 0) return message;
    const destination = message.destination && this.#known.get(keyOf(message.destination));
    const replyTo = message.replyTo && this.#known.get(keyOf(message.replyTo));
    if (destination === undefined && replyTo === undefined) return message;
    return renamed(message, destination ?? message.destination, replyTo ?? message.replyTo);
  }
}

/** Field by field: an adapter's message may be an object whose fields read themselves. */
function renamed(
  message: MessageData,
  destination: DestinationData | undefined,
  replyTo: DestinationData | undefined,
): MessageData {
  return {
    messageId: message.messageId,
    correlationId: message.correlationId,
    destination,
    replyTo,
    type: message.type,
    persistent: message.persistent,
    priority: message.priority,
    timestamp: message.timestamp,
    expiresAt: message.expiresAt,
    deliverAt: message.deliverAt,
    userId: message.userId,
    contentType: message.contentType,
    properties: message.properties,
    body: message.body,
  };
}

function keyOf({ kind, name }: DestinationData): string {
  return `${kind} ${name}`;
}
