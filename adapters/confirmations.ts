// Which sends of a producer are over, as brokers tell it: one by one, and in any order. The API is told
// a watermark, so a send that is over before an earlier one waits here for that.

export class Confirmations {
  /** All sends up to this number are confirmed or refused. */
  upTo = 0;
  /** Later ones that are, too. */
  readonly #early: Set<number> = new Set();

  /** One more is over; false: an earlier one is not, and the watermark stays. */
  finish(number: number): boolean {
    if (number !== this.upTo + 1) {
      this.#early.add(number);
      return false;
    }
    this.upTo = number;
    while (this.#early.size > 0 && this.#early.delete(this.upTo + 1)) this.upTo++;
    return true;
  }
}
