// Entries of the broker in the order in which they were handed out, for acknowledgements that mean
// "up to here".
//
//     [ 16 │ -32 │ 48 │ 64 │ ·· │ ·· ]        below 0: acknowledged in a transaction that is open
//       ▲ #first             ▲ #first + #count      both wrap around
//
// It grows to the number of deliveries that are out at most, and stays there.

export class EntryRing {
  #entries: Float64Array = new Float64Array(16);
  #first = 0;
  #count = 0;

  push(entry: number): void {
    if (this.#count === this.#entries.length) this.#grow();
    this.#set(this.#count++, entry);
  }

  /** Takes all up to `entry`, it included, in order; false, and takes none, if it is not here. */
  takeThrough(entry: number, take: (entry: number) => void): boolean {
    const found = this.#find(entry);
    if (found < 0) return false;
    for (let at = 0; at <= found; at++) if (this.#at(at) > 0) take(this.#at(at));
    this.#close(found, (each) => each < 0);
    return true;
  }

  /** Sets all up to `entry` aside until a transaction ends; false if it is not here. */
  prepareThrough(entry: number, prepare: (entry: number) => void): boolean {
    const found = this.#find(entry);
    if (found < 0) return false;
    for (let at = 0; at <= found; at++) {
      const each = this.#at(at);
      if (each < 0) continue;
      this.#set(at, -each);
      prepare(each);
    }
    return true;
  }

  /** Forgets entries that were set aside. */
  forget(prepared: ReadonlySet<number>): void {
    this.#close(this.#count - 1, (each) => !prepared.has(-each));
  }

  /** Entries that were set aside may be taken again, in their old places. */
  restore(prepared: ReadonlySet<number>): void {
    for (let at = 0; at < this.#count; at++) {
      const each = this.#at(at);
      if (each < 0 && prepared.has(-each)) this.#set(at, -each);
    }
  }

  #find(entry: number): number {
    for (let at = 0; at < this.#count; at++) if (this.#at(at) === entry) return at;
    return -1;
  }

  /** Closes up what is not kept of the entries up to `last`, towards it. */
  #close(last: number, keep: (entry: number) => boolean): void {
    let free = last;
    for (let at = last; at >= 0; at--) {
      const each = this.#at(at);
      if (keep(each)) this.#set(free--, each);
    }
    const gone = free + 1;
    this.#first = (this.#first + gone) & (this.#entries.length - 1);
    this.#count -= gone;
  }

  #at(index: number): number {
    return this.#entries[(this.#first + index) & (this.#entries.length - 1)] as number;
  }

  #set(index: number, entry: number): void {
    this.#entries[(this.#first + index) & (this.#entries.length - 1)] = entry;
  }

  #grow(): void {
    const wider = new Float64Array(this.#entries.length * 2);
    for (let at = 0; at < this.#count; at++) wider[at] = this.#at(at);
    this.#entries = wider;
    this.#first = 0;
  }
}
