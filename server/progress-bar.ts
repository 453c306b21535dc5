// A bar on stderr for work that takes long, on a terminal only and only after a second.

const WIDTH = 30;
const AFTER_MS = 1000;
const EVERY_MS = 100;

export class ProgressBar {
  readonly #label: string;
  readonly #startedMs: number = performance.now();
  #shownMs = 0;

  constructor(label: string) {
    this.#label = label;
  }

  /** Shows how much is done, now and then. */
  show(done: number, of: number): void {
    const nowMs = performance.now();
    if (!process.stderr.isTTY || nowMs - this.#startedMs < AFTER_MS) return;
    if (nowMs - this.#shownMs < EVERY_MS) return;
    this.#shownMs = nowMs;
    const share = of === 0 ? 1 : Math.min(1, done / of);
    const full = Math.round(share * WIDTH);
    const bar = '#'.repeat(full) + '-'.repeat(WIDTH - full);
    process.stderr.write(`\r${this.#label} [${bar}] ${Math.round(share * 100)}%`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#shownMs > 0) process.stderr.write('\r\x1b[K');
  }
}
