// All orders in which two consumers and the sender of three messages can do what they do, each
// compared with the model after each step: small enough to leave nothing to chance.

import test, { type ExecutionContext } from 'ava';
import { type Address, Outcome } from '#broker';
import { outWith } from './fairness.ts';
import { type ClientPair, type ConsumerPair, Rig } from './rig.ts';
import type { ConsumeOptions } from './state.ts';
import { plainLetter } from './words.ts';

const QUEUE: Address = { kind: 'queue', name: 'q' };

const ordinary: ConsumeOptions = {
  ...{ presettled: false, noLocal: false, exclusive: false, browse: false, retroactive: false },
  ...{ selector: undefined, subscription: undefined, priority: 0 },
};

type Act = (rig: Rig, actors: Actors) => void;

interface Actors {
  readonly clients: readonly ClientPair[];
  readonly consumers: (ConsumerPair | undefined)[];
}

const send: Act = (rig, { clients: [client] }) => {
  if (client !== undefined) rig.send(client, plainLetter(`n=1 #${++rig.sent}`, QUEUE));
};

const open =
  (who: number, credit: number, options: Partial<ConsumeOptions>): Act =>
  (rig, { clients, consumers }) => {
    const client = clients[who];
    const pair = client && rig.consume(client, QUEUE, { ...ordinary, ...options });
    consumers[who] = pair;
    if (pair !== undefined) rig.setCredit(pair, credit);
  };

const settle =
  (who: number, outcome: Outcome): Act =>
  (rig, { consumers }) => {
    const pair = consumers[who];
    const [entry] = pair?.model.members.flatMap(outWith) ?? [];
    if (pair === undefined || entry === undefined) return;
    rig.both(
      () => pair.real.settle(entry.token, outcome),
      () => rig.model.settle(entry, outcome),
    );
  };

const leave =
  (who: number, lost: boolean): Act =>
  (rig, { consumers }) => {
    const pair = consumers[who];
    if (pair === undefined) return;
    rig.both(
      () => pair.real.close(lost),
      () => rig.model.close(pair.model, lost),
    );
  };

/** Every way to merge lists without changing the order in one of them. */
function* merges(lists: readonly (readonly Act[])[]): Generator<Act[]> {
  if (lists.every((list) => list.length === 0)) yield [];
  for (const [index, [first, ...rest]] of lists.entries()) {
    if (first === undefined) continue;
    for (const others of merges(lists.map((list, at) => (at === index ? rest : list)))) {
      yield [first, ...others];
    }
  }
}

function playAll(t: ExecutionContext, one: Act[], other: Act[]): void {
  let played = 0;
  for (const acts of merges([[send, send, send], one, other])) {
    const rig = new Rig();
    rig.set('q', { maxDeliveries: 2 });
    const clients = [0, 1].flatMap(() => rig.connect(undefined) ?? []);
    const actors = { clients, consumers: [undefined, undefined] };
    for (const act of acts) {
      rig.model.step++;
      act(rig, actors);
      rig.settle();
    }
    rig.finish();
    played++;
  }
  t.is(played, 1680);
}

for (const [name, outcome] of Object.entries(Outcome)) {
  test(`two consumers, three messages, all orders: one says ${name}, one is lost`, (t) => {
    const other = [open(1, 2, {}), settle(1, Outcome.accepted), leave(1, true)];
    playAll(t, [open(0, 2, {}), settle(0, outcome), leave(0, false)], other);
  });
}

test('two consumers, three messages, all orders: one is exclusive, one of higher priority', (t) => {
  const other = [open(1, 1, { priority: 5 }), settle(1, Outcome.failed), leave(1, false)];
  playAll(t, [open(0, 1, { exclusive: true }), settle(0, Outcome.released), leave(0, true)], other);
});

test('two consumers, three messages, all orders: one browses', (t) => {
  const other = [open(1, 1, {}), settle(1, Outcome.undeliverableHere), leave(1, true)];
  playAll(t, [open(0, 2, { browse: true }), () => {}, leave(0, false)], other);
});
