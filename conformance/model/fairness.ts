// Who gets what next: the order of entries, who wants them, and whose turn it is. Functions of what
// is, which change nothing.

import type { Entry, Member } from './state.ts';

/** The first entry that one of those who want the same may have now. */
export function next(peers: readonly Member[]): { entry: Entry; takers: Member[] } | undefined {
  const [any] = peers;
  if (any === undefined || any.subscription.paused) return undefined;
  for (const entry of inOrder(any.subscription.entries)) {
    if (entry.state !== 'ready' || !wants(any, entry)) continue;
    const takers = takersOf(peers, entry);
    if (takers.length > 0) return { entry, takers };
  }
  return undefined;
}

/** Who of those who want the same may have an entry: one, or several that are equal. */
function takersOf(peers: readonly Member[], entry: Entry): Member[] {
  const { group } = entry.letter;
  const owner = group === undefined ? undefined : entry.subscription.owners.get(group);
  if (owner !== undefined && !entry.refusers.includes(owner) && wants(owner, entry)) {
    return peers.includes(owner) && able(owner) ? [owner] : [];
  }
  const can = peers.filter((one) => able(one) && !entry.refusers.includes(one));
  const best = [...can].sort(turns)[0];
  return best === undefined ? [] : can.filter((one) => turns(one, best) === 0);
}

/** What a browser must see next; it may see more of what came back meanwhile. */
export function unseen(browser: Member): Entry | undefined {
  return inOrder(browser.subscription.entries).find((one) => {
    const passed = one.place <= (browser.passed[one.letter.priority] ?? 0);
    return shows(browser, one) && !passed && one.absent < browser.since;
  });
}

/** A browser may be shown an entry. */
export function shows(browser: Member, entry: Entry): boolean {
  const { letter, place, state } = entry;
  const ahead = place > (browser.seen[letter.priority] ?? 0);
  const open = able(browser) && !browser.subscription.paused;
  return open && ahead && state === 'ready' && wants(browser, entry);
}

export function waits({ state }: Entry): boolean {
  return state === 'ready' || state === 'held';
}

/** Higher priority first (or last), then as they came. [JMS 3.4.10] */
export function inOrder(entries: readonly Entry[], sign = -1): Entry[] {
  return [...entries].sort(
    (a, b) => sign * (a.letter.priority - b.letter.priority) || a.place - b.place,
  );
}

export function order(a: Entry, b: Entry): number {
  return b.letter.priority - a.letter.priority || a.place - b.place;
}

export function wants({ consumer, subscription }: Member, { letter }: Entry): boolean {
  return !subscription.queue || consumer.options.selector?.wants(letter) !== false;
}

/** Those who want the same of a subscription; a browser is by itself. */
export function peersOf(member: Member): Member[] {
  const { browse, selector } = member.consumer.options;
  if (browse) return [member];
  return member.subscription.members.filter(({ consumer, subscription }) => {
    const { options } = consumer;
    return !options.browse && (!subscription.queue || options.selector === selector);
  });
}

/** Excluded by an exclusive consumer: the first of the highest priority. */
export function excluded(member: Member): boolean {
  const rivals = member.subscription.members.filter(({ consumer }) => {
    return consumer.options.exclusive && !consumer.options.browse;
  });
  const most = Math.max(...rivals.map(({ consumer }) => consumer.options.priority));
  const holder = rivals.find(({ consumer }) => consumer.options.priority === most);
  return holder !== undefined && holder !== member && !member.consumer.options.browse;
}

export function able(member: Member): boolean {
  const { credit, suspended } = member.consumer;
  return credit > 0 && !suspended && !excluded(member);
}

export function outWith(member: Member): Entry[] {
  const { entries } = member.subscription;
  return entries.filter((one) => one.state === 'out' && one.holder === member);
}

/** Whose turn it is: higher priority, then fewer deliveries unsettled, then served longest ago. */
function turns(a: Member, b: Member): number {
  const priority = b.consumer.options.priority - a.consumer.options.priority;
  return priority || outWith(a).length - outWith(b).length || a.served - b.served;
}
