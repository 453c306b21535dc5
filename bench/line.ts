/**
 * One producer and one consumer connection to one broker (or relay), and the two runs over them: as fast
 * as it goes, and paced. Knows no protocol; `Sender` and `Receiver` do.
 *
 * Hot: prepared batches are written again and again and arriving bytes are only counted, so that the
 * generator takes a small part of what the broker takes. Its own cost is measured and reported.
 *
 * Invariant: at most `backlog` messages are on their way, and a batch is not touched while it is being
 * written.
 */

import { Pipe } from './pipe.ts';
import { cpuUs } from './usage.ts';
import { type Door, type Receiver, type Sender, STAMP_LENGTH, type Wire } from './wire.ts';

const BATCH_BYTES = 64 * 1024;
const BATCHES = 8;
const STALL_MS = 20_000;
const STALL_CHECK_MS = 1_000;
const KEEP_ALIVE_MS = 5_000;

/** When a round ends, and how far the producer may run ahead of the consumer. */
export interface RoundLimits {
  readonly seconds: number;
  readonly messages: number;
  readonly backlog: number;
}

/** What one round at full speed showed. CPU times are of the round alone. */
export interface Round {
  readonly messages: number;
  readonly seconds: number;
  readonly brokerCpuUs: number | undefined;
  readonly generatorCpuUs: number;
}

interface Batch {
  readonly bytes: Buffer;
  readonly written: () => void;
}

/** Two open connections with a queue, or a relay, between them. */
export class Line {
  readonly #wire: Wire;
  readonly #out: Pipe;
  readonly #in: Pipe;
  readonly #sender: Sender;
  readonly #receiver: Receiver;
  readonly #pid: number | undefined;
  readonly #keepAlive: NodeJS.Timeout;
  readonly #free: Batch[] = [];
  readonly #batchCount: number;
  #sent = 0;
  #received = 0;
  #sendUntil = 0;
  #deadline = 0;
  #backlog = 0;
  #pumpDue = false;
  #failure: Error | undefined;
  #settle: ((failure?: Error) => void) | undefined;
  #onStamps: ((stamps: bigint[]) => void) | undefined;
  #tail: Buffer = Buffer.alloc(0);

  private constructor(wire: Wire, pipes: [Pipe, Pipe], ends: [Sender, Receiver], pid?: number) {
    this.#wire = wire;
    [this.#out, this.#in] = pipes;
    [this.#sender, this.#receiver] = ends;
    this.#pid = pid;
    this.#batchCount = Math.max(1, Math.floor(BATCH_BYTES / this.#sender.frame.length));
    for (let i = 0; i < BATCHES; i++) this.#free.push(this.#makeBatch());
    this.#out.onFailed = this.#in.onFailed = (reason) => this.#fail(reason);
    this.#sender.onRoom = () => this.#schedule();
    this.#in.pour((bytes) => this.#arrived(bytes));
    this.#keepAlive = setInterval(() => {
      this.#out.write(wire.keepAlive);
      this.#in.write(wire.keepAlive);
    }, KEEP_ALIVE_MS).unref();
  }

  /** Opens the consumer first, so that nothing is sent to where nobody listens. */
  static async open(
    wire: Wire,
    doors: { in: Door; out: Door },
    size: number,
    pid: number | undefined,
  ): Promise<Line> {
    const inPipe = await Pipe.open(doors.in.url);
    const receiver = await wire.openReceiver(inPipe, doors.in, size);
    const outPipe = await Pipe.open(doors.out.url);
    const sender = await wire.openSender(outPipe, doors.out, size);
    return new Line(wire, [outPipe, inPipe], [sender, receiver], pid);
  }

  /** Sends as fast as broker and backlog allow, and ends when everything sent has arrived. */
  async round(limits: RoundLimits): Promise<Round> {
    const before = this.#sent;
    const brokerCpuBefore = cpuUs(this.#pid);
    const generatorBefore = process.cpuUsage();
    const begin = performance.now();
    this.#sendUntil = before + limits.messages;
    this.#deadline = begin + limits.seconds * 1000;
    this.#backlog = Math.max(limits.backlog, 2 * this.#batchCount);
    this.#schedule();
    await this.#allArrived();
    const end = performance.now();
    const generator = process.cpuUsage(generatorBefore);
    const brokerCpuAfter = cpuUs(this.#pid);
    return {
      messages: this.#sent - before,
      seconds: (end - begin) / 1000,
      brokerCpuUs:
        brokerCpuBefore === undefined || brokerCpuAfter === undefined
          ? undefined
          : brokerCpuAfter - brokerCpuBefore,
      generatorCpuUs: generator.user + generator.system,
    };
  }

  /**
   * Sends `perSecond` messages a second and answers how long each took, in microseconds, in the order
   * of arrival. A message that the broker's credit holds back counts from the moment it was due.
   */
  async latencies(perSecond: number, seconds: number): Promise<number[]> {
    const took: number[] = [];
    this.#onStamps = (stamps) => {
      const now = process.hrtime.bigint();
      for (const stamp of stamps) took.push(Number(now - stamp) / 1000);
    };
    this.#receiver.ends = [];
    const total = Math.round(perSecond * seconds);
    const intervalNs = BigInt(Math.round(1e9 / perSecond));
    const begin = process.hrtime.bigint();
    const before = this.#sent;
    this.#sendUntil = Number.POSITIVE_INFINITY;
    let blocked = false;
    const pace = setInterval(() => {
      while (this.#sent - before < total) {
        const now = process.hrtime.bigint();
        const due = begin + BigInt(this.#sent - before) * intervalNs;
        if (due > now) return;
        if (this.#sender.room() < 1) {
          blocked = true;
          return;
        }
        this.#sendStamped(blocked ? due : now);
        blocked = false;
      }
      clearInterval(pace);
      this.#sendUntil = this.#sent;
      this.#finishIfDone();
    }, 1);
    try {
      await this.#allArrived();
    } finally {
      clearInterval(pace);
      this.#onStamps = undefined;
      this.#receiver.ends = undefined;
    }
    return took;
  }

  /** Says goodbye on both connections. */
  close(): void {
    clearInterval(this.#keepAlive);
    this.#out.close(this.#wire.goodbye);
    this.#in.close(this.#wire.goodbye);
  }

  #makeBatch(): Batch {
    const bytes = Buffer.alloc(this.#batchCount * this.#sender.frame.length, this.#sender.frame);
    const batch: Batch = {
      bytes,
      written: () => {
        this.#free.push(batch);
        this.#schedule();
      },
    };
    return batch;
  }

  /** At most one pump per turn of the event loop, so that arriving bytes get theirs. */
  #schedule(): void {
    if (this.#pumpDue || this.#deadline === 0) return;
    this.#pumpDue = true;
    setImmediate(this.#pump);
  }

  readonly #pump = (): void => {
    this.#pumpDue = false;
    if (performance.now() >= this.#deadline) this.#sendUntil = this.#sent;
    while (this.#free.length > 0) {
      const left = this.#sendUntil - this.#sent;
      const wanted = Math.min(this.#batchCount, left);
      // Whole batches only, or a full backlog would end in many small writes.
      if (wanted <= 0 || this.#backlog - (this.#sent - this.#received) < wanted) break;
      const count = Math.min(wanted, this.#sender.room());
      if (count <= 0) break;
      this.#write(count);
    }
    if (this.#sent >= this.#sendUntil) this.#deadline = 0;
    this.#finishIfDone();
  };

  #write(count: number): void {
    const batch = this.#free.pop();
    if (!batch) return;
    this.#sender.number(batch.bytes, count);
    this.#sent += count;
    const bytes =
      count === this.#batchCount
        ? batch.bytes
        : batch.bytes.subarray(0, count * this.#sender.frame.length);
    this.#out.write(bytes, batch.written);
  }

  #sendStamped(stamp: bigint): void {
    const frame = Buffer.from(this.#sender.frame);
    this.#sender.number(frame, 1);
    const digits = String(stamp).padStart(STAMP_LENGTH, '0');
    frame.write(digits, this.#sender.bodyEnd - STAMP_LENGTH, 'latin1');
    this.#sent += 1;
    this.#out.write(frame);
  }

  #arrived(bytes: Buffer): void {
    this.#received += this.#receiver.take(bytes);
    if (this.#onStamps) this.#readStamps(bytes, this.#onStamps);
    if (this.#deadline > 0) this.#schedule();
    else this.#finishIfDone();
  }

  #readStamps(bytes: Buffer, onStamps: (stamps: bigint[]) => void): void {
    // A stamp may have begun in the chunk before.
    const recent = Buffer.concat([this.#tail, bytes]);
    const ends = this.#receiver.ends ?? [];
    onStamps(
      ends.map((end) => {
        const at = this.#tail.length + end;
        return BigInt(recent.toString('latin1', at - STAMP_LENGTH, at));
      }),
    );
    ends.length = 0;
    this.#tail = Buffer.from(recent.subarray(-STAMP_LENGTH));
  }

  async #allArrived(): Promise<void> {
    if (this.#failure) throw this.#failure;
    let seen = this.#received;
    let seenAt = performance.now();
    const watch = setInterval(() => {
      const now = performance.now();
      if (this.#received !== seen) seenAt = now;
      seen = this.#received;
      const what = `${this.#sent} sent, ${seen} arrived`;
      if (now - seenAt > STALL_MS) this.#fail(new Error(`${what}, none for ${STALL_MS} ms`));
    }, STALL_CHECK_MS);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#settle = (failure) => (failure ? reject(failure) : resolve());
      });
    } finally {
      clearInterval(watch);
      this.#settle = undefined;
      this.#deadline = 0;
    }
  }

  #finishIfDone(): void {
    if (this.#received > this.#sent)
      this.#fail(new Error(`${this.#sent} sent, but ${this.#received} arrived`));
    else if (this.#sent >= this.#sendUntil && this.#received === this.#sent) this.#settle?.();
  }

  #fail(reason: Error): void {
    this.#failure ??= reason;
    this.#settle?.(this.#failure);
  }
}
