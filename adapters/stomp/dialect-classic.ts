// ActiveMQ Classic. A selector compares strings with numbers, for all properties are strings.

import { spellAsActiveMq } from './destination-text.ts';
import type { Dialect } from './dialect.ts';
import { CLASSIC_STOMP_LACKS } from './lacks.ts';

export const classic: Dialect = {
  name: 'classic',
  product: 'ActiveMQ Classic',
  lacks: CLASSIC_STOMP_LACKS,
  outcomes: false,
  deadLetters: true,
  temporaries: 'seen',
  transactedAcks: true,
  transactedReceipts: true,
  endGivesBack: true,
  hidesGroups: true,
  echoes: 1,
  selector: (text) => text,
  marksOwn: false,
  selectsHere: false,
  selectorsCost: false,
  spell: spellAsActiveMq,
  subscribe({ request }) {
    const { subscription, noLocal } = request;
    const lines: [string, string][] = [];
    if (noLocal === true) lines.push(['activemq.noLocal', 'true']);
    if (subscription !== undefined) lines.push(['activemq.subscriptionName', subscription.name]);
    return lines;
  },
  prefetch: (count) => [['activemq.prefetchSize', String(count)]],
  unsubscribe: (name, clientId) => [
    ['activemq.subscriptionName', name],
    ...(clientId === undefined ? [] : ([['client-id', clientId]] as const)),
  ],
  // Its scheduler is off unless it was turned on, and then nothing says so.
  deliverAt: () => undefined,
};
