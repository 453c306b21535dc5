// Consumers that want the same messages, and how far they have read together. All consumers without
// a selector are one group; those with the same selector are another; a browser is one by itself.

import type { ConsumerOptions } from './consumer.ts';
import { type Departures, Mark } from './departures.ts';
import { LANES_MAX, positionOf, priorityOf } from './entry.ts';
import type { Message } from './message.ts';
import { Reader } from './reader.ts';
import { Roster } from './roster.ts';
import type { Selector } from './selector/index.ts';

export class Group {
  readonly selector: Selector | undefined;
  /** Its deliveries take nothing from the queue. */
  readonly browse: boolean;
  readonly roster: Roster = new Roster();
  /** By priority, the highest first. */
  readers: Reader[] = [];
  readonly #byPriority: (Reader | undefined)[] = new Array(LANES_MAX).fill(undefined);
  consumers = 0;
  /** Entries that all who could take one had refused. */
  parked: number[] = [];

  /** Whose messages it does not want. */
  readonly #noLocal: string | undefined;

  constructor(selector: Selector | undefined, browse: boolean, noLocal?: string) {
    this.selector = selector;
    this.browse = browse;
    this.#noLocal = noLocal;
  }

  /** Starts reading a lane at a position. */
  follow(departures: Departures, start: number): void {
    const reader = new Reader(departures, start);
    this.#byPriority[departures.lane.priority] = reader;
    this.readers = [...this.readers, reader].sort(
      (a, b) => b.departures.lane.priority - a.departures.lane.priority,
    );
  }

  reader(departures: Departures): Reader | undefined {
    return this.#byPriority[departures.lane.priority];
  }

  /** True if a consumer with these options reads with it. */
  takes({ selector, browse }: ConsumerOptions): boolean {
    return !this.browse && browse !== true && this.selector?.key === selector?.key;
  }

  /** True if the reader has yet to come by. */
  ahead(departures: Departures, position: number): boolean {
    const reader = this.reader(departures);
    return reader !== undefined && position >= reader.next;
  }

  /** A topic's entry is done with: if that is ahead, the reader passes it by. */
  done(departures: Departures, position: number): void {
    if (this.ahead(departures, position)) this.reader(departures)?.skip(position);
    else departures.clear(position);
  }

  wants(message: Message): boolean {
    if (this.#noLocal !== undefined && message.sender === this.#noLocal) return false;
    return this.selector === undefined || this.selector.matches(message.view());
  }

  /** Shows a message to a browser; it stays where it is. */
  show(message: Message, attempts: number): boolean {
    const browser = this.roster.top();
    if (browser === undefined) return false;
    browser.spend();
    browser.sink.deliver(message, 0, attempts, false);
    return true;
  }

  /** An entry that the group had passed may be taken after all; false if it does not wait now. */
  offer(entry: number): boolean {
    const reader = this.browse ? undefined : this.#byPriority[priorityOf(entry)];
    const position = positionOf(entry);
    if (reader?.departures.mark(position) !== Mark.returned) return false;
    reader.returned(position);
    return true;
  }

  /** An entry is back at its place in a lane. */
  returned(departures: Departures, position: number): void {
    if (!this.browse) this.reader(departures)?.returned(position);
  }
}
