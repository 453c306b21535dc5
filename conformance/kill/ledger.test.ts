import test from 'ava';
import { type Copy, Ledger } from './ledger.ts';

const QUEUE = 'queue q';

/** A ledger whose findings are looked at as they are made. */
class Books {
  readonly ledger: Ledger = new Ledger();

  /** Sends `p-n`, and hears the confirmation. */
  sent(n: number): void {
    this.ledger.sent(this.ledger.sending(`p-${n}`, `p-${n} body`, [QUEUE]));
  }

  came(n: number, flagged: boolean): Copy {
    const copy = this.ledger.delivered(`p-${n} body`, QUEUE, flagged);
    if (copy === undefined) throw new Error(`p-${n} is unknown`);
    return copy;
  }

  acknowledged(copy: Copy): void {
    this.ledger.settled(copy, this.ledger.settling(copy));
  }
}

test('kill: a confirmed message that never comes is lost, one in doubt is not', (t) => {
  const { ledger } = new Books();
  ledger.sent(ledger.sending('p-1', 'p-1 body', [QUEUE]));
  ledger.sending('p-2', 'p-2 body', [QUEUE]);
  ledger.killed();
  t.like(ledger.close(), { sent: 2, confirmed: 1, inDoubt: 1, ofThoseArrived: 0 });
  t.deepEqual(ledger.findings, ['queue q: p-1 is lost']);
});

test('kill: nothing comes again once its acknowledgement was confirmed', (t) => {
  const books = new Books();
  books.sent(1);
  books.acknowledged(books.came(1, false));
  books.ledger.killed();
  books.came(1, true);
  t.regex(books.ledger.findings.join(), /p-1 came again, although its acknowledgement was conf/);
});

test('kill: what was not acknowledged comes again, flagged if its mark was surely written', (t) => {
  const books = new Books();
  const { ledger } = books;
  books.sent(1);
  books.sent(2);
  books.came(1, false);
  const begunBefore = ledger.sending('p-3', 'p-3 body', [QUEUE]);
  books.came(2, false);
  ledger.sent(begunBefore);
  ledger.killed();
  // Between the delivery of 1 and the kill something was begun and confirmed; of 2 nobody knows.
  books.came(2, false);
  t.deepEqual(ledger.findings, []);
  books.came(1, false);
  t.regex(ledger.findings.join(), /p-1 came again, not flagged/);
});

test('kill: a mark that was written in one life says nothing about another', (t) => {
  const books = new Books();
  books.sent(1);
  books.came(1, false);
  books.ledger.killed();
  books.sent(2);
  books.came(1, false);
  t.deepEqual(books.ledger.findings, []);
});

test('kill: twice in one life, or flagged without a reason, is wrong', (t) => {
  const books = new Books();
  books.sent(1);
  books.sent(2);
  books.came(1, false);
  books.came(1, true);
  t.regex(books.ledger.findings.join(), /p-1 came again in one life/);
  books.came(2, true);
  t.regex(books.ledger.findings.join(), /p-2 came flagged, and had never been handed out/);
});

test('kill: what a transaction rolled back comes again in the same life, flagged', (t) => {
  const books = new Books();
  const { ledger } = books;
  books.sent(1);
  const transaction = ledger.begin('t');
  ledger.settling(books.came(1, false), transaction);
  ledger.rollingBack(transaction);
  books.acknowledged(books.came(1, true));
  ledger.close();
  t.deepEqual(ledger.findings, []);
});

test('kill: a transaction in doubt happens whole or not at all', (t) => {
  const halves = (arrives: boolean, comesAgain: boolean): readonly string[] => {
    const books = new Books();
    const { ledger } = books;
    books.sent(1);
    const transaction = ledger.begin('t');
    ledger.settling(books.came(1, false), transaction);
    ledger.sending('p-2', 'p-2 body', [QUEUE], transaction);
    ledger.committing(transaction);
    ledger.killed();
    if (arrives) books.acknowledged(books.came(2, false));
    if (comesAgain) books.acknowledged(books.came(1, true));
    ledger.close();
    return ledger.findings;
  };
  t.deepEqual(halves(true, false), []);
  t.deepEqual(halves(false, true), []);
  t.regex(halves(true, true).join(), /done by halves/);
  t.regex(halves(false, false).join(), /done by halves/);
});

test('kill: nothing of a transaction shows that was not committed, all of one that was', (t) => {
  const books = new Books();
  const { ledger } = books;
  const open = ledger.begin('open');
  ledger.sending('p-1', 'p-1 body', [QUEUE], open);
  ledger.killed();
  books.came(1, false);
  t.regex(ledger.findings.join(), /p-1 came, but its transaction open was not committed/);
  const committed = ledger.begin('committed');
  ledger.sending('p-2', 'p-2 body', [QUEUE], committed);
  ledger.committed(committed, ledger.committing(committed));
  ledger.close();
  t.regex(ledger.findings.join(), /p-2 is lost/);
});

test('kill: a message of which not every byte came, or that nobody sent, is found', (t) => {
  const books = new Books();
  books.sent(1);
  t.is(books.ledger.delivered('p-1 bod', QUEUE, false), undefined);
  t.is(books.ledger.delivered('p-9 body', QUEUE, false), undefined);
  t.is(books.ledger.findings.length, 2);
});
