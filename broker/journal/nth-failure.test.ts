// Every file operation of every scenario fails once, and from then on: the n-th operation for each
// n, until the scenario has no n-th. Whatever fails, what was confirmed is there afterwards, and
// what is there is a state that was.

import test from 'ava';
import { ModelOwner, randomFrom } from './journal-model.test-kit.ts';
import { SimulatedFiles } from './simulated-files.ts';

interface Scenario {
  readonly title: string;
  readonly syncEveryMs?: number;
  readonly segments?: number;
  run(owner: ModelOwner): void;
}

const SEGMENT = 4096;

/** Lets a turn end, and the disk answer. */
function turn(owner: ModelOwner): void {
  owner.sync();
  owner.host.settle();
}

function sendMany(owner: ModelOwner, count: number, length: number): void {
  for (let index = 0; index < count; index++) {
    owner.send(length);
    if (index % 3 === 2) turn(owner);
  }
  turn(owner);
}

function settleAll(owner: ModelOwner, but = 0): void {
  for (const number of [...owner.state.keys()].slice(but)) {
    owner.settle(number);
    turn(owner);
  }
}

function reopen(owner: ModelOwner): void {
  owner.die(false, () => 0);
  owner.open();
  owner.host.settle();
}

const scenarios: readonly Scenario[] = [
  { title: 'one append', run: (owner) => sendMany(owner, 1, 100) },
  {
    title: 'a write while another is in flight',
    run: (owner) => {
      owner.send(100);
      owner.sync();
      owner.send(200);
      owner.send(300);
      turn(owner);
    },
  },
  { title: 'segments fill and follow each other', run: (owner) => sendMany(owner, 12, 900) },
  { title: 'a record larger than a segment', run: (owner) => sendMany(owner, 2, 9000) },
  {
    title: 'a group',
    run: (owner) => {
      sendMany(owner, 2, 50);
      owner.atomic(() => {
        for (const number of [...owner.state.keys()]) owner.settle(number);
        owner.send(70);
      });
      turn(owner);
    },
  },
  {
    title: 'a group over several segments',
    run: (owner) => {
      sendMany(owner, 2, 50);
      owner.atomic(() => {
        for (const number of [...owner.state.keys()]) owner.settle(number);
        for (let index = 0; index < 8; index++) owner.send(1500);
      });
      turn(owner);
    },
  },
  {
    title: 'segments empty and are used again',
    run: (owner) => {
      for (let round = 0; round < 3; round++) {
        sendMany(owner, 8, 900);
        settleAll(owner);
        owner.host.advance(60);
      }
    },
  },
  {
    title: 'an old record is copied forward',
    run: (owner) => {
      sendMany(owner, 1, 200);
      for (let round = 0; round < 4; round++) {
        sendMany(owner, 9, 900);
        settleAll(owner, 1);
      }
      owner.host.advance(200);
    },
  },
  {
    title: 'an old record with news of it is copied forward',
    run: (owner) => {
      sendMany(owner, 1, 200);
      const [old] = owner.state.keys();
      for (let round = 0; round < 4; round++) {
        if (old !== undefined) owner.count(old);
        sendMany(owner, 9, 900);
        settleAll(owner, 1);
      }
      if (old !== undefined) owner.count(old);
      owner.host.advance(200);
    },
  },
  {
    title: 'the process dies and comes back, twice',
    run: (owner) => {
      sendMany(owner, 5, 900);
      reopen(owner);
      sendMany(owner, 5, 900);
      settleAll(owner, 4);
      reopen(owner);
      sendMany(owner, 1, 30);
    },
  },
  {
    title: 'power goes in the middle of a write',
    run: (owner) => {
      sendMany(owner, 3, 300);
      owner.send(1500);
      owner.send(1500);
      owner.sync();
      owner.die(true, randomFrom(7));
      owner.open();
      owner.host.settle();
      sendMany(owner, 3, 300);
    },
  },
  {
    title: 'it falls idle',
    run: (owner) => {
      sendMany(owner, 2, 100);
      owner.host.advance(60);
      sendMany(owner, 2, 100);
      owner.host.advance(200);
    },
  },
  {
    title: 'the disk is full, and consumers free it',
    segments: 7,
    run: (owner) => {
      for (let index = 0; index < 40; index++) {
        if (owner.journal?.room(900) === true) owner.send(900);
        turn(owner);
      }
      settleAll(owner, 2);
      owner.host.advance(1100);
      sendMany(owner, 2, 100);
    },
  },
  {
    title: 'synced now and then',
    syncEveryMs: 20,
    run: (owner) => {
      sendMany(owner, 6, 900);
      owner.host.advance(25);
      settleAll(owner, 2);
      owner.host.advance(25);
      sendMany(owner, 6, 900);
    },
  },
  {
    title: 'closed and opened again',
    run: (owner) => {
      sendMany(owner, 3, 100);
      void owner.journal?.close();
      owner.host.settle();
      reopen(owner);
      sendMany(owner, 3, 100);
    },
  },
];

/** Runs a scenario with its n-th operation failing; false if it has no n-th. */
function runFailing(scenario: Scenario, n: number, failOn: boolean, power: boolean): boolean {
  const files = new SimulatedFiles();
  if (scenario.segments !== undefined) files.capacity = scenario.segments * SEGMENT;
  const { syncEveryMs = 0 } = scenario;
  const owner = new ModelOwner(files, { segmentBytes: SEGMENT, syncEveryMs });
  owner.open();
  owner.host.settle();
  files.failAt = files.operations + n;
  files.failOn = failOn;
  const { failAt } = files;
  try {
    scenario.run(owner);
  } catch (error) {
    // It could not be opened: that is said, and another attempt finds all.
    if (!String(error).includes('EIO')) throw error;
  }
  const reached = files.operations >= failAt;
  files.failAt = 0;
  owner.die(power, randomFrom(n));
  owner.open();
  owner.host.settle();
  owner.send(10);
  turn(owner);
  owner.host.advance(1100);
  if (owner.failed) throw new Error('it fails on files that are sound again');
  owner.die(power, randomFrom(n + 1));
  owner.open();
  return reached;
}

for (const scenario of scenarios) {
  test(`the n-th operation fails: ${scenario.title}`, (t) => {
    for (const failOn of [false, true]) {
      for (const power of [false, true]) {
        let n = 1;
        try {
          while (runFailing(scenario, n, failOn, power)) n++;
        } catch (error) {
          t.fail(
            `n ${n}, ${failOn ? 'for ever' : 'once'}, ${power ? 'power' : 'process'}: ${error}`,
          );
          return;
        }
        t.true(n > 1);
      }
    }
  });
}
