/**
 * The producer and consumer connections to one broker (or relay), one of each unless said otherwise, and
 * the two runs over them: as fast as it goes, and paced. Knows no protocol; `Sender` and `Receiver` do.
 *
 * Hot: prepared batches are written again and again and arriving bytes are only counted, so that the
 * generator takes a small part of what the broker takes. Its own cost is measured and reported.
 *
 * Invariant: at most `backlog` messages are on their way, and a batch is not touched while it is being
 * written.
 */

import { Pipe } from './pipe.ts';
import { cpuUs, diskBytes } from './usage.ts';
import { type Door, type Receiver, type Sender, STAMP_LENGTH, type Wire } from './wire.ts';

const BATCH_BYTES = 64 * 1024;
const BATCHES = 8;
const STALL_MS = 20_000;
const STALL_CHECK_MS = 1_000;
const SILENCE_MS = 1_000;
const KEEP_ALIVE_MS = 5_000;

/** When a round ends, and how far the producer may run ahead of the consumer. */
export interface RoundLimits {
  readonly seconds: number;
  readonly messages: number;
  readonly backlog: number;
  /** A broker may drop messages: what has not come after a second of silence never will. */
  readonly mayLose?: boolean;
}

/** What one round at full speed showed. CPU times are of the round alone. */
export interface Round {
  /** Those that arrived, where some may be lost. */
  readonly messages: number;
  readonly lost?: number;
  readonly seconds: number;
  readonly brokerCpuUs: number | undefined;
  readonly generatorCpuUs: number;
  /** What the broker put on the disk. */
  readonly diskBytes?: number;
}

/** How many connections there are, and how often each message is to arrive. */
export interface Crowd {
  readonly producers: number;
  readonly consumers: number;
  /** 1 for a queue; for a topic as many as there are consumers. */
  readonly copies: number;
}

const TWO: Crowd = { producers: 1, consumers: 1, copies: 1 };

interface End<Side> {
  readonly pipe: Pipe;
  readonly side: Side;
}

interface Batch {
  readonly bytes: Buffer;
  readonly written: () => void;
}

/** Open connections with a queue, a topic or a relay between them. */
export class Line {
  readonly #wire: Wire;
  readonly #senders: readonly End<Sender>[];
  readonly #receivers: readonly End<Receiver>[];
  /** The first of each: all frames are alike, and paced runs use one. */
  readonly #sender: Sender;
  readonly #receiver: Receiver;
  readonly #copies: number;
  readonly #pid: number | undefined;
  readonly #keepAlive: NodeJS.Timeout;
  readonly #free: Batch[] = [];
  readonly #batchCount: number;
  #sent = 0;
  /** Copies that arrived; {@link received} counts messages. */
  #arrivals = 0;
  /** How many are to wait; 0 when consumers read what comes. */
  #waiting = 0;
  #holding = false;
  /** Whose turn it is to send. */
  #turn = 0;
  #sendUntil = 0;
  #deadline = 0;
  #backlog = 0;
  #pumpDue = false;
  #failure: Error | undefined;
  #settle: ((failure?: Error) => void) | undefined;
  #onStamps: ((stamps: bigint[]) => void) | undefined;
  #tail: Buffer = Buffer.alloc(0);

  private constructor(
    wire: Wire,
    senders: readonly End<Sender>[],
    receivers: readonly End<Receiver>[],
    copies: number,
    pid: number | undefined,
  ) {
    const [first] = senders;
    const [last] = receivers;
    if (first === undefined || last === undefined) throw new Error('a line has two ends');
    this.#wire = wire;
    this.#senders = senders;
    this.#receivers = receivers;
    this.#sender = first.side;
    this.#receiver = last.side;
    this.#copies = copies;
    this.#pid = pid;
    this.#batchCount = Math.max(1, Math.floor(BATCH_BYTES / this.#sender.frame.length));
    for (let i = 0; i < BATCHES; i++) this.#free.push(this.#makeBatch());
    for (const { pipe } of [...senders, ...receivers]) {
      pipe.onFailed = (reason) => this.#fail(reason);
    }
    for (const { side } of senders) side.onRoom = () => this.#schedule();
    for (const { pipe, side } of receivers) pipe.pour((bytes) => this.#arrived(side, bytes));
    this.#keepAlive = setInterval(() => {
      for (const { pipe } of [...senders, ...receivers]) pipe.write(wire.keepAlive);
    }, KEEP_ALIVE_MS).unref();
  }

  /** Opens the consumers first, so that nothing is sent to where nobody listens. */
  static async open(
    wire: Wire,
    doors: { in: Door; out: Door },
    size: number,
    pid: number | undefined,
    { producers, consumers, copies }: Crowd = TWO,
  ): Promise<Line> {
    const receivers: End<Receiver>[] = [];
    const senders: End<Sender>[] = [];
    for (let i = 0; i < consumers; i++) {
      const pipe = await Pipe.open(doors.in.url);
      receivers.push({ pipe, side: await wire.openReceiver(pipe, doors.in, size) });
    }
    for (let i = 0; i < producers; i++) {
      const pipe = await Pipe.open(doors.out.url);
      senders.push({ pipe, side: await wire.openSender(pipe, doors.out, size) });
    }
    return new Line(wire, senders, receivers, copies, pid);
  }

  /** Messages that have arrived at all who are to have them. */
  get received(): number {
    return Math.floor(this.#arrivals / this.#copies);
  }

  /** Sends as fast as broker and backlog allow, and ends when everything sent has arrived. */
  async round(limits: RoundLimits): Promise<Round> {
    const before = this.#sent;
    const diskBefore = diskBytes(this.#pid);
    const brokerCpuBefore = cpuUs(this.#pid);
    const generatorBefore = process.cpuUsage();
    const begin = performance.now();
    this.#sendUntil = before + limits.messages;
    this.#deadline = begin + limits.seconds * 1000;
    this.#backlog = Math.max(limits.backlog, 2 * this.#batchCount);
    this.#schedule();
    const end = limits.mayLose ? await this.#quiet() : await this.#allArrived();
    const generator = process.cpuUsage(generatorBefore);
    const brokerCpuAfter = cpuUs(this.#pid);
    const diskAfter = diskBytes(this.#pid);
    const written = (diskAfter ?? Number.NaN) - (diskBefore ?? Number.NaN);
    const due = this.#sent * this.#copies;
    const lost = limits.mayLose ? Math.ceil((due - this.#arrivals) / this.#copies) : 0;
    this.#arrivals += lost > 0 ? due - this.#arrivals : 0;
    return {
      messages: this.#sent - before - lost,
      ...(lost > 0 && { lost }),
      seconds: (end - begin) / 1000,
      brokerCpuUs:
        brokerCpuBefore === undefined || brokerCpuAfter === undefined
          ? undefined
          : brokerCpuAfter - brokerCpuBefore,
      generatorCpuUs: generator.user + generator.system,
      ...(Number.isNaN(written) ? {} : { diskBytes: written }),
    };
  }

  /** Waits for the last arrival, or for a silence; answers when the last of them came. */
  async #quiet(): Promise<number> {
    let seen = this.#arrivals;
    let seenAt = performance.now();
    const watch = setInterval(() => {
      const now = performance.now();
      if (this.#arrivals !== seen) seenAt = now;
      seen = this.#arrivals;
      if (now - seenAt > SILENCE_MS) this.#settle?.();
    }, 20);
    try {
      const end = await this.#allArrived();
      return this.#arrivals === this.#sent * this.#copies ? end : seenAt;
    } finally {
      clearInterval(watch);
    }
  }

  /**
   * From now on so many messages are to wait: the consumers read nothing while it is fewer, and a round
   * ends with its time, or its number, and not with the last arrival. Sends what is missing.
   */
  async keepWaiting(count: number): Promise<void> {
    this.#waiting = count;
    this.#holdOrRead();
    await this.round({ seconds: Number.POSITIVE_INFINITY, messages: count, backlog: 2 * count });
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
    for (const { pipe } of [...this.#senders, ...this.#receivers]) pipe.close(this.#wire.goodbye);
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
      if (wanted <= 0 || this.#backlog - (this.#sent - this.received) < wanted) break;
      const end = this.#nextWithRoom();
      if (end === undefined) break;
      this.#write(end, Math.min(wanted, end.side.room()));
    }
    if (this.#sent >= this.#sendUntil) this.#deadline = 0;
    if (this.#waiting > 0) this.#holdOrRead();
    this.#finishIfDone();
  };

  /** Lets the consumers read, or not, by what waits. */
  #holdOrRead(): void {
    const hold = this.#sent - this.received < this.#waiting;
    if (hold === this.#holding) return;
    this.#holding = hold;
    for (const { pipe } of this.#receivers) {
      if (hold) pipe.pause();
      else pipe.resume();
    }
  }

  /** The producer after the last one whose peer allows more; undefined when none does. */
  #nextWithRoom(): End<Sender> | undefined {
    for (let i = 0; i < this.#senders.length; i++) {
      const end = this.#senders[this.#turn];
      this.#turn = (this.#turn + 1) % this.#senders.length;
      if (end !== undefined && end.side.room() > 0) return end;
    }
    return undefined;
  }

  #write({ pipe, side }: End<Sender>, count: number): void {
    const batch = this.#free.pop();
    if (!batch) return;
    side.number(batch.bytes, count);
    this.#sent += count;
    const bytes =
      count === this.#batchCount ? batch.bytes : batch.bytes.subarray(0, count * side.frame.length);
    pipe.write(bytes, batch.written);
  }

  #sendStamped(stamp: bigint): void {
    const frame = Buffer.from(this.#sender.frame);
    this.#sender.number(frame, 1);
    const digits = String(stamp).padStart(STAMP_LENGTH, '0');
    frame.write(digits, this.#sender.bodyEnd - STAMP_LENGTH, 'latin1');
    this.#sent += 1;
    this.#senders[0]?.pipe.write(frame);
  }

  #arrived(receiver: Receiver, bytes: Buffer): void {
    this.#arrivals += receiver.take(bytes);
    if (this.#waiting > 0) this.#holdOrRead();
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

  /** Answers when that was. */
  async #allArrived(): Promise<number> {
    if (this.#failure) throw this.#failure;
    const progress = (): number => this.#arrivals + (this.#waiting > 0 ? this.#sent : 0);
    let seen = progress();
    let seenAt = performance.now();
    const watch = setInterval(() => {
      const now = performance.now();
      if (progress() !== seen) seenAt = now;
      seen = progress();
      const what = `${this.#sent} sent, ${this.#arrivals} arrived`;
      if (now - seenAt > STALL_MS) this.#fail(new Error(`${what}, none for ${STALL_MS} ms`));
    }, STALL_CHECK_MS);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#settle = (failure) => (failure ? reject(failure) : resolve());
      });
      return performance.now();
    } finally {
      clearInterval(watch);
      this.#settle = undefined;
      this.#deadline = 0;
    }
  }

  #finishIfDone(): void {
    const due = this.#sent * this.#copies;
    if (this.#arrivals > due)
      this.#fail(new Error(`${due} were to arrive, but ${this.#arrivals} arrived`));
    else if (this.#sent >= this.#sendUntil && (this.#waiting > 0 || this.#arrivals === due))
      this.#settle?.();
  }

  #fail(reason: Error): void {
    this.#failure ??= reason;
    this.#settle?.(this.#failure);
  }
}
