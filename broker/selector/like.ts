// LIKE: a pattern with `_` for one character and `%` for any number of them. [JMS 3.8.1.1]
//
//     'ab%c_d%%e'  ──►   start  "ab"     middles  "c_d"     end  "e"
//
// The start must stand at the start and the end at the end; each middle is taken where it first
// ends, which leaves the most for the others, so nothing is ever tried twice. A middle is searched
// with one bit for each of its characters (shift-and): a step of the search moves all possible
// beginnings of a match at once. Cost: length of the text times (length of the pattern / 32).
//
// Characters are code points: `_` stands for one emoji, not for a half of it.

/** Tells whether a text is like the pattern it was made for. */
export type Matcher = (text: string) => boolean;

/** In a segment: any one character. */
const ANY = -1;
const WORD_BITS = 32;
const ASCII = 128;

/**
 * Compiles a pattern. The escape character takes the meaning from a `_`, a `%` or another escape
 * character behind it; before anything else it means what it always means.
 */
export function compileLike(pattern: string, escapedBy: string | undefined): Matcher {
  const segments = split(pattern, escapedBy);
  const start = segments[0] ?? [];
  if (segments.length === 1) {
    return (text) => matchStart(start, text) === text.length;
  }
  const end = segments[segments.length - 1] ?? [];
  const middles = segments
    .slice(1, -1)
    .filter((segment) => segment.length > 0)
    .map((segment) => new Search(segment));
  return (text) => {
    let at = matchStart(start, text);
    if (at < 0) return false;
    const limit = matchEnd(end, text, at);
    if (limit < 0) return false;
    for (const middle of middles) {
      at = middle.find(text, at, limit);
      if (at < 0) return false;
    }
    return true;
  };
}

/** Cuts a pattern at its `%`, into lists of code points. */
function split(pattern: string, escapedBy: string | undefined): number[][] {
  const characters = [...pattern];
  let segment: number[] = [];
  const segments = [segment];
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index] as string;
    const following = characters[index + 1];
    if (
      character === escapedBy &&
      (following === '_' || following === '%' || following === escapedBy) &&
      following !== undefined
    ) {
      segment.push(following.codePointAt(0) ?? 0);
      index++;
    } else if (character === '%') {
      segment = [];
      segments.push(segment);
    } else {
      segment.push(character === '_' ? ANY : (character.codePointAt(0) ?? 0));
    }
  }
  return segments;
}

/** Where the segment ends that stands at the start of the text; -1: it does not. */
function matchStart(segment: readonly number[], text: string): number {
  let at = 0;
  for (const wanted of segment) {
    const code = text.codePointAt(at);
    if (code === undefined || (wanted !== ANY && wanted !== code)) return -1;
    at += widthOf(code);
  }
  return at;
}

/** Where the segment starts that stands at the end of the text, not before `from`; -1: nowhere. */
function matchEnd(segment: readonly number[], text: string, from: number): number {
  let at = text.length;
  for (let index = segment.length - 1; index >= 0; index--) {
    if (at <= from) return -1;
    at -= 1;
    if (isPair(text, at - 1)) at -= 1;
    const wanted = segment[index];
    if (wanted !== ANY && wanted !== text.codePointAt(at)) return -1;
  }
  return at < from ? -1 : at;
}

function isPair(text: string, at: number): boolean {
  return at >= 0 && (text.codePointAt(at) ?? 0) > 0xffff;
}

function widthOf(code: number): number {
  return code > 0xffff ? 2 : 1;
}

/** Finds where a segment first ends. Keeps its state between calls, so as to allocate none. */
class Search {
  readonly #words: number;
  readonly #last: number;
  /** For each character, the bits of the places that accept it. */
  readonly #ascii: Int32Array[];
  readonly #other: ReadonlyMap<number, Int32Array>;
  readonly #any: Int32Array;
  readonly #state: Int32Array;

  constructor(segment: readonly number[]) {
    const length = segment.length;
    this.#words = Math.ceil(length / WORD_BITS);
    this.#last = 1 << ((length - 1) % WORD_BITS);
    this.#state = new Int32Array(this.#words);
    this.#any = this.#places(segment, ANY);
    const other = new Map<number, Int32Array>();
    for (const code of segment) {
      if (code !== ANY && !other.has(code)) other.set(code, this.#places(segment, code));
    }
    this.#other = other;
    this.#ascii = Array.from({ length: ASCII }, (_, code) => other.get(code) ?? this.#any);
  }

  /** @returns where the first match after `from` ends, at most `limit`; -1: there is none */
  find(text: string, from: number, limit: number): number {
    const { length } = this.#state.fill(0);
    let at = from;
    while (at < limit) {
      const code = text.codePointAt(at) as number;
      at += widthOf(code);
      const places = code < ASCII ? this.#ascii[code] : this.#other.get(code);
      if (this.#step(places ?? this.#any, length)) return at;
    }
    return -1;
  }

  #step(places: Int32Array, length: number): boolean {
    const state = this.#state;
    let carry = 1;
    for (let word = 0; word < length; word++) {
      const before = state[word] as number;
      state[word] = ((before << 1) | carry) & (places[word] as number);
      carry = before >>> (WORD_BITS - 1);
    }
    return ((state[length - 1] as number) & this.#last) !== 0;
  }

  #places(segment: readonly number[], code: number): Int32Array {
    const places = new Int32Array(this.#words);
    for (const [index, wanted] of segment.entries()) {
      if (wanted !== ANY && wanted !== code) continue;
      const word = Math.floor(index / WORD_BITS);
      places[word] = (places[word] as number) | (1 << (index % WORD_BITS));
    }
    return places;
  }
}
