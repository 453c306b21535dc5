// How far a group of consumers has read one lane. What it passed and did not take it never looks
// at again; entries that come back to a place behind it wait in a heap, lowest position first.
//
//     lane     0 ───────────────▼ next ──────────► end
//     returned     ·  · ·                            (taken before `next`)

import { type Departures, Mark } from './departures.ts';
import type { Message } from './message.ts';
import { popLowest, pushLowest } from './position-heap.ts';

const TIDY_MIN = 1_024;

export class Reader {
  readonly departures: Departures;
  next: number;
  /** Of the message that was taken last. */
  position = -1;
  #returned: number[] = [];
  /** Beyond this many, those that came back more than once are counted once. */
  #tidyAt = TIDY_MIN;

  constructor(departures: Departures, start: number) {
    this.departures = departures;
    this.next = start;
  }

  /** Takes the next message that nobody has, and notes its position; undefined: there is none. */
  take(): Message | undefined {
    const { departures } = this;
    const { lane } = departures;
    while (this.#returned.length > 0) {
      const position = popLowest(this.#returned);
      // Another group may have taken it meanwhile.
      if (departures.mark(position) !== Mark.returned) continue;
      this.position = position;
      return lane.at(position);
    }
    while (this.next < lane.end) {
      const position = this.next++;
      const message = lane.peek(position);
      if (message === undefined) {
        // Hot: a hole may be a million long; whole chunks of it are stepped over.
        this.next = Math.max(this.next, lane.nextFrom(position));
        departures.clear(position);
        continue;
      }
      const mark = departures.mark(position);
      if (mark === Mark.none || mark === Mark.returned) {
        this.position = position;
        return message;
      }
      if (mark === Mark.gone) departures.clear(position);
    }
    return undefined;
  }

  /** Goes back to a position, to read all from there. */
  rewind(position: number): void {
    if (position < this.next) this.next = position;
    if (position < this.departures.from) this.departures.from = position;
  }

  /** An entry ahead is done with before it was read. */
  skip(position: number): void {
    const { departures } = this;
    if (position > this.next) {
      departures.set(position, Mark.gone);
      return;
    }
    // Marks of what was dropped must not pile up before a reader that stands still.
    do departures.clear(this.next++);
    while (this.next < departures.lane.end && departures.mark(this.next) === Mark.gone);
  }

  /** An entry waits again at its place; if that is ahead, it will be met on the way. */
  returned(position: number): void {
    if (position >= this.next) return;
    pushLowest(this.#returned, position);
    if (this.#returned.length < this.#tidyAt) return;
    // Nobody may be taking here while others take and give back, again and again.
    this.#returned = [...new Set(this.#returned)].sort((a, b) => a - b);
    this.#tidyAt = Math.max(TIDY_MIN, 2 * this.#returned.length);
  }
}
