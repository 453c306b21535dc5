// What becomes of an entry: every state times every input, seen from outside. The table is a page of
// the docs, so that a change of the rules is read there; `UPDATE=1` writes it anew. Each cell also
// ran on the model, which had to agree.

import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { type Address, Outcome } from '#broker';
import { outWith } from './fairness.ts';
import { type ClientPair, type ConsumerPair, Rig, type TransactionPair } from './rig.ts';
import type { ConsumeOptions } from './state.ts';
import { type Letter, plainLetter } from './words.ts';

const PAGE = new URL('../../../docs/entry-states.md', import.meta.url);
const QUEUE: Address = { kind: 'queue', name: 'q' };
const OTHER: Address = { kind: 'queue', name: 'other' };
const DELAY_MS = 8;
const LIFE_MS = 20;

const ordinary: ConsumeOptions = {
  ...{ presettled: false, noLocal: false, exclusive: false, browse: false, retroactive: false },
  ...{ selector: undefined, subscription: undefined, priority: 0 },
};

/** One message, a consumer that may have it, and another one. */
class Scene {
  readonly rig: Rig = new Rig();
  readonly client: ClientPair;
  readonly one: ConsumerPair;
  readonly other: ConsumerPair;
  transaction: TransactionPair | undefined;
  token = 0;

  constructor() {
    const client = this.rig.connect(undefined);
    if (client === undefined) throw new Error('nobody can connect');
    this.client = client;
    this.one = this.consume({});
    this.other = this.consume({});
    this.rig.settle();
  }

  consume(options: Partial<ConsumeOptions>): ConsumerPair {
    const pair = this.rig.consume(this.client, QUEUE, { ...ordinary, ...options });
    if (pair === undefined) throw new Error('nobody can consume');
    return pair;
  }

  send(special: Partial<Letter> = {}): void {
    const expiresAt = this.rig.model.now + LIFE_MS;
    const letter = { ...plainLetter(`n=1 #${++this.rig.sent}`, QUEUE), expiresAt, ...special };
    this.rig.send(this.client, letter);
    this.rig.settle();
  }

  credit(pair: ConsumerPair, credit: number): void {
    this.rig.setCredit(pair, credit);
    this.rig.settle();
    const [entry] = pair.model.members.flatMap(outWith);
    if (entry !== undefined) this.token = entry.token;
  }

  settle(outcome: Outcome, by: ConsumerPair = this.one, inTransaction = false): void {
    const entry = by.model.members.flatMap(outWith).find(({ token }) => token === this.token);
    if (inTransaction) {
      const { real, model } = this.client;
      this.transaction = this.rig.both(
        () => real.begin(),
        () => this.rig.model.begin(model, 0),
      );
    }
    this.rig.both(
      () => by.real.settle(this.token, outcome, this.transaction?.real),
      () => entry && this.rig.model.settle(entry, outcome, this.transaction?.model),
    );
    this.rig.settle();
  }

  pass(ms: number): void {
    for (let each = 0; each < ms; each++) this.rig.advance(1);
  }

  /** Where the message is, by what the broker tells. */
  state(): string {
    const { broker } = this.rig;
    const depth = (name: string) => broker.find({ kind: 'queue', name })?.statistics().depth ?? 0;
    if (depth('DLQ') > 0) return 'dead letter';
    if (depth('ExpiryQueue') > 0) return 'expired';
    if (depth('other') > 0) return 'moved';
    const { ready, inFlight, scheduled } = broker.find(QUEUE)?.statistics() ?? {};
    if (scheduled) return 'delayed';
    if (inFlight) {
      if (this.one.real.out > 0) return 'out';
      return this.other.real.out > 0 ? 'out with another' : 'prepared';
    }
    if (!ready) return 'gone';
    const attempts: number[] = [];
    const sink = {
      deliver: (_message: unknown, _entry: number, count: number) => void attempts.push(count),
      drained: () => {},
    };
    this.client.real.openConsumer(QUEUE, sink, { browse: true }).setCredit(1);
    this.rig.host.settle();
    const [count] = attempts;
    if (count === undefined) return 'held';
    return count === 0 ? 'ready' : `ready, ${count} failed`;
  }
}

const states: Readonly<Record<string, (scene: Scene) => void>> = {
  ready: (scene) => scene.send(),
  delayed: (scene) => scene.send({ deliverAt: scene.rig.model.now + DELAY_MS }),
  'bound to its group’s consumer': (scene) => {
    scene.send({ group: 'g' });
    scene.credit(scene.one, 1);
    scene.settle(Outcome.accepted);
    scene.credit(scene.other, 1);
    scene.send({ group: 'g' });
  },
  'refused by its consumer': (scene) => {
    scene.send();
    scene.credit(scene.one, 1);
    scene.settle(Outcome.undeliverableHere);
    scene.credit(scene.one, 1);
  },
  'held for redelivery': (scene) => {
    scene.rig.set('q', { redeliveryDelayMs: DELAY_MS });
    scene.send();
    scene.credit(scene.one, 1);
    scene.settle(Outcome.failed);
  },
  out: (scene) => {
    scene.send();
    scene.credit(scene.one, 1);
  },
  'prepared by a transaction': (scene) => {
    scene.send();
    scene.credit(scene.one, 1);
    scene.settle(Outcome.accepted, scene.one, true);
  },
  gone: (scene) => {
    scene.send();
    scene.credit(scene.one, 1);
    scene.settle(Outcome.accepted);
  },
};

const inputs: Readonly<Record<string, (scene: Scene) => void>> = {
  ...Object.fromEntries(
    Object.entries(Outcome).map(([name, outcome]) => {
      return [`its consumer says ${name}`, (scene: Scene) => scene.settle(outcome)];
    }),
  ),
  'it says so in a transaction': (scene) => scene.settle(Outcome.accepted, scene.one, true),
  'another consumer settles it': (scene) => scene.settle(Outcome.accepted, scene.other),
  'the transaction commits': (scene) => conclude(scene, true),
  'the transaction is rolled back': (scene) => conclude(scene, false),
  'its consumer gets credit': (scene) => scene.credit(scene.one, 1),
  'another consumer gets credit': (scene) => scene.credit(scene.other, 1),
  'its consumer closes': (scene) => close(scene, false),
  'its consumer is lost': (scene) => close(scene, true),
  'its delay is over': (scene) => scene.pass(DELAY_MS),
  'its time to live is over': (scene) => scene.pass(LIFE_MS),
  'the queue is purged': ({ rig }) => {
    rig.both(
      () => rig.broker.purge(QUEUE),
      () => rig.model.purge(QUEUE),
    );
  },
  'an operator moves it': ({ rig }) => {
    const entries = rig.model.queueOf(QUEUE).entries;
    const [entry] = entries.filter(({ state }) => state === 'ready' || state === 'held');
    rig.both(
      () => rig.broker.move(QUEUE, entry?.letter.serial ?? 1, OTHER),
      () => entry !== undefined && rig.model.move(entry, OTHER),
    );
  },
  'the queue is deleted': ({ rig }) => {
    rig.both(
      () => rig.broker.deleteDestination(QUEUE, false),
      () => rig.model.delete(QUEUE, false),
    );
  },
};

function conclude({ rig, transaction }: Scene, commit: boolean): void {
  if (transaction === undefined) return;
  const { real, model } = transaction;
  rig.both(
    () => (commit ? real.commit() : real.rollback()),
    () => (commit ? rig.model.commit(model) : rig.model.rollback(model)),
  );
}

function close({ rig, one }: Scene, lost: boolean): void {
  rig.both(
    () => one.real.close(lost),
    () => rig.model.close(one.model, lost),
  );
}

function cell(build: (scene: Scene) => void, input: (scene: Scene) => void): string {
  const before = new Scene();
  build(before);
  const from = before.state();
  const scene = new Scene();
  build(scene);
  input(scene);
  if (scene.rig.broker.find(QUEUE) !== undefined) scene.rig.settle();
  else scene.rig.advance(0);
  const to = scene.state();
  return to === from ? '·' : to;
}

function page(): string {
  const names = Object.keys(states);
  const rows = Object.entries(inputs).map(([name, input]) => {
    return `| ${[name, ...Object.values(states).map((build) => cell(build, input))].join(' | ')} |`;
  });
  return [
    '# What becomes of a message in a queue',
    '',
    'Every state of an entry, and what each input makes of it; a dot means that nothing changes.',
    'The table is written by a test (`conformance/model/entry-states.test.ts`), which compares each',
    'cell with the reference model. In its scene there are two consumers, of which one has or had the',
    'message; `n failed` is how many deliveries were counted as failed.',
    '',
    `| input \\ state | ${names.join(' | ')} |`,
    `|---|${names.map(() => '---|').join('')}`,
    ...rows,
    '',
  ].join('\n');
}

test('every state of an entry times every input', (t) => {
  const written = page();
  if (process.env['UPDATE'] === '1') writeFileSync(PAGE, written);
  t.is(readFileSync(PAGE, 'utf8'), written);
});
