// ActiveMQ Artemis. It throws away what is NACKed, and an ACK does not wait for COMMIT: so a NACK is
// never sent, and acknowledgements of a transaction are held here until its sends are committed.

import { spellAsActiveMq } from './destination-text.ts';
import type { Dialect } from './dialect.ts';

export const artemis: Dialect = {
  name: 'artemis',
  product: 'ActiveMQ Artemis',
  capabilities: new Set([
    'transactions',
    'selectors',
    'no-local',
    'durable-subscriptions',
    'delivery-delay',
    'client-id',
    'priority-order',
    'credentials',
  ]),
  outcomes: false,
  deadLetters: false,
  namesTemporaries: false,
  transactedAcks: false,
  selector: (text) => `convert_string_expressions:${text}`,
  selectorsCost: true,
  spell: spellAsActiveMq,
  subscribe({ request }) {
    const { subscription, noLocal } = request;
    const lines: [string, string][] = [];
    if (noLocal === true) lines.push(['no-local', 'true']);
    if (subscription !== undefined) lines.push(['durable-subscription-name', subscription.name]);
    return lines;
  },
  // Its windows are in bytes: -1 is no bound, and nothing else is refilled reliably.
  prefetch: () => [['consumer-window-size', '-1']],
  unsubscribe: (name) => [['durable-subscription-name', name]],
  deliverAt: (atMs) => [['AMQ_SCHEDULED_TIME', String(atMs)]],
};
