// Topics: one message to many subscriptions, and many subscriptions far behind.

import { parseSelector } from '../../broker/index.ts';
import { type Figure, heldBytes, once, perMessage, type Scenario } from './figure.ts';
import { formatOf, message, Stage, Taker, TOPIC } from './stage.ts';

const PLENTY = 1_000_000_000;
/** 3 million deliveries a second. */
const TARGET_NS = 1e9 / 3e6;
const DELIVERIES = 192_000;

function fanOut(subscribers: number, presettled: boolean): Figure {
  const { connection, host } = new Stage();
  const takers = Array.from({ length: subscribers }, () => {
    return new Taker(connection, TOPIC, { presettled });
  });
  for (const taker of takers) taker.consumer.setCredit(PLENTY);
  const producer = connection.openProducer(TOPIC);
  const turns = Math.ceil(DELIVERIES / subscribers / 64);
  const round = (): void => {
    for (let turn = 0; turn < turns; turn++) {
      for (let at = 0; at < 64; at++) producer.send(message());
      host.endTurn();
      if (!presettled) for (const taker of takers) taker.settleAll();
    }
  };
  const what = `to ${subscribers.toLocaleString('en')}, ${presettled ? 'presettled' : 'settled'}`;
  return perMessage(`${what}, a delivery`, turns * 64 * subscribers, round, { target: TARGET_NS });
}

/** Each message is wanted by one of so many. */
function selectors(count: number): Figure {
  const { connection, host } = new Stage();
  const formats = Array.from({ length: count }, (_, at) => {
    return formatOf(new Map([['color', { type: 'string', value: `c${at}` }]]));
  });
  for (let at = 0; at < count; at++) {
    const selector = parseSelector(`color = 'c${at}'`);
    if (selector === undefined) throw new Error('a selector without a condition');
    const taker = new Taker(connection, TOPIC, { presettled: true, selector });
    taker.consumer.setCredit(PLENTY);
  }
  const producer = connection.openProducer(TOPIC);
  let next = 0;
  const round = (): void => {
    for (let at = 0; at < 64; at++) producer.send(message(undefined, formats[next++ % count]));
    host.endTurn();
  };
  const figure = perMessage('1,000 selectors, each asked', 64 * count, round);
  return figure;
}

/** Durable subscriptions that all are as far behind as messages were sent. */
function behind(subscriptions: number, messages: number): Figure[] {
  const { connection, host } = new Stage();
  const named = (at: number): { subscription: { name: string; durable: true; shared: true } } => {
    return { subscription: { name: `s${at}`, durable: true, shared: true } };
  };
  for (let at = 0; at < subscriptions; at++) {
    connection.closeConsumer(new Taker(connection, TOPIC, named(at)).consumer);
  }
  const producer = connection.openProducer(TOPIC);
  const all = Array.from({ length: messages }, () => message());
  const before = heldBytes(all);
  const sending = once('a send to 1,000 that are away', messages, () => {
    for (const one of all) producer.send(one);
    host.endTurn();
  });
  const indexMegabytes = (heldBytes(all) - before) / 1e6;
  const back = new Taker(connection, TOPIC, { ...named(0), presettled: true });
  const catching = once('one catches up, a delivery', messages, () => {
    back.consumer.setCredit(PLENTY);
    host.endTurn();
  });
  if (back.received !== messages) throw new Error(`${back.received} of ${messages} came`);
  return [
    { what: '1,000 durable, 100,000 behind: index', unit: 'MB', best: indexMegabytes, target: 100 },
    sending,
    catching,
  ];
}

export const topics: readonly Scenario[] = [
  {
    name: 'topic',
    play: (): Figure[] => [
      fanOut(1, true),
      fanOut(10, true),
      fanOut(1000, true),
      fanOut(10, false),
      fanOut(1000, false),
    ],
  },
  { name: 'selectors', play: (): Figure[] => [selectors(1000)] },
  { name: 'behind', play: (): Figure[] => behind(1000, 100_000) },
];
