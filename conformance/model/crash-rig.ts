// A rig whose broker has a disk, and dies. The disk answers when it is told to, so that at any moment
// some of what was done is confirmed and the rest is not; power goes, or only the process; and what
// the next broker finds must be what one of the images since the last confirmed one says.
//
//     images    ■ ─── ■ ─── ■ ─── ■ ─── ■      position of each, and what was there
//                     ▲                        durable when it died: the earliest that may be found

import { Broker, FileJournal, type Limits, ManualHost } from '#broker';
import type { Die } from './choices.ts';
import { type Image, imageOf } from './image.ts';
import { Revival } from './revival.ts';
import { Disagreement, plain, Rig } from './rig.ts';
import { misfit } from './survival.ts';
import { type Found, survivorsOf } from './survivors.ts';

type Files = ManualHost['files'];

/** How one episode's brokers are made. */
export interface Fate {
  readonly segmentBytes: number;
  readonly limits: Partial<Limits>;
}

export class CrashRig extends Rig {
  // Long enough to be torn between two sectors, and to fill segments.
  override readonly pads: readonly string[] = ['', '.....', '.'.repeat(600)];
  readonly #fate: Fate;
  readonly files: Files;
  /** Why the journal failed: nothing is confirmed from then on. */
  failure: Error | undefined;
  whenFailed: () => void = () => {};
  #journal: FileJournal;
  /** What the disk has still to answer. */
  readonly #disk: (() => void)[];
  #images: Image[] = [];
  #silent = false;

  constructor(fate: Fate) {
    const { files } = new ManualHost();
    const disk: (() => void)[] = [];
    const life = live(fate, files, disk);
    super(life.host, life.broker);
    this.#fate = fate;
    this.files = files;
    this.#disk = disk;
    this.#journal = life.journal;
    this.broker.onFailed = (error) => {
      this.failure = error;
      this.whenFailed();
    };
    this.answer(Number.POSITIVE_INFINITY);
    this.#images = [imageOf(this.model, this.broker.position, true)];
  }

  /** There is room on the disk for a message of so many bytes. */
  room(bytes: number): boolean {
    return this.#journal.room(bytes);
  }

  /** The disk answers so many times, and the broker goes on. */
  answer(times: number): void {
    for (let left = times; left > 0; left--) {
      const work = this.#disk.shift();
      if (work === undefined) return;
      work();
      this.host.settle();
    }
  }

  /** Writes what is left and begins anew; nothing may be missing, unless the journal has failed. */
  restart(): void {
    void this.broker.close();
    this.answer(Number.POSITIVE_INFINITY);
    if (this.failure === undefined) this.#images = this.#images.slice(-1);
    else this.#forget(this.broker.durable);
    this.files.kill();
    this.#revive();
    this.#settled();
  }

  /** @param power - what was not synced may be gone; else only the process dies */
  crash(power: boolean, die: Die): void {
    this.#forget(this.broker.durable);
    do {
      if (power) this.files.crash(() => die.roll(0x40000000) / 0x40000000);
      else this.files.kill();
      this.#revive();
      // Sometimes it dies again before it is open, and before it did anything.
      this.answer(die.roll(8));
    } while (die.chance(6) && !this.#journal.open && this.broker.position === this.broker.durable);
    this.#settled();
  }

  override finish(): void {
    const rows = [...this.model.rows.keys()];
    this.#silent = true;
    super.finish();
    for (const row of rows) this.broker.unset(row);
    this.host.settle();
    this.answer(Number.POSITIVE_INFINITY);
    const { liveRecords } = this.broker.journalStatistics;
    if (liveRecords > 0) throw new Disagreement(`${liveRecords} records are kept for nothing`);
    this.files.kill();
    this.#live();
    const { destinations, scheduled, rows: left } = survivorsOf(this.broker);
    if (destinations.length + scheduled.length + left.size === 0) return;
    throw new Disagreement(`what was deleted is back: ${destinations.map(({ key }) => key)}`);
  }

  protected override noted(whole: boolean): void {
    if (this.#silent || this.#images === undefined) return;
    this.#images.push(imageOf(this.model, this.broker.position, whole, this.room(0)));
    if (this.#images.length > 64) this.#forget(this.broker.durable);
  }

  /** What was before the last that is confirmed, no crash brings back. */
  #forget(durable: number): void {
    const least = this.#images.findLastIndex(({ position }) => position <= durable);
    this.#images = this.#images.slice(Math.max(0, least));
  }

  #live(): void {
    this.#disk.length = 0;
    const life = live(this.#fate, this.files, this.#disk);
    this.host = life.host;
    this.broker = life.broker;
    this.#journal = life.journal;
    this.failure = undefined;
    this.broker.onFailed = (error) => {
      this.failure = error;
      this.whenFailed();
    };
    this.begin();
  }

  /** A new broker finds what is there, and the model follows. */
  #revive(): void {
    this.#live();
    const { serial } = this.broker;
    const found = survivorsOf(this.broker);
    const at = this.#judge(found);
    const between = this.#images.slice(at, at + 2);
    this.#images = this.#images.slice(0, at + 2);
    // Back to then: what was done since was not.
    this.host.advance((between[0]?.now ?? 0) - this.host.messageTimeMs());
    this.model.now = this.host.messageTimeMs();
    new Revival(this.model, between).run(found, serial);
  }

  /** The place of the image that was found, or behind which it was. */
  #judge(found: Found): number {
    const reasons: string[] = [];
    for (const [at, image] of this.#images.entries()) {
      const next = this.#images[at + 1];
      const exact = misfit(found, image, image, next);
      if (exact === undefined) return at;
      reasons.push(`${at}: ${exact}`);
      if (next === undefined || next.whole) continue;
      const between = misfit(found, image, next);
      if (between === undefined) return at;
      reasons.push(`${at} to ${at + 1}: ${between}`);
    }
    throw new Disagreement(`what was found is no state that was:\n    ${reasons.join('\n    ')}`);
  }

  /** What was found is safe now. */
  #settled(): void {
    this.answer(Number.POSITIVE_INFINITY);
    if (!this.#journal.open) throw new Disagreement('the journal does not open');
    this.#images = [imageOf(this.model, this.broker.position, true)];
    this.settle();
  }
}

function live(fate: Fate, files: Files, disk: (() => void)[]) {
  const host = new ManualHost(files);
  files.schedule = (work) => disk.push(work);
  const { segmentBytes, limits } = fate;
  const journal = new FileJournal(host, { directory: 'data', segmentBytes });
  const broker = new Broker(host, { journal, formats: [plain], limits });
  return { host, journal, broker };
}
