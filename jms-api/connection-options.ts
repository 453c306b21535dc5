// What the `jms.` options of a connection URL say; their table is in `jms-options.ts`.
//
//     vm://orders?jms.clientID=billing&jms.prefetchPolicy.all=100&jms.redeliveryPolicy.maxRedeliveries=3

import { isTopicData } from './destination.ts';
import type { DestinationData } from './message-data.ts';
import { type ConsumerRequest, Outcome } from './provider.ts';

const PREFETCH_DEFAULT = 1000;

/** What the options of a URL say. */
export class ConnectionOptions {
  readonly username: string | undefined = undefined;
  readonly password: string | undefined = undefined;
  readonly clientID: string | undefined = undefined;
  /** The connection waits for setClientID, or its first use, before it is opened at the broker. */
  readonly awaitClientID: boolean = true;
  /** What expires while it waits in the client is not delivered. */
  readonly localMessageExpiry: boolean = true;
  /** `acknowledge()` does not wait until the broker has recorded it. */
  readonly forceAsyncAcks: boolean = false;
  /** A receive whose time is over does not ask the broker once more. */
  readonly receiveLocalOnly: boolean = false;
  /** `receiveNoWait` looks at what is here, and does not ask the broker. */
  readonly receiveNoWaitLocalOnly: boolean = false;
  /** How long the broker may take to let us in. */
  readonly connectTimeoutMs: number = 15_000;
  /** How long the close of a connection waits for the broker. */
  readonly closeTimeoutMs: number = 60_000;
  /** How long a send may be unconfirmed; -1: for ever. */
  readonly sendTimeoutMs: number = -1;
  /** How long the broker may take for anything else; -1: for ever. */
  readonly requestTimeoutMs: number = -1;
  /** How often a message may come again; -1: any number of times. */
  readonly maxRedeliveries: number = -1;
  /** What becomes of one that came again too often. */
  readonly exhausted: Outcome = Outcome.undeliverable;
  readonly queuePrefetch: number = PREFETCH_DEFAULT;
  readonly topicPrefetch: number = PREFETCH_DEFAULT;
  readonly durableTopicPrefetch: number = PREFETCH_DEFAULT;
  readonly queueBrowserPrefetch: number = PREFETCH_DEFAULT;
  readonly presettleProducers: boolean = false;
  readonly presettleQueueProducers: boolean = false;
  readonly presettleTopicProducers: boolean = false;
  readonly presettleTransactedProducers: boolean = false;
  readonly presettleConsumers: boolean = false;
  readonly presettleQueueConsumers: boolean = false;
  readonly presettleTopicConsumers: boolean = false;

  /** How many messages may wait for a consumer here, before it asked for them. */
  prefetchFor(destination: DestinationData, request: ConsumerRequest): number {
    if (request.browse === true) return this.queueBrowserPrefetch;
    if (!isTopicData(destination)) return this.queuePrefetch;
    return request.subscription?.durable === true ? this.durableTopicPrefetch : this.topicPrefetch;
  }

  /** Whether a producer's sends are settled when they are written. */
  presettlesProducer(destination: DestinationData | null, transacted: boolean): boolean {
    if (this.presettleProducers) return true;
    if (transacted && this.presettleTransactedProducers) return true;
    if (destination === null) return false;
    return isTopicData(destination) ? this.presettleTopicProducers : this.presettleQueueProducers;
  }

  /** Whether a consumer's deliveries come settled; never those of a transaction. */
  presettlesConsumer(destination: DestinationData, transacted: boolean): boolean {
    if (transacted) return false;
    if (this.presettleConsumers) return true;
    return isTopicData(destination) ? this.presettleTopicConsumers : this.presettleQueueConsumers;
  }
}
