// A window in bytes, as Artemis has it (`consumer-window-size`): messages may be out until they are
// so many bytes together; the one that goes beyond is the last. [dialect: SUBSCRIBE]

export class ByteWindow {
  readonly #most: number;
  readonly #sizes: Map<number, number> = new Map();
  #out = 0;

  constructor(bytesMax: number) {
    this.#most = bytesMax;
  }

  get full(): boolean {
    return this.#out >= this.#most;
  }

  /** A message goes out, as entry 0 if it is settled already; true if the window is full then. */
  add(entry: number, bytes: number): boolean {
    if (entry !== 0) this.#sizes.set(entry, bytes);
    this.#out += bytes;
    return this.full;
  }

  /** An entry was acknowledged; true if the window was full and is not any more. */
  remove(entry: number): boolean {
    const before = this.full;
    this.#out -= this.#sizes.get(entry) ?? 0;
    this.#sizes.delete(entry);
    return before && !this.full;
  }

  /** All that was settled as it went was read; true if the window was full. */
  empty(): boolean {
    const before = this.full;
    this.#out = 0;
    for (const bytes of this.#sizes.values()) this.#out += bytes;
    return before && !this.full;
  }
}
