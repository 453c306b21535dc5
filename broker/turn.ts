// One turn of the broker, in three phases. Whatever comes in is absorbed at once and only leaves
// marks here; the rest happens once, for everything that came meanwhile. Batching falls out of
// this: no timer, no batch size, and a queue never calls a consumer from inside a send.
//
//     absorb     sockets and local calls fill queues            (before the turn ends)
//     dispatch   ready subscriptions hand messages to consumers ┐
//     confirm    the journal starts its write; what is durable  │ run(), once per event-loop
//                is confirmed                                   │ iteration, or in a microtask
//     flush      each touched output does one socket write      │ when a local call began it
//     keep       messages that stay take their own bytes        ┘

import type { Bodies } from './bodies.ts';
import type { Host } from './host.ts';
import type { Journal } from './journal/index.ts';
import type { Message } from './message.ts';
import type { Store } from './store.ts';
import type { Subscription } from './subscription.ts';

/** Something that gathered bytes during the turn and writes them at its end. */
export interface Flushable {
  flush(): void;
}

/** Someone with unconfirmed sends; told once for each registration. */
export interface DurableWaiter {
  /** Everything up to `position` is safe. */
  durable(position: number): void;
}

export class Turn {
  /** Message time of the running dispatch phase: epoch ms. */
  nowMs = 0;
  /** 0: not read in this turn. */
  #stampMs = 0;
  readonly #host: Host;
  readonly #journal: Journal;
  readonly #store: Store;
  readonly #bodies: Bodies;
  /** The watermark that waiters were told of. */
  #told = 0;
  #absorbing = false;
  #afterPoll = false;
  #afterScript = false;
  #ready: Subscription[] = [];
  #later: Subscription[] = [];
  #touched: Flushable[] = [];
  #arrived: Message[] = [];
  #waiters: DurableWaiter[] = [];
  #posted: (() => void)[] = [];
  readonly #run: () => void;

  constructor(host: Host, journal: Journal, store: Store, bodies: Bodies) {
    this.#host = host;
    this.#journal = journal;
    this.#store = store;
    this.#bodies = bodies;
    journal.onDurable = () => this.#schedule();
    store.wake = () => this.#schedule();
    this.#run = () => this.run();
  }

  /** Brackets what a socket brought: the turn then ends when all sockets were read. */
  absorbing(yes: boolean): void {
    this.#absorbing = yes;
  }

  /** A subscription has messages and someone to take them. */
  ready(subscription: Subscription): void {
    this.#ready.push(subscription);
    this.#schedule();
  }

  /** A subscription has had enough of this turn, and goes on in the next. */
  readyLater(subscription: Subscription): void {
    this.#later.push(subscription);
    if (this.#later.length > 1) return;
    this.#host.afterPoll(() => {
      this.#ready.push(...this.#later);
      this.#later = [];
      this.run();
    });
  }

  /** An output has bytes; it must not be registered twice before its flush. */
  touch(output: Flushable): void {
    this.#touched.push(output);
    this.#schedule();
  }

  /** A message whose bytes are in a read buffer was accepted. */
  arrived(message: Message): void {
    this.#arrived.push(message);
    this.#schedule();
  }

  /** Asks to be told, once, when the durable watermark has moved. */
  awaitDurable(waiter: DurableWaiter): void {
    this.#waiters.push(waiter);
    this.#schedule();
  }

  /** Runs `work` when all was handed out: for a sink that must not call the broker back. */
  afterDispatch(work: () => void): void {
    this.#posted.push(work);
    this.#schedule();
  }

  /**
   * Message time when the first of this turn was asked for it. Hot: reading the clock of the system
   * for each message cost 45 to 80 ns, as much as the way through a queue.
   */
  stampMs(): number {
    if (this.#stampMs === 0) {
      this.#stampMs = this.#host.messageTimeMs();
      // The stamp must not outlive a turn in which nothing else happens.
      this.#schedule();
    }
    return this.#stampMs;
  }

  /** Ends the turn now. Called by the host's schedule; by hand only in tests. */
  run(): void {
    this.#afterPoll = false;
    this.#afterScript = false;
    this.nowMs = this.#host.messageTimeMs();
    this.#stampMs = 0;
    this.#dispatch();
    this.#store.flush();
    this.#journal.sync();
    this.#confirm();
    this.#flush();
    this.#keep();
  }

  #schedule(): void {
    if (this.#absorbing) {
      if (this.#afterPoll) return;
      this.#afterPoll = true;
      this.#host.afterPoll(this.#run);
    } else {
      if (this.#afterScript) return;
      this.#afterScript = true;
      this.#host.afterScript(this.#run);
    }
  }

  #dispatch(): void {
    while (this.#ready.length > 0 || this.#posted.length > 0) {
      const ready = this.#ready;
      this.#ready = [];
      for (const subscription of ready) {
        subscription.queued = false;
        subscription.dispatch(this.nowMs);
      }
      const posted = this.#posted;
      if (posted.length === 0) continue;
      this.#posted = [];
      for (const work of posted) work();
    }
  }

  #confirm(): void {
    const { durable } = this.#journal;
    if (durable === this.#told) return;
    this.#told = durable;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.durable(durable);
  }

  #flush(): void {
    if (this.#touched.length === 0) return;
    const touched = this.#touched;
    this.#touched = [];
    for (const output of touched) output.flush();
  }

  #keep(): void {
    if (this.#arrived.length === 0) return;
    for (const message of this.#arrived) if (message.holders > 0) this.#bodies.settle(message);
    this.#arrived = [];
  }
}
