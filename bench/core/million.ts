// A million messages that wait: what they cost in memory, and what they cost the next message.

import { type Message, Outcome } from '../../broker/index.ts';
import { type Figure, heldBytes, perMessage, type Scenario } from './figure.ts';
import { message, QUEUE, Stage, Taker, TOPIC } from './stage.ts';

const MILLION = 1_000_000;
const COUNT = 64_000;

/** In at the end, out at the front, with so many between. */
function depth(waiting: number, target?: number): Figure {
  const { connection, host } = new Stage();
  const producer = connection.openProducer(QUEUE);
  for (let at = 0; at < waiting; at++) producer.send(message());
  const taker = new Taker(connection, QUEUE);
  const round = (): void => {
    for (let sent = 0; sent < COUNT; sent += 64) {
      for (let at = 0; at < 64; at++) producer.send(message());
      taker.consumer.setCredit(64);
      host.endTurn();
      taker.settleAll();
    }
  };
  const options = target === undefined ? {} : { target };
  return perMessage(`settled, ${waiting.toLocaleString('en')} waiting`, COUNT, round, options);
}

/** Bytes of an entry on top of its message: waiting, then out with a consumer. */
function memory(): Figure[] {
  const { connection, host } = new Stage();
  const producer = connection.openProducer(QUEUE);
  const all = new Array<Message>(MILLION);
  for (let at = 0; at < MILLION; at++) all[at] = message();
  const empty = heldBytes(all);
  for (const one of all) producer.send(one);
  host.endTurn();
  const waiting = (heldBytes(all) - empty) / MILLION;
  const consumer = connection.openConsumer(QUEUE, { deliver: () => {}, drained: () => {} });
  consumer.setCredit(MILLION);
  host.endTurn();
  if (consumer.out !== MILLION) throw new Error(`${consumer.out} are out`);
  const out = (heldBytes(all) - empty) / MILLION;
  return [
    { what: 'an entry that waits', unit: 'bytes', best: waiting, target: 100 },
    { what: 'an entry that is out', unit: 'bytes', best: out, target: 100 },
  ];
}

/** Half of a million is out; entries are given back in any order, and handed out again. */
function requeue(): Figure {
  const { connection, host } = new Stage();
  const producer = connection.openProducer(QUEUE);
  for (let at = 0; at < MILLION; at++) producer.send(message());
  const taker = new Taker(connection, QUEUE);
  taker.consumer.setCredit(MILLION / 2);
  host.endTurn();
  const out = [...taker.entries];
  const round = (): void => {
    for (let done = 0; done < COUNT; done += 64) {
      taker.entries.length = 0;
      for (let at = 0; at < 64; at++) {
        // A prime stride visits all of them, far from each other.
        const entry = out[((done + at) * 7919) % out.length] as number;
        taker.consumer.settle(entry, Outcome.released);
      }
      taker.consumer.setCredit(64);
      host.endTurn();
      if (taker.entries.length !== 64) throw new Error(`${taker.entries.length} came again`);
    }
  };
  return perMessage('given back in the middle, and out again', COUNT, round);
}

/** A queue at its bound that drops the oldest for each that comes, most of it being out. */
function fullQueue(): Figure {
  const { broker, connection, host } = new Stage();
  broker.set('bench', { messagesMax: 10_000, whenFull: 'drop-oldest' });
  const taker = new Taker(connection, QUEUE);
  taker.consumer.setCredit(9_000);
  const producer = connection.openProducer(QUEUE);
  return perMessage('a full queue drops its oldest, 9,000 out', COUNT, () => {
    for (let at = 0; at < COUNT; at++) producer.send(message());
    host.endTurn();
  });
}

/** A subscriber that takes nothing, at its bound, beside a durable one that is far behind. */
function slowSubscriber(): Figure {
  const { broker, connection, host } = new Stage();
  broker.set('bench', { pendingMax: 1_000 });
  const subscription = { name: 's', durable: true, shared: true };
  connection.closeConsumer(new Taker(connection, TOPIC, { subscription }).consumer);
  const producer = connection.openProducer(TOPIC);
  for (let at = 0; at < MILLION; at++) producer.send(message());
  new Taker(connection, TOPIC);
  return perMessage('a slow subscriber drops its oldest', 16_000, () => {
    for (let at = 0; at < 16_000; at++) producer.send(message());
    host.endTurn();
  });
}

export const million: readonly Scenario[] = [
  {
    name: 'depth',
    play: (): Figure[] => {
      const shallow = depth(1);
      // At most half a microsecond dearer.
      return [shallow, depth(MILLION, shallow.best + 500)];
    },
  },
  { name: 'memory', play: memory },
  { name: 'requeue', play: (): Figure[] => [requeue()] },
  { name: 'full', play: (): Figure[] => [fullQueue(), slowSubscriber()] },
];
