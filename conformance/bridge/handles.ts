/**
 * The objects that the Java side knows, each by a number. An object keeps its number as long as
 * Java holds it; Java says how often the number came to it, so that a release cannot overtake the
 * same object on its way there once more. Owns no protocol.
 */

interface Held {
  readonly object: object;
  /** How often the number was sent. */
  sent: number;
}

export class Handles {
  readonly #objects = new Map<number, Held>();
  readonly #numbers = new WeakMap<object, number>();
  #last = 0;

  /** The number of an object that is about to be sent. */
  send(object: object): number {
    const known = this.#numbers.get(object);
    const held = known === undefined ? undefined : this.#objects.get(known);
    if (known !== undefined && held !== undefined) {
      held.sent++;
      return known;
    }
    const handle = ++this.#last;
    this.#numbers.set(object, handle);
    this.#objects.set(handle, { object, sent: 1 });
    return handle;
  }

  /** The object of a number. */
  get(handle: number): object {
    const held = this.#objects.get(handle);
    if (held === undefined) throw new RangeError(`there is no object ${handle}`);
    return held.object;
  }

  /** Java has forgotten a number that it was sent `count` times. */
  release(handle: number, count: number): void {
    const held = this.#objects.get(handle);
    if (held === undefined) return;
    held.sent -= count;
    if (held.sent === 0) this.#objects.delete(handle);
  }
}
