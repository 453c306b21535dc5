/**
 * The books of the kill test: what was sent, what the broker confirmed, what came, and which
 * acknowledgements it confirmed. Whatever the broker may not do is written down as a finding. Pure: no
 * socket, no clock; the order of the calls is all the time there is.
 *
 *     send      open ─ confirmed                       must arrive, everywhere, once acknowledged
 *                  └── in doubt (killed)               may arrive, once
 *     copy      out ─ settling ─ settled               never again once settled
 *                └───────┴────── (killed) comes again, flagged if its mark was surely written
 *     transaction  open ─ ending ─ whole | none        in doubt: one of them, for all that is in it
 *
 * Messages are handed out before the disk has them, their sender is told after: what came in the life in
 * which it was sent proves nothing yet about what lasts.
 *
 * A mark of a delivery was surely written if something was confirmed in the same life that was begun
 * after the delivery: one journal holds both, in their order. [JMS 3.4.7, 6.2.10, STOMP 1.2 ACK]
 */

/** Everything that one transaction did. */
export class Transaction {
  readonly name: string;
  /** `ending`: its commit has been asked for. `doubt`: and the server was killed before the answer. */
  state: 'open' | 'ending' | 'doubt' | 'whole' | 'none' = 'open';
  readonly sends: Send[] = [];
  readonly copies: Copy[] = [];
  /** What showed that it happened, and that it did not. */
  whole: string | undefined = undefined;
  none: string | undefined = undefined;

  constructor(name: string) {
    this.name = name;
  }
}

/** One attempt to send one message. */
export interface Send {
  readonly id: string;
  readonly body: string;
  readonly life: number;
  readonly begun: number;
  readonly transaction: Transaction | undefined;
  confirmed: boolean;
  /** By place. */
  readonly copies: Map<string, Copy>;
}

/** One message at one place: a queue, or a durable subscription. */
export interface Copy {
  readonly send: Send;
  readonly place: string;
  deliveries: number;
  /** It outlived its life, or a confirmed acknowledgement of it did: the disk had it. */
  lasting: boolean;
  /** Of the last delivery. */
  life: number;
  deliveredAt: number;
  state: 'waiting' | 'out' | 'settling' | 'settled';
  /** In which it is being acknowledged. */
  transaction: Transaction | undefined;
}

/** What there was, for the report. */
export interface Sums {
  readonly sent: number;
  readonly confirmed: number;
  readonly inDoubt: number;
  readonly ofThoseArrived: number;
  readonly deliveries: number;
  readonly again: number;
  readonly flagged: number;
  readonly acknowledged: number;
  readonly transactions: number;
  readonly transactionsInDoubt: number;
}

/** What is still being acknowledged in it and nowhere else. */
function copiesOf(transaction: Transaction): Copy[] {
  return transaction.copies.filter(
    (copy) => copy.transaction === transaction && copy.state === 'settling',
  );
}

export class Ledger {
  readonly findings: string[] = [];
  readonly #sends = new Map<string, Send>();
  readonly #transactions: Transaction[] = [];
  /** By life: everything begun before this step had its records written. */
  readonly #writtenBefore: number[] = [0];
  /** The newest that has come to a place for the first time, by producer. */
  readonly #newest = new Map<string, number>();
  #life = 0;
  #step = 0;
  #deliveries = 0;
  #again = 0;
  #flagged = 0;
  #acknowledged = 0;
  #transactionsInDoubt = 0;

  /** A step in the order of things; what is begun gets one. */
  step(): number {
    return ++this.#step;
  }

  begin(name: string): Transaction {
    const transaction = new Transaction(name);
    this.#transactions.push(transaction);
    return transaction;
  }

  /** A message is about to be sent; `places` is where it must arrive. */
  sending(id: string, body: string, places: readonly string[], transaction?: Transaction): Send {
    const send: Send = {
      id,
      body,
      life: this.#life,
      begun: this.step(),
      transaction,
      confirmed: false,
      copies: new Map(),
    };
    for (const place of places) {
      send.copies.set(place, {
        send,
        place,
        deliveries: 0,
        lasting: false,
        life: 0,
        deliveredAt: 0,
        state: 'waiting',
        transaction: undefined,
      });
    }
    this.#sends.set(id, send);
    transaction?.sends.push(send);
    return send;
  }

  /** The broker confirmed a send that is in no transaction. */
  sent(send: Send): void {
    send.confirmed = true;
    this.#confirmedSince(send.begun);
  }

  /** A commit is about to be asked for; answers what `committed` wants. */
  committing(transaction: Transaction): number {
    transaction.state = 'ending';
    return this.step();
  }

  /** The broker confirmed a commit. */
  committed(transaction: Transaction, begun: number): void {
    transaction.state = 'whole';
    // One in which nothing was done writes nothing.
    if (transaction.sends.length + transaction.copies.length > 0) this.#confirmedSince(begun);
    for (const send of transaction.sends) send.confirmed = true;
    for (const copy of copiesOf(transaction)) {
      copy.state = 'settled';
      copy.lasting = true;
      this.#acknowledged++;
    }
  }

  /** A roll-back is about to be asked for: whatever becomes of that, nothing may happen. */
  rollingBack(transaction: Transaction): void {
    transaction.state = 'none';
    for (const copy of copiesOf(transaction)) copy.state = 'out';
  }

  /** A delivery came. */
  delivered(body: string, place: string, flagged: boolean): Copy | undefined {
    const id = body.slice(0, body.indexOf(' '));
    const send = this.#sends.get(id);
    const copy = send?.copies.get(place);
    this.#deliveries++;
    if (flagged) this.#flagged++;
    if (send === undefined || copy === undefined || send.body !== body) {
      this.findings.push(`${place}: came, but was never sent like this: ${body.slice(0, 60)}`);
      return undefined;
    }
    this.#judgeSend(send, place);
    if (copy.deliveries === 0) this.#judgeFirst(copy, flagged);
    else this.#judgeAgain(copy, flagged);
    copy.deliveries++;
    copy.lasting ||= send.life < this.#life;
    copy.life = this.#life;
    copy.deliveredAt = this.step();
    copy.state = 'out';
    copy.transaction = undefined;
    return copy;
  }

  /** An acknowledgement is about to be sent; answers what `settled` wants. */
  settling(copy: Copy, transaction?: Transaction): number {
    copy.state = 'settling';
    copy.transaction = transaction;
    transaction?.copies.push(copy);
    return this.step();
  }

  /** The broker confirmed an acknowledgement that is in no transaction. */
  settled(copy: Copy, begun: number): void {
    copy.state = 'settled';
    copy.lasting = true;
    this.#acknowledged++;
    this.#confirmedSince(begun);
  }

  /** The server was killed. */
  killed(): void {
    for (const transaction of this.#transactions) {
      if (transaction.state === 'open') transaction.state = 'none';
      if (transaction.state !== 'ending') continue;
      transaction.state = 'doubt';
      this.#transactionsInDoubt++;
    }
    this.#life++;
    this.#writtenBefore[this.#life] = 0;
  }

  /** Nothing more will come: what is missing is lost. */
  close(): Sums {
    let [confirmed, inDoubt, ofThoseArrived] = [0, 0, 0];
    for (const send of this.#sends.values()) {
      const copies = [...send.copies.values()];
      const missing = copies.filter(({ deliveries }) => deliveries === 0);
      if (send.confirmed) {
        confirmed++;
        for (const { place } of missing) this.findings.push(`${place}: ${send.id} is lost`);
      } else if (send.transaction === undefined) {
        inDoubt++;
        if (missing.length < copies.length) ofThoseArrived++;
        if (copies.some(({ lasting }) => lasting)) {
          for (const { place } of missing) {
            this.findings.push(`${place}: ${send.id} came to other places, but not here`);
          }
        }
      }
    }
    for (const transaction of this.#transactions) this.#judgeTransaction(transaction);
    return {
      sent: this.#sends.size,
      confirmed,
      inDoubt,
      ofThoseArrived,
      deliveries: this.#deliveries,
      again: this.#again,
      flagged: this.#flagged,
      acknowledged: this.#acknowledged,
      transactions: this.#transactions.length,
      transactionsInDoubt: this.#transactionsInDoubt,
    };
  }

  /** What was confirmed and has not yet been acknowledged, with a confirmation or without. */
  owed(): string[] {
    return [...this.#sends.values()]
      .filter(({ confirmed }) => confirmed)
      .flatMap(({ id, copies }) =>
        [...copies.values()]
          .filter(({ state }) => state === 'waiting' || state === 'out')
          .map(({ place, state }) => `${place}: ${id} is ${state}`),
      );
  }

  #confirmedSince(begun: number): void {
    const before = this.#writtenBefore[this.#life] ?? 0;
    this.#writtenBefore[this.#life] = Math.max(before, begun);
  }

  #judgeSend(send: Send, place: string): void {
    const { transaction, id } = send;
    if (transaction === undefined) return;
    const { state, name } = transaction;
    if (state === 'open') {
      this.findings.push(`${place}: ${id} came before its transaction ${name} was committed`);
    }
    if (state === 'none') {
      this.findings.push(`${place}: ${id} came, but its transaction ${name} was not committed`);
    }
  }

  #judgeFirst(copy: Copy, flagged: boolean): void {
    const { send, place } = copy;
    if (flagged && send.life === this.#life) {
      this.findings.push(`${place}: ${send.id} came flagged, and had never been handed out`);
    }
    const [producer = '', number = ''] = send.id.split('-');
    const key = `${place} ${producer}`;
    const newest = this.#newest.get(key) ?? 0;
    // Queues have two readers: what one was given and lost comes late, for both to see.
    const ordered = place.startsWith('subscription');
    if (ordered && Number(number) < newest) {
      this.findings.push(`${place}: ${send.id} came after ${producer}-${newest}`);
    }
    this.#newest.set(key, Math.max(newest, Number(number)));
  }

  #judgeAgain(copy: Copy, flagged: boolean): void {
    const { send, place, transaction, state, life } = copy;
    const what = `${place}: ${send.id} came again`;
    this.#again++;
    if (state === 'settled') {
      const how = transaction === undefined ? '' : ` by the commit of ${transaction.name}`;
      this.findings.push(`${what}, although its acknowledgement was confirmed${how}`);
    }
    const rolledBack = transaction?.state === 'none';
    if (life === this.#life && !(rolledBack && copy.state === 'out')) {
      this.findings.push(`${what} in one life, without having been given back`);
    }
    const surely = copy.deliveredAt < (this.#writtenBefore[life] ?? 0);
    if (!flagged && (surely || life === this.#life)) {
      this.findings.push(`${what}, not flagged, although its mark was written`);
    }
    if (transaction !== undefined) transaction.none = `${send.id} came again to ${place}`;
  }

  #judgeTransaction(transaction: Transaction): void {
    for (const { copies, id } of transaction.sends) {
      for (const { place, deliveries, lasting } of copies.values()) {
        if (deliveries === 0) transaction.none = `${id} did not come to ${place}`;
        if (lasting) transaction.whole = `${id} came to ${place}`;
      }
    }
    for (const copy of copiesOf(transaction)) {
      // What nobody ever confirmed may have gone by itself.
      if (!copy.lasting && !copy.send.confirmed) continue;
      transaction.whole = `${copy.send.id} did not come again to ${copy.place}`;
    }
    const { whole, none, name, state } = transaction;
    if (state === 'whole' && none !== undefined) {
      this.findings.push(`transaction ${name} was committed, but ${none}`);
    }
    if (state === 'none' && whole !== undefined) {
      this.findings.push(`transaction ${name} was not committed, but ${whole}`);
    }
    if (state === 'doubt' && whole !== undefined && none !== undefined) {
      this.findings.push(`transaction ${name} was done by halves: ${whole}, but ${none}`);
    }
  }
}
