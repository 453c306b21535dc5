// What was said of messages since they were recorded. It is kept in memory while they live, and said
// again, all at once, in the head of a record that is copied forward: what was written before may go.
//
//     page of 64 serials      column of 4   column of 9     a word: 2 bytes
//                       64         ·             ·          done, or failed so often, or handed;
//                       65       done         handed        and given, beside that
//                       66       done        failed 2
//                        …
//
//     copied │ order │ repeats: left, at │ done: how many, ids │ attempts: how many, … │ given: ids │
//
// Hot: who takes a topic's messages while another is away says something of each, and a queue says
// of each that it was handed out. An object, a Map and a Set for it cost 500 bytes. Serial numbers
// are never used again, and most of those in a page come and go together.

import type { HeadReader, HeadWriter } from './record.ts';

const PAGE_SIZE = 64;
const ROW_MASK = PAGE_SIZE - 1;
/** Once a subscription is done with a message, nothing else counts, whatever is said later. */
const DONE = 0x7fff;
/** Below {@link DONE}; more attempts than this are remembered as this many. */
const ATTEMPTS_MAX = DONE - 2;
const GIVEN = 0x8000;

/** What one subscription, or a topic that retains, had to do with the messages of a page. */
class Column {
  readonly id: number;
  /** 0: nothing. Else 1 and the attempts, or {@link DONE}; and {@link GIVEN}. */
  readonly words: Uint16Array = new Uint16Array(PAGE_SIZE);
  /** How many words are not 0. */
  live = 0;

  constructor(id: number) {
    this.id = id;
  }
}

/** Of a message that repeats: how often still, and when next. */
export interface Repeats {
  readonly left: number;
  readonly atMs: number;
}

/** Ids are those that the {@link Store} gives to subscriptions, and to topics as they retain. */
export class Said {
  /** The largest id that {@link read} has met. */
  idsMax = 0;
  readonly #pages: Map<number, Column[]> = new Map();
  readonly #orders: Map<number, number> = new Map();
  readonly #repeats: Map<number, Repeats> = new Map();
  /** The page that was asked for last, if it is there: the next one's is most often the same. */
  #index = -1;
  #page: Column[] | undefined;
  /** Where the column was that was asked for last: in the next page it is at the same place. */
  #column = 0;

  /** A subscription is done with a message while others are not. */
  done(serial: number, id: number): void {
    const column = this.#columnFor(serial, id);
    this.#put(column, serial, DONE | ((column.words[serial & ROW_MASK] ?? 0) & GIVEN));
  }

  /** A subscription handed a message out: it may have been seen. */
  handed(serial: number, id: number): void {
    const column = this.#columnFor(serial, id);
    const word = column.words[serial & ROW_MASK] ?? 0;
    if ((word & DONE) === 0) this.#put(column, serial, word | 1);
  }

  /** So many deliveries of a message have failed. */
  failed(serial: number, id: number, attempts: number): void {
    const column = this.#columnFor(serial, id);
    const word = column.words[serial & ROW_MASK] ?? 0;
    if ((word & DONE) === DONE) return;
    this.#put(column, serial, (1 + Math.min(attempts, ATTEMPTS_MAX)) | (word & GIVEN));
  }

  /** A topic retains a message, or a subscription that came later got it from there. */
  given(serial: number, id: number): void {
    const column = this.#columnFor(serial, id);
    this.#put(column, serial, (column.words[serial & ROW_MASK] ?? 0) | GIVEN);
  }

  /** A delayed message has its place in the order. */
  ordered(serial: number, order: number): void {
    this.#orders.set(serial, order);
  }

  repeated(serial: number, repeats: Repeats): void {
    this.#repeats.set(serial, repeats);
  }

  /** Nobody needs the message any more. */
  forget(serial: number): void {
    if (this.#orders.size > 0) this.#orders.delete(serial);
    if (this.#repeats.size > 0) this.#repeats.delete(serial);
    const page = this.#pageOf(serial);
    if (page === undefined) return;
    const row = serial & ROW_MASK;
    for (let at = page.length - 1; at >= 0; at--) {
      const column = page[at];
      if (column === undefined || column.words[row] === 0) continue;
      column.words[row] = 0;
      // A page that one message keeps holds no more than what was said of that one.
      if (--column.live === 0) page.splice(at, 1);
    }
    if (page.length > 0) return;
    this.#pages.delete(this.#index);
    this.#page = undefined;
  }

  isDone(serial: number, id: number): boolean {
    return (this.#wordOf(serial, id) & DONE) === DONE;
  }

  /** How often it failed; `undefined` if it was not handed out at all, or is done with. */
  attempts(serial: number, id: number): number | undefined {
    const said = this.#wordOf(serial, id) & DONE;
    return said === 0 || said === DONE ? undefined : said - 1;
  }

  isGiven(serial: number, id: number): boolean {
    return (this.#wordOf(serial, id) & GIVEN) !== 0;
  }

  /** Its place in the order, if it was delayed and its time has come; else 0. */
  order(serial: number): number {
    return this.#orders.get(serial) ?? 0;
  }

  /** All that have a place in the order, by serial. */
  get orders(): ReadonlyMap<number, number> {
    return this.#orders;
  }

  repeats(serial: number): Repeats | undefined {
    return this.#repeats.get(serial);
  }

  /** Whether there is something to {@link write}. */
  has(serial: number): boolean {
    if (this.#orders.has(serial) || this.#repeats.has(serial)) return true;
    const row = serial & ROW_MASK;
    return this.#pageOf(serial)?.some(({ words }) => words[row] !== 0) ?? false;
  }

  /** Writes what was said of a message as the last part of a head. */
  write(head: HeadWriter, serial: number): void {
    const { left = 0, atMs = 0 } = this.repeats(serial) ?? {};
    head.number(this.order(serial)).real(left).real(atMs);
    const words = (this.#pageOf(serial) ?? []).map(({ id, words }) => {
      const word = words[serial & ROW_MASK] ?? 0;
      return { id, said: word & DONE, given: (word & GIVEN) !== 0 };
    });
    const done = words.filter(({ said }) => said === DONE);
    head.number(done.length);
    for (const { id } of done) head.number(id);
    const out = words.filter(({ said }) => said !== 0 && said !== DONE);
    head.number(out.length);
    for (const { id, said } of out) head.number(id).number(said - 1);
    for (const { id, given } of words) if (given) head.number(id);
  }

  /** Reads the last part of a head. */
  read(reader: HeadReader, serial: number): void {
    const order = reader.number();
    if (order > 0) this.ordered(serial, order);
    const left = reader.real();
    const atMs = reader.real();
    if (atMs !== 0) this.repeated(serial, { left, atMs });
    for (let left = reader.number(); left > 0; left--) this.done(serial, this.#id(reader));
    for (let left = reader.number(); left > 0; left--) {
      this.failed(serial, this.#id(reader), reader.number());
    }
    while (reader.more) this.given(serial, this.#id(reader));
  }

  #id(reader: HeadReader): number {
    const id = reader.number();
    if (id > this.idsMax) this.idsMax = id;
    return id;
  }

  #put(column: Column, serial: number, word: number): void {
    const row = serial & ROW_MASK;
    if (column.words[row] === 0) column.live++;
    column.words[row] = word;
  }

  #wordOf(serial: number, id: number): number {
    const page = this.#pageOf(serial);
    return page === undefined ? 0 : (this.#find(page, id)?.words[serial & ROW_MASK] ?? 0);
  }

  #pageOf(serial: number): Column[] | undefined {
    const index = Math.floor(serial / PAGE_SIZE);
    if (index !== this.#index) {
      this.#index = index;
      this.#page = this.#pages.get(index);
    }
    return this.#page;
  }

  #find(page: readonly Column[], id: number): Column | undefined {
    // Hot: one subscription says something of many messages, or many of one, in their order.
    const length = page.length;
    for (let step = 0, at = this.#column; step < length; step++, at++) {
      if (at >= length) at = 0;
      const column = page[at];
      if (column?.id !== id) continue;
      this.#column = at;
      return column;
    }
    return undefined;
  }

  #columnFor(serial: number, id: number): Column {
    let page = this.#pageOf(serial);
    const known = page && this.#find(page, id);
    if (known !== undefined) return known;
    const column = new Column(id);
    if (page === undefined) {
      page = [column];
      this.#pages.set(this.#index, page);
      this.#page = page;
    } else page.push(column);
    return column;
  }
}
