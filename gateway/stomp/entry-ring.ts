// Entries of the broker in the order in which they were handed out, for acknowledgements that mean
// "up to here".
//
//     [ 16 │ 32 │ 48 │ 64 │ ·· │ ·· ]
//       ▲ #first            ▲ #first + #count      both wrap around
//
// It grows to the number of deliveries that are out at most, and stays there.

export class EntryRing {
  #entries: Float64Array = new Float64Array(16);
  #first = 0;
  #count = 0;

  push(entry: number): void {
    if (this.#count === this.#entries.length) this.#grow();
    this.#entries[(this.#first + this.#count) & (this.#entries.length - 1)] = entry;
    this.#count++;
  }

  /** Takes all up to `entry`, it included, in order; false, and takes none, if it is not here. */
  takeThrough(entry: number, take: (entry: number) => void): boolean {
    const mask = this.#entries.length - 1;
    let found = 0;
    while (found < this.#count && this.#entries[(this.#first + found) & mask] !== entry) found++;
    if (found === this.#count) return false;
    for (let left = found; left >= 0; left--) {
      const each = this.#entries[this.#first] as number;
      this.#first = (this.#first + 1) & mask;
      this.#count--;
      take(each);
    }
    return true;
  }

  #grow(): void {
    const old = this.#entries;
    const wider = new Float64Array(old.length * 2);
    for (let index = 0; index < this.#count; index++) {
      wider[index] = old[(this.#first + index) & (old.length - 1)] as number;
    }
    this.#entries = wider;
    this.#first = 0;
  }
}
