// What can be done to a broker, as commands with weights. Each draws its choices from a die of its
// own, so that a list of commands still means something when others are taken out of it.

import { type Address, formatAddress, Outcome } from '#broker';
import {
  aligned,
  composites,
  type Die,
  graves,
  hot,
  letterOf,
  optionsOf,
  queues,
  rows,
  temporaries,
  topics,
} from './choices.ts';
import { outWith, waits } from './fairness.ts';
import type { ClientPair, ConsumerPair, Rig, TransactionPair } from './rig.ts';
import type { Entry } from './state.ts';

/** Does something; says what, or nothing if there was nothing to do. */
export type Command = (rig: Rig, die: Die) => string | undefined;

const ENTRIES_MAX = 40;

/** What stays as it is: how much may wait is looked at when a turn ends, not when it is changed. */
export function prepare(rig: Rig): void {
  rig.set('pend', { pendingMax: 2 });
  rig.set('slow', { pendingMax: 1, slowConsumer: 'disconnect' });
}

const send: Command = (rig, die) => {
  const client = die.pick(rig.clients);
  const entries = rig.model.destinations.reduce((sum, one) => sum + rig.model.stored(one).size, 0);
  if (client === undefined || entries > ENTRIES_MAX) return undefined;
  const likely = die.chance(8) ? composites : die.chance(12) ? graves : [];
  const all = die.chance(2) ? hot : [...queues, ...topics, ...temporaries(rig)];
  const destination = die.pick(likely.length > 0 ? likely : all) ?? queues[0];
  if (destination === undefined) return undefined;
  const own = rig.transactions.filter((one) => one.model.client === client.model);
  const transaction = die.chance(3) ? die.pick(own) : undefined;
  const letter = letterOf(rig, die, destination);
  if (transaction !== undefined && letter.periodMs > 0) return undefined;
  const done = rig.send(client, letter, transaction);
  const { text, priority, expiresAt, deliverAt, times, group, closes, duplicateId } = letter;
  const header = JSON.stringify({
    ...{ priority, expiresAt, deliverAt, times, group, closes, duplicateId },
  });
  const how = `${transaction ? ' in a transaction' : ''}${done ? '' : ': refused'}`;
  return `client ${rig.clients.indexOf(client)} sends '${text}' to ${formatAddress(destination)} ${header}${how}`;
};

const connect: Command = (rig, die) => {
  if (rig.clients.length >= 4) return undefined;
  const clientId = die.one(undefined, undefined, 'c', 'd');
  const made = rig.connect(clientId);
  return made === undefined
    ? `connect ${clientId}: refused`
    : `client ${rig.clients.length - 1} connects as ${clientId}`;
};

const disconnect: Command = (rig, die) => {
  const client = die.pick(rig.clients);
  if (client === undefined) return undefined;
  const lost = die.chance(2);
  const index = rig.clients.indexOf(client);
  rig.both(
    () => client.real.close(lost),
    () => rig.model.disconnect(client.model, lost),
  );
  rig.clients = rig.clients.filter((one) => one !== client);
  return `client ${index} ${lost ? 'is lost' : 'leaves'}`;
};

const consume: Command = (rig, die) => {
  const client = die.pick(rig.clients);
  if (client === undefined || rig.consumers.length >= 9) return undefined;
  const wild: readonly Address[] = [
    { kind: 'topic', name: 't.>' },
    { kind: 'topic', name: 't.*' },
    { kind: 'queue', name: 'q.*' },
    { kind: 'queue', name: 'q.*' },
  ];
  const some = [...queues, ...topics, ...graves, ...wild, ...temporaries(rig)];
  const all = die.chance(2) ? hot : some;
  const address = die.pick(all) ?? { kind: 'queue', name: 'q' };
  const options = optionsOf(die, address);
  const credit = die.one(0, 1, 2, 3, 9);
  const pair = rig.consume(client, address, options);
  if (pair !== undefined) rig.setCredit(pair, credit);
  const { selector, ...rest } = options;
  return (
    `client ${rig.clients.indexOf(client)} consumes ${formatAddress(address)} with credit ${credit} ` +
    `${JSON.stringify({ ...rest, selector: selector?.text })}${pair ? '' : ': refused'}`
  );
};

/** Something done to one of the consumers. */
function withConsumer(
  work: (rig: Rig, die: Die, pair: ConsumerPair) => string | undefined,
): Command {
  return (rig, die) => {
    const pair = die.pick(rig.consumers);
    if (pair === undefined) return undefined;
    const index = rig.consumers.indexOf(pair);
    const said = work(rig, die, pair);
    return said === undefined ? undefined : `consumer ${index} ${said}`;
  };
}

const credit = withConsumer((rig, die, pair) => {
  const count = die.one(0, 1, 2, 5, 9);
  rig.setCredit(pair, count);
  return `has credit ${count}`;
});

const drain = withConsumer((rig, _die, { real, model }) => {
  rig.both(
    () => real.drain(),
    () => {
      model.draining = true;
    },
  );
  return 'drains';
});

const suspend = withConsumer((rig, die, { real, model }) => {
  const suspended = !model.suspended || die.chance(4);
  rig.both(
    () => (suspended ? real.suspend() : real.resume()),
    () => {
      model.suspended = suspended;
    },
  );
  return suspended ? 'is suspended' : 'goes on';
});

const close = withConsumer((rig, die, { real, model }) => {
  const lost = die.chance(3);
  const owner = rig.clients.find((one) => one.model === model.client);
  rig.both(
    () => (lost ? real.close(true) : owner?.real.closeConsumer(real)),
    () => rig.model.close(model, lost),
  );
  return lost ? 'is lost' : 'closes';
});

const settle = withConsumer((rig, die, { real, model }) => {
  const out = model.members.flatMap(outWith);
  const entry = die.pick(out);
  const { accepted, released, rejected, failed, undeliverableHere } = Outcome;
  const outcome = die.one<Outcome>(
    accepted,
    accepted,
    released,
    rejected,
    failed,
    undeliverableHere,
  );
  const transaction = die.chance(3) ? die.pick(rig.transactions) : undefined;
  if (entry === undefined || die.chance(30)) {
    const bogus = 16 * 1_000_000 + 4;
    const found = rig.both(
      () => real.settle(bogus, outcome),
      () => false,
    );
    if (found?.real !== false) throw new Error('a delivery that was never made is settled');
    return 'settles what it does not have';
  }
  const done = rig.both(
    () => real.settle(entry.token, outcome, transaction?.real),
    () => rig.model.settle(entry, outcome, transaction?.model),
  );
  rig.whole = outcome === accepted || outcome === rejected;
  const how = `${transaction ? ' in a transaction' : ''}${done ? '' : ': refused'}`;
  return `settles '${entry.letter.text}' with outcome ${outcome}${how}`;
});

const unsubscribe: Command = (rig, die) => {
  const client = die.pick(rig.clients);
  if (client === undefined) return undefined;
  const name = die.one('s', 'u');
  const global = die.chance(2);
  const done = rig.both(
    () => client.real.unsubscribe(name, global),
    () => rig.model.unsubscribe(client.model, name, global),
  );
  return `client ${rig.clients.indexOf(client)} unsubscribes ${name} ${done ? '' : ': refused'}`;
};

const begin: Command = (rig, die) => {
  const client = die.pick(rig.clients);
  if (client === undefined || rig.transactions.length >= 4) return undefined;
  const timeoutMs = die.chance(2) ? 0 : aligned(rig, die, 2) - rig.model.now;
  const made = rig.both(
    () => client.real.begin(timeoutMs),
    () => rig.model.begin(client.model, timeoutMs),
  );
  if (made !== undefined) rig.transactions.push(made);
  return `client ${rig.clients.indexOf(client)} begins, with ${timeoutMs} ms`;
};

const conclude: Command = (rig, die) => {
  const pair: TransactionPair | undefined = die.pick(rig.transactions);
  if (pair === undefined) return undefined;
  const index = rig.transactions.indexOf(pair);
  const commit = !die.chance(3);
  rig.whole = commit;
  const done = rig.both(
    () => (commit ? pair.real.commit() : pair.real.rollback()),
    () => (commit ? rig.model.commit(pair.model) : rig.model.rollback(pair.model)),
  );
  // One that has ended stays for a while, so that somebody tries to use it.
  if (die.chance(2)) rig.transactions = rig.transactions.filter((one) => one !== pair);
  return `transaction ${index} ${commit ? 'commits' : 'rolls back'}${done ? '' : ': refused'}`;
};

const advance: Command = (rig, die) => {
  const ms = 1 + die.roll(die.chance(15) ? 90 : 6);
  for (let each = 0; each < ms; each++) rig.advance(1);
  return `${ms} ms pass`;
};

const change: Command = (rig, die) => {
  const [pattern, row] = die.pick(rows) ?? ['>', undefined];
  rig.set(pattern, row);
  return `set ${pattern} ${JSON.stringify(row)}`;
};

const purge: Command = (rig, die) => {
  const address = die.pick([...queues, ...graves, ...topics.slice(0, 1)]);
  if (address === undefined) return undefined;
  purgeOf(rig, address);
  return `purge ${formatAddress(address)}`;
};

function purgeOf(rig: Rig, address: Address): void {
  const done = rig.both(
    () => rig.broker.purge(address),
    () => rig.model.purge(address),
  );
  if (done?.real !== done?.model) throw new Error(`purged ${done?.real}, not ${done?.model}`);
}

const pause: Command = (rig, die) => {
  const address = die.pick(queues.slice(0, 3));
  if (address === undefined) return undefined;
  const paused = die.chance(3);
  rig.both(
    () => rig.broker.pause(address, paused),
    () => {
      rig.model.queueOf(address).paused = paused;
    },
  );
  return `${paused ? 'pause' : 'go on with'} ${formatAddress(address)}`;
};

const move: Command = (rig, die) => {
  const waiting: Entry[] = [];
  for (const one of rig.model.destinations) {
    for (const { queue, entries } of one.subscriptions) {
      if (queue) waiting.push(...entries.filter(waits));
    }
  }
  const entry = die.pick(waiting);
  const target = die.pick([...queues, ...topics]);
  if (entry === undefined || target === undefined) return undefined;
  const to = die.chance(2) ? target : undefined;
  const from = entry.subscription.destination.address;
  const { serial } = entry.letter;
  // A repeated message is several times in its queue, with one number.
  const named = waiting.find(
    (one) => one.subscription === entry.subscription && one.letter.serial === serial,
  );
  if (named === undefined) return undefined;
  const first = firstOf(waiting, named);
  const done = rig.both(
    () => (to === undefined ? rig.broker.retry(from, serial) : rig.broker.move(from, serial, to)),
    () => rig.model.move(first, to),
  );
  if (done?.real !== done?.model) throw new Error(`moved: ${done?.real}, not ${done?.model}`);
  rig.whole = true;
  const where = to === undefined ? 'back' : `to ${formatAddress(to)}`;
  return `move '${entry.letter.text}' of ${formatAddress(from)} ${where}${done ? '' : ': refused'}`;
};

function firstOf(waiting: readonly Entry[], { subscription, letter }: Entry): Entry {
  const same = waiting.filter((one) => {
    return one.subscription === subscription && one.letter.serial === letter.serial;
  });
  return same.reduce((first, one) => (one.place < first.place ? one : first));
}

const remove: Command = (rig, die) => {
  const address = die.pick([...queues, ...topics, ...graves, ...temporaries(rig)]);
  if (address === undefined) return undefined;
  const ifUnused = die.chance(2);
  const done = rig.both(
    () => rig.broker.deleteDestination(address, ifUnused),
    () => rig.model.delete(address, ifUnused),
  );
  return `delete ${formatAddress(address)}${done ? '' : ': refused'}`;
};

const temporary: Command = (rig, die) => {
  const client: ClientPair | undefined = die.pick(rig.clients);
  if (client === undefined) return undefined;
  const own = die.pick(client.temporaries);
  if (own !== undefined && die.chance(2)) {
    const done = rig.both(
      () => client.real.deleteTemporary(own),
      () => rig.model.deleteTemporary(client.model, own),
    );
    if (done !== undefined) client.temporaries.splice(client.temporaries.indexOf(own), 1);
    return `delete ${formatAddress(own)}${done ? '' : ': refused'}`;
  }
  if (client.temporaries.length >= 2) return undefined;
  const address = client.real.createTemporary(die.one('temporary-queue', 'temporary-topic'));
  rig.model.create(address, client.model);
  client.model.temporaries.push(address);
  client.temporaries.push(address);
  return `client ${rig.clients.indexOf(client)} creates ${formatAddress(address)}`;
};

/** Many messages come and go, so that positions reach the end of a chunk of a log. */
const flood: Command = (rig, die) => {
  const client = die.pick(rig.clients);
  const address = die.pick([...queues, ...topics].slice(0, 7));
  if (client === undefined || address === undefined || !die.chance(4)) return undefined;
  const topic = address.kind === 'topic';
  if (topic && (rig.model.find(address)?.subscriptions.length ?? 0) > 0) return undefined;
  const options = { ...optionsOf(die, address), ...plainOptions, presettled: true };
  const drinker = topic ? rig.consume(client, address, options) : undefined;
  if (drinker !== undefined) rig.setCredit(drinker, 1_000);
  const count = 250 + die.roll(8);
  for (let each = 0; each < count; each++) {
    const letter = { ...letterOf(rig, die, address), priority: 4, deliverAt: 0, periodMs: 0 };
    rig.send(client, { ...letter, expiresAt: 0 });
    if (!topic) purgeOf(rig, address);
    else if (each % 16 === 0) rig.settle();
  }
  rig.settle();
  if (drinker !== undefined) {
    rig.both(
      () => client.real.closeConsumer(drinker.real),
      () => rig.model.close(drinker.model),
    );
  }
  return `${count} messages come to ${formatAddress(address)} and go`;
};

const plainOptions = {
  selector: undefined,
  noLocal: false,
  subscription: undefined,
  exclusive: false,
  browse: false,
  retroactive: false,
};

/** What may happen, and how often. */
const weights: readonly (readonly [number, Command])[] = [
  [30, send],
  [4, connect],
  [1, disconnect],
  [12, consume],
  [14, credit],
  [3, drain],
  [5, suspend],
  [4, close],
  [36, settle],
  [2, unsubscribe],
  [4, begin],
  [5, conclude],
  [10, advance],
  [4, change],
  [1, purge],
  [3, pause],
  [3, move],
  [1, remove],
  [2, temporary],
  [1, flood],
];

export const commands: readonly Command[] = weights.flatMap(([weight, command]) => {
  return new Array<Command>(weight).fill(command);
});
