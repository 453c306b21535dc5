// ActiveMQ Artemis. It throws away what is NACKed, and an ACK does not wait for COMMIT: so a NACK is
// never sent, and acknowledgements of a transaction are held here until its sends are committed.

import type { DestinationData } from '#jms-api';
import { artemisSelector } from './artemis-selector.ts';
import { withHash } from './destination-text.ts';
import type { Dialect } from './dialect.ts';
import { ARTEMIS_LACKS } from './lacks.ts';
import * as Own from './own-header.ts';

/** What a message is reckoned to have. */
const MESSAGE_BYTES = 10_240;

function spell({ kind, name }: DestinationData): string {
  return kind.endsWith('queue') ? `/queue/${name}` : `/topic/${withHash(name)}`;
}

export const artemis: Dialect = {
  name: 'artemis',
  product: 'ActiveMQ Artemis',
  lacks: ARTEMIS_LACKS,
  outcomes: false,
  deadLetters: false,
  temporaries: 'named',
  transactedAcks: false,
  transactedReceipts: true,
  endGivesBack: true,
  hidesGroups: false,
  echoes: 3,
  selector: artemisSelector,
  marksOwn: true,
  selectsHere: false,
  selectorsCost: true,
  spell,
  subscribe({ request }) {
    const { subscription, noLocal, selector } = request;
    const lines: [string, string][] = [];
    // With a selector, that says it.
    if (noLocal === true && selector === undefined) lines.push(['no-local', 'true']);
    if (subscription !== undefined) lines.push(['durable-subscription-name', subscription.name]);
    return lines;
  },
  // Its windows are in bytes, and refilled by ACKs.
  prefetch: (count) => [['consumer-window-size', String(count * MESSAGE_BYTES)]],
  unsubscribe: (name) => [['durable-subscription-name', name]],
  // Its own is when it came.
  more: ({ timestamp }) => (timestamp === undefined ? [] : [[Own.TIMESTAMP, String(timestamp)]]),
  deliverAt: (atMs) => [['AMQ_SCHEDULED_TIME', String(atMs)]],
};
