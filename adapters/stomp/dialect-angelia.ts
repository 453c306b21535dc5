// Our own gateway: all of JMS that STOMP has a frame for. See docs/stomp.md.

import { spellAsActiveMq } from './destination-text.ts';
import type { Dialect } from './dialect.ts';
import { ANGELIA_LACKS } from './lacks.ts';

export const angelia: Dialect = {
  name: 'angelia',
  product: 'angelia',
  lacks: ANGELIA_LACKS,
  outcomes: true,
  deadLetters: true,
  temporaries: 'told',
  transactedAcks: true,
  transactedReceipts: true,
  endGivesBack: true,
  hidesGroups: false,
  echoes: 0,
  selector: (text) => text,
  marksOwn: false,
  selectsHere: false,
  selectorsCost: false,
  spell: spellAsActiveMq,
  subscribe({ request }) {
    const { subscription, noLocal } = request;
    return [
      // Our properties have their types: a selector means what JMS says it means.
      ['convert-strings', 'false'],
      ...(noLocal === true ? ([['no-local', 'true']] as const) : []),
      ...(subscription === undefined ? [] : nameOf(subscription)),
    ];
  },
  prefetch: (count) => [['activemq.prefetchSize', String(count)]],
  unsubscribe: (name) => [['activemq.subscriptionName', name]],
  deliverAt: (atMs) => [['AMQ_SCHEDULED_TIME', String(atMs)]],
};

function nameOf(asked: {
  readonly name: string;
  readonly durable: boolean;
  readonly shared: boolean;
}): readonly (readonly [string, string])[] {
  const { name, durable, shared } = asked;
  const line = ['activemq.subscriptionName', name] as const;
  return shared ? [line, ['shared', 'true'], ['durable', String(durable)]] : [line];
}
