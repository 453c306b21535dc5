// What can be done to a broker, as commands with weights. Each draws its choices from a die of its
// own, so that a list of commands still means something when others are taken out of it.

import { type Address, type AddressSettings, formatAddress, Outcome } from '#broker';
import type { ConsumeOptions, Entry } from './model.ts';
import { outWith, waits } from './model.ts';
import type { ClientPair, ConsumerPair, Rig, TransactionPair } from './rig.ts';
import { type Letter, SELECTORS } from './words.ts';

/** Random numbers of one seed. */
export class Die {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 … below - 1. */
  roll(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  pick<T>(all: readonly T[]): T | undefined {
    return all.length === 0 ? undefined : all[this.roll(all.length)];
  }

  /** One of what is given; there is at least one. */
  one<T>(first: T, ...others: T[]): T {
    return [first, ...others][this.roll(others.length + 1)] ?? first;
  }

  chance(oneIn: number): boolean {
    return this.roll(oneIn) === 0;
  }
}

/** Does something; says what, or nothing if there was nothing to do. */
type Command = (rig: Rig, die: Die) => string | undefined;

const ENTRIES_MAX = 40;

const queues: readonly Address[] = ['q', 'q.a', 'q.b', 'lim', 'Consumer.x.VirtualTopic.t'].map(
  (name) => ({ kind: 'queue', name }),
);
const topics: readonly Address[] = ['t', 't.a', 'lim', 'ret', 'pend', 'slow', 'VirtualTopic.t'].map(
  (name) => ({ kind: 'topic', name }),
);
const graves: readonly Address[] = ['DLQ', 'ExpiryQueue', 'dead'].map((name) => {
  return { kind: 'queue', name };
});
/** Where much happens at once. */
const hot: readonly Address[] = [
  { kind: 'queue', name: 'q' },
  { kind: 'queue', name: 'q' },
  { kind: 'queue', name: 'q.a' },
  { kind: 'topic', name: 't' },
  { kind: 'topic', name: 'ret' },
];

const composites: readonly Address[] = [
  { kind: 'queue', name: 'q.a,q.b' },
  { kind: 'topic', name: 't,queue://q' },
  { kind: 'topic', name: 't.>' },
];

/** What stays as it is: how much may wait is looked at when a turn ends, not when it is changed. */
export function prepare(rig: Rig): void {
  set(rig, 'pend', { pendingMax: 2 });
  set(rig, 'slow', { pendingMax: 1, slowConsumer: 'disconnect' });
}

const rows: readonly (readonly [string, Partial<AddressSettings> | undefined])[] = [
  ['>', { maxDeliveries: 2 }],
  ['>', { redeliveryDelayMs: 3 }],
  ['>', undefined],
  ['q', { maxDeliveries: 1 }],
  ['q', { maxDeliveries: 3, redeliveryDelayMs: 2, redeliveryMultiplier: 2 }],
  ['q', { maxDeliveries: 2, deadLetterQueue: 'dead', expiryQueue: '' }],
  ['q', { duplicateWindow: 2 }],
  ['q', { autoCreate: false }],
  ['q', undefined],
  ['q.*', { maxDeliveries: 0 }],
  ['q.*', { maxDeliveries: 2, deadLetterQueue: '' }],
  ['q.*', { duplicateWindow: 1 }],
  ['q.*', undefined],
  ['lim', { messagesMax: 3 }],
  ['lim', { messagesMax: 3, whenFull: 'block' }],
  ['lim', { messagesMax: 2, whenFull: 'drop-oldest' }],
  ['lim', { bytesMax: 20, whenFull: 'drop-oldest' }],
  ['lim', { bytesMax: 20 }],
  ['ret', { retain: 2 }],
  ['ret', { retain: 1 }],
  ['ret', { retain: 3, messagesMax: 2, whenFull: 'drop-oldest' }],
  ['ret', undefined],
];

function set(rig: Rig, pattern: string, row: Partial<AddressSettings> | undefined): string {
  rig.both(
    () => (row === undefined ? rig.broker.unset(pattern) : rig.broker.set(pattern, row)),
    () => rig.model.set(pattern, row),
  );
  return `set ${pattern} ${JSON.stringify(row)}`;
}

/** The next time that has this remainder by four: kinds of time-outs never fall together. */
function aligned(rig: Rig, die: Die, remainder: number): number {
  const next = rig.model.now + 1;
  const far = die.chance(12) ? 40 : 3;
  return next + ((remainder - next + 4_000_000_004) % 4) + 4 * die.roll(far);
}

function temporaries(rig: Rig): Address[] {
  return rig.clients.flatMap((one) => one.temporaries);
}

function letterOf(rig: Rig, die: Die, destination: Address): Letter {
  const n = die.roll(3);
  const pad = die.one('', '', '.....');
  const text = `n=${n} #${++rig.sent}${pad}`;
  const bounded = /^(lim|ret|pend|slow)/.test(destination.name);
  const plain = bounded && die.chance(2);
  const dies = /^(pend|slow)/.test(destination.name) || plain ? false : die.chance(5);
  const grave = graves.some(({ name }) => name === destination.name);
  const delayed = !grave && (!bounded || plain) && die.chance(6);
  const repeats = delayed && die.chance(3);
  return {
    text,
    size: text.length,
    n,
    priority: die.one(4, 4, 4, 4, 0, 9),
    expiresAt: dies ? aligned(rig, die, 1) : 0,
    deliverAt: delayed ? aligned(rig, die, 0) : 0,
    times: repeats ? 1 + die.roll(2) : 0,
    periodMs: repeats ? 4 : 0,
    group: die.one(undefined, undefined, undefined, 'g', 'h'),
    closes: die.chance(6),
    duplicateId: die.one(undefined, undefined, undefined, 'd', 'e', 'f'),
    destination,
    sender: '',
    serial: 0,
    origin: undefined,
  };
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
  const { text, priority, expiresAt, deliverAt, group, closes, duplicateId } = letter;
  const header = JSON.stringify({ priority, expiresAt, deliverAt, group, closes, duplicateId });
  const how = `${transaction ? ' in a transaction' : ''}${done ? '' : ': refused'}`;
  return `client ${rig.clients.indexOf(client)} sends '${text}' to ${formatAddress(destination)} ${header}${how}`;
};

const connect: Command = (rig, die) => {
  if (rig.clients.length >= 4) return undefined;
  const clientId = die.one(undefined, undefined, 'c', 'd');
  const made = rig.both(
    () => {
      const real = rig.broker.connect({ protocol: 'test', peer: 'here' });
      rig.connected++;
      try {
        if (clientId !== undefined) real.claimClientId(clientId);
      } catch (error) {
        real.close();
        throw error;
      }
      return real;
    },
    () => rig.model.connect(clientId, clientId ?? `#${rig.connected}`),
  );
  if (made === undefined) return `connect ${clientId}: refused`;
  rig.clients.push({ ...made, producers: new Map(), temporaries: [] });
  return `client ${rig.clients.length - 1} connects as ${clientId}`;
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

function optionsOf(die: Die, { kind, name }: Address): ConsumeOptions {
  const topic = kind === 'topic' || kind === 'temporary-topic';
  const bounded = /^(lim|ret|pend|slow)/.test(name) && topic;
  const named = topic && die.chance(2);
  const shared = die.chance(2);
  const subscription = {
    name: die.one('s', 's', 'u'),
    durable: die.chance(2),
    shared,
    ...(die.chance(3) ? { global: true } : {}),
  };
  return {
    presettled: die.chance(4),
    selector: bounded || die.chance(2) ? undefined : die.one(undefined, ...SELECTORS),
    noLocal: topic && !bounded && !(named && shared) && die.chance(named ? 2 : 4),
    priority: die.one(0, 0, 0, 5),
    exclusive: die.chance(10),
    browse: !topic && !name.includes('*') && die.chance(6),
    retroactive: die.chance(3),
    subscription: named ? subscription : undefined,
  };
}

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
  if (pair !== undefined) setCredit(rig, pair, credit);
  const { selector, ...rest } = options;
  return (
    `client ${rig.clients.indexOf(client)} consumes ${formatAddress(address)} with credit ${credit} ` +
    `${JSON.stringify({ ...rest, selector: selector?.text })}${pair ? '' : ': refused'}`
  );
};

function setCredit(rig: Rig, { real, model }: ConsumerPair, credit: number): void {
  rig.both(
    () => real.setCredit(credit),
    () => {
      model.credit = credit;
      model.draining = false;
    },
  );
}

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
  setCredit(rig, pair, count);
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
  return set(rig, pattern, row);
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
  if (drinker !== undefined) setCredit(rig, drinker, 1_000);
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
