// Queues: a message is made, sent, delivered and settled.

import { parseSelector, type TypedValue, type WireFormat } from '../../broker/index.ts';
import { type Figure, perMessage, type Scenario } from './figure.ts';
import { formatOf, message, QUEUE, Stage, Taker } from './stage.ts';

const COUNT = 96_000;
const PLENTY = 1_000_000_000;
/** 1.5 million a second. */
const TARGET_NS = 1e9 / 1.5e6;

function straight(presettled: boolean, perTurn: number, priorities = 1): () => void {
  const { connection, host } = new Stage();
  const taker = new Taker(connection, QUEUE, { presettled });
  taker.consumer.setCredit(PLENTY);
  const producer = connection.openProducer(QUEUE);
  const headers = Array.from({ length: priorities }, (_, at) => {
    return { persistent: false, priority: priorities === 1 ? 4 : at, expiresAt: 0 };
  });
  let next = 0;
  return () => {
    for (let sent = 0; sent < COUNT; sent += perTurn) {
      for (let at = 0; at < perTurn; at++) producer.send(message(headers[next++ % priorities]));
      host.endTurn();
      taker.settleAll();
    }
  };
}

/** Competing consumers that settle at once. */
function competing(consumers: number): () => void {
  const { connection, host } = new Stage();
  const takers = Array.from({ length: consumers }, () => new Taker(connection, QUEUE));
  for (const taker of takers) taker.consumer.setCredit(PLENTY);
  const producer = connection.openProducer(QUEUE);
  return () => {
    for (let sent = 0; sent < COUNT; sent += 64) {
      for (let at = 0; at < 64; at++) producer.send(message());
      host.endTurn();
      for (const taker of takers) taker.settleAll();
    }
  };
}

/** Consumers with a selector each on one queue, and a heap of messages that nobody wants. */
function selective(consumers: number, unwanted: number, count: number): () => void {
  const { connection, host } = new Stage();
  const takers: Taker[] = [];
  const formats: WireFormat[] = [];
  for (let number = 0; number < consumers; number++) {
    const selector = parseSelector(`region = 'r${number}'`);
    if (selector === undefined) throw new Error('a selector without a condition');
    takers.push(new Taker(connection, QUEUE, { selector }));
    formats.push(formatOf(region(`r${number}`)));
  }
  for (const taker of takers) taker.consumer.setCredit(PLENTY);
  const producer = connection.openProducer(QUEUE);
  const nobodys = formatOf(region('nowhere'));
  for (let at = 0; at < unwanted; at++) producer.send(message(undefined, nobodys));
  host.endTurn();
  let next = 0;
  return () => {
    for (let sent = 0; sent < count; sent += 64) {
      for (let at = 0; at < 64; at++) {
        producer.send(message(undefined, formats[next++ % consumers]));
      }
      host.endTurn();
      for (const taker of takers) taker.settleAll();
    }
  };
}

function region(value: string): ReadonlyMap<string, TypedValue> {
  return new Map([['region', { type: 'string', value }]]);
}

export const queues: readonly Scenario[] = [
  {
    name: 'queue',
    play: (): Figure[] => [
      perMessage('settled, turns of 64', COUNT, straight(false, 64), { target: TARGET_NS }),
      perMessage('settled, turns of 1', COUNT, straight(false, 1), { target: TARGET_NS }),
      perMessage('presettled, turns of 64', COUNT, straight(true, 64), { target: TARGET_NS }),
      perMessage('presettled, turns of 1', COUNT, straight(true, 1), { target: TARGET_NS }),
    ],
  },
  {
    name: 'priorities',
    play: (): Figure[] => [
      perMessage('settled, ten priorities in turn', COUNT, straight(false, 64, 10)),
    ],
  },
  {
    name: 'competing',
    play: (): Figure[] => [
      perMessage('settled, among 10 consumers', COUNT, competing(10)),
      perMessage('settled, among 1,000 consumers', COUNT, competing(1000), { rounds: 5 }),
    ],
  },
  {
    name: 'selective',
    play: (): Figure[] => [
      perMessage('10 selective consumers', 16_000, selective(10, 0, 16_000)),
      perMessage('100 selective consumers', 6_400, selective(100, 0, 6_400)),
      perMessage('100, before 10,000 unwanted', 6_400, selective(100, 10_000, 6_400)),
    ],
  },
];
