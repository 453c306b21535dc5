// Every file operation of every scenario fails, once and from then on: the n-th for each n, until
// the scenario has no n-th. Whatever fails, a broker that comes back afterwards has what the model
// says it must have; and after a failure nothing is confirmed.

import test from 'ava';
import { type Address, JournalError, Outcome } from '#broker';
import { Die } from './choices.ts';
import { CrashRig, type Fate } from './crash-rig.ts';
import { Script } from './script.ts';

interface Scenario {
  readonly title: string;
  readonly fate?: Partial<Fate>;
  /** Segments that fit on the disk. */
  readonly segments?: number;
  run(script: Script): void;
}

const A: Address = { kind: 'queue', name: 'q' };
const B: Address = { kind: 'queue', name: 'q.b' };
const BOTH: Address = { kind: 'queue', name: 'q,q.b' };
const T: Address = { kind: 'topic', name: 't' };
const DURABLE = { name: 's', durable: true, shared: false };
const SEGMENT = 4096;
const LONG = '.'.repeat(700);
const LONGER = '.'.repeat(1800);

const scenarios: readonly Scenario[] = [
  { title: 'a message is sent', run: (script) => script.send(A) },
  {
    title: 'a message to two queues is settled in both',
    run: (script) => {
      script.send(BOTH);
      for (const queue of [A, B]) script.settle(script.consume(queue, 1));
    },
  },
  {
    title: 'segments fill while messages come and go',
    run: (script) => {
      const consumer = script.consume(A, 1);
      for (let n = 0; n < 12; n++) {
        script.send(A, {}, LONG);
        script.settle(consumer);
        script.rig.setCredit(consumer, 1);
      }
    },
  },
  {
    title: 'a delivery fails until it is a dead letter',
    run: (script) => {
      script.rig.set('>', { maxDeliveries: 2 });
      script.send(A);
      const consumer = script.consume(A, 2);
      script.settle(consumer, Outcome.failed);
      script.settle(consumer, Outcome.failed);
    },
  },
  {
    title: 'a message is rejected, and sent back to where it came from',
    run: (script) => {
      script.send(A);
      script.settle(script.consume(A, 1), Outcome.rejected);
      const grave: Address = { kind: 'queue', name: 'DLQ' };
      const [entry] = script.rig.model.queueOf(grave).entries;
      if (entry === undefined) throw new Error('there is no dead letter');
      script.rig.whole = true;
      script.rig.both(
        () => script.rig.broker.retry(grave, entry.letter.serial),
        () => script.rig.model.move(entry, undefined),
      );
      script.turn();
    },
  },
  {
    title: 'a transaction over two queues',
    run: (script) => {
      script.send(A);
      const consumer = script.consume(A, 1);
      const transaction = script.begin();
      script.settle(consumer, Outcome.accepted, transaction);
      script.send(B, {}, LONG, transaction);
      script.send(A, {}, LONG, transaction);
      script.commit(transaction);
    },
  },
  {
    title: 'a durable subscription is made, gets messages and ends',
    run: (script) => {
      const consumer = script.consume(T, 1, DURABLE);
      script.send(T);
      script.send(T);
      script.settle(consumer);
      script.leave(consumer);
      script.send(T);
      script.rig.both(
        () => script.client().real.unsubscribe('s'),
        () => script.rig.model.unsubscribe(script.client().model, 's', false),
      );
      script.turn();
    },
  },
  {
    title: 'delayed messages come',
    run: (script) => {
      const { now } = script.rig.model;
      script.send(A, { deliverAt: now + 2 });
      script.send(A, { deliverAt: now + 1, periodMs: 2, times: 1 });
      script.advance(4);
    },
  },
  {
    title: 'a message expires',
    run: (script) => {
      script.send(A, { expiresAt: script.rig.model.now + 2 });
      script.advance(3);
    },
  },
  {
    title: 'settings are made and taken back',
    run: (script) => {
      script.rig.set('q', { maxDeliveries: 3 });
      script.turn();
      script.rig.set('q', { maxDeliveries: 4 });
      script.turn();
      script.rig.set('q', undefined);
      script.turn();
    },
  },
  {
    title: 'a queue is purged, and deleted',
    run: (script) => {
      for (let n = 0; n < 3; n++) script.send(BOTH);
      script.rig.both(
        () => script.rig.broker.purge(A),
        () => script.rig.model.purge(A),
      );
      script.turn();
      script.rig.both(
        () => script.rig.broker.deleteDestination(B, false),
        () => script.rig.model.delete(B, false),
      );
      script.turn();
    },
  },
  {
    title: 'a topic retains its last messages',
    run: (script) => {
      script.rig.set('t', { retain: 2 });
      for (let n = 0; n < 4; n++) script.send(T);
    },
  },
  {
    title: 'bodies leave memory and come back',
    fate: { limits: { bodiesBytesMax: 0, readBackBytesMax: 50, readAheadMax: 2 } },
    run: (script) => {
      for (let n = 0; n < 4; n++) script.send(A, {}, LONG);
      const consumer = script.consume(A, 1);
      for (let n = 0; n < 3; n++) {
        script.settle(consumer);
        script.rig.setCredit(consumer, 1);
        script.turn();
      }
    },
  },
  {
    title: 'one message stays while others come and go, and is copied forward',
    run: (script) => {
      script.send(A);
      const holder = script.consume(A, 1);
      script.settle(holder, Outcome.failed);
      const consumer = script.consume(B, 1);
      for (let n = 0; n < 14; n++) {
        script.send(B, {}, LONGER);
        script.settle(consumer);
        script.rig.setCredit(consumer, 1);
      }
      script.advance(60);
      if (
        script.rig.failure === undefined &&
        script.rig.broker.journalStatistics.carriedBytes === 0
      )
        throw new Error('nothing was copied');
    },
  },
  {
    title: 'the disk is full, and consumers free it',
    segments: 7,
    run: (script) => {
      for (let n = 0; n < 40 && script.rig.room(LONGER.length); n++) script.send(A, {}, LONGER);
      const consumer = script.consume(A, 100);
      while (script.out(consumer).length > 0) script.settle(consumer);
      script.advance(1100);
      if (script.rig.failure === undefined && !script.rig.room(LONGER.length)) {
        throw new Error('there is no room again');
      }
      script.send(A);
    },
  },
  {
    title: 'it is closed and begins anew, and goes on',
    run: (script) => {
      script.send(A);
      script.settle(script.consume(A, 1), Outcome.released);
      script.rig.restart();
      script.settle(script.consume(A, 1));
      script.send(A);
    },
  },
  {
    title: 'power goes, and it begins anew',
    run: (script) => {
      script.send(A, {}, LONG);
      script.rig.send(script.client(), letterTo(script, B));
      script.rig.done();
      script.rig.settle();
      script.rig.crash(true, new Die(5));
      script.send(A);
    },
  },
];

function letterTo(script: Script, to: Address) {
  const text = `n=1 #${++script.rig.sent}`;
  return {
    ...{ text, size: text.length, n: 1, priority: 4, destination: to, sender: '', targets: [] },
    ...{ expiresAt: 0, deliverAt: 0, times: 0, periodMs: 0, serial: 0, closes: false },
    ...{ group: undefined, duplicateId: undefined, origin: undefined },
  };
}

/** What the scenario's own file operation failed with, and what follows from it. */
function ofTheDisk(error: unknown, { host }: CrashRig): boolean {
  const passedOver = host.lines.some(({ event }) => event === 'a message cannot be read');
  return passedOver || error instanceof JournalError || String(error).includes('EIO');
}

/** Runs a scenario with its n-th operation failing; false if it has no n-th. */
function runFailing(scenario: Scenario, n: number, failOn: boolean, power: boolean): boolean {
  const limits = { bodiesBytesMax: 1_000_000 };
  const rig = new CrashRig({ segmentBytes: SEGMENT, limits, ...scenario.fate });
  const { files } = rig;
  if (scenario.segments !== undefined) files.capacity = scenario.segments * SEGMENT;
  files.failAt = files.operations + n;
  files.failOn = failOn;
  const { failAt } = files;
  let confirmed = Number.POSITIVE_INFINITY;
  const script = new Script(rig);
  try {
    rig.whenFailed = () => {
      confirmed = rig.broker.durable;
    };
    scenario.run(script);
  } catch (error) {
    if (!ofTheDisk(error, rig)) throw error;
    // A body could not be read: what was done until then was done.
    rig.done();
  }
  const reached = files.operations >= failAt;
  if (rig.failure !== undefined && rig.broker.durable > confirmed)
    throw new Error('something is confirmed after a failure');
  rig.crash(power, new Die(n));
  script.send(A);
  script.advance(60);
  if (rig.failure !== undefined) throw new Error('it fails on files that are sound again');
  rig.crash(power, new Die(n + 1));
  rig.finish();
  return reached;
}

for (const scenario of scenarios) {
  test(`the n-th operation fails: ${scenario.title}`, (t) => {
    for (const [failOn, power] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as const) {
      let n = 1;
      try {
        while (runFailing(scenario, n, failOn, power)) n++;
      } catch (error) {
        const how = `${failOn ? 'for ever' : 'once'}, ${power ? 'power' : 'process'}`;
        t.fail(`n ${n}, ${how}: ${error instanceof Error ? error.stack : error}`);
        return;
      }
      t.true(n > 1);
    }
  });
}
