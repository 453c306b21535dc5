// A walk over the entries of a subscription that wait, in the order of delivery or against it. What
// was found to be done with at the front is not looked at by the next walk.

import type { Departures } from './departures.ts';
import { entryOf, rankOf, type Visit } from './entry.ts';

/**
 * Visits what waits, until the visitor answers false; it may take out what it is shown.
 *
 * @param all - the departures of each lane, by priority
 * @param waits - whether nobody has the entry at a position
 * @param highestFirst - the order of delivery; else the lowest priority comes first
 * @param rank - where to begin, see {@link rankOf}
 */
export function eachWaiting(
  all: readonly (Departures | undefined)[],
  waits: (departures: Departures, position: number) => boolean,
  visit: Visit,
  highestFirst: boolean,
  rank: number,
): void {
  const lanes = all.filter((departures) => departures !== undefined);
  if (highestFirst) lanes.reverse();
  for (const departures of lanes) {
    const { lane } = departures;
    const start = Math.max(departures.from, rank - rankOf(entryOf(lane.priority, 0)));
    let first = start === departures.from;
    for (let at = lane.nextFrom(start); at < lane.end; at = lane.nextFrom(at + 1)) {
      const message = lane.peek(at);
      if (message === undefined || !waits(departures, at)) continue;
      if (first) departures.from = at;
      first = false;
      if (!visit(message, entryOf(lane.priority, at), departures.attempts(at))) return;
    }
    if (first) departures.from = lane.end;
  }
}
