// What happens in the core, for metrics, advisories and tracing. A listener is a field that is
// absent when nobody listens: then it costs one look.

import type { Connection } from './connection.ts';
import type { Destination } from './destination.ts';
import type { DeadLetterCause, Message } from './message.ts';

export interface BrokerEvents {
  connected?: (connection: Connection) => void;
  disconnected?: (connection: Connection) => void;
  created?: (destination: Destination) => void;
  deleted?: (destination: Destination) => void;
  /** A message was appended. */
  enqueued?: (destination: Destination, message: Message) => void;
  delivered?: (destination: Destination, message: Message, attempts: number) => void;
  settled?: (destination: Destination, message: Message) => void;
  /** A message could not be processed, or its time was over. */
  buried?: (from: Destination, message: Message, cause: DeadLetterCause) => void;
}
