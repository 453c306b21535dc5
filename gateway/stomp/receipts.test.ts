import test from 'ava';
import { Broker, ManualHost } from '#broker';
import { Output } from '../output.ts';
import { FrameParser } from './parser.ts';
import { Receipts } from './receipts.ts';

/** Receipts before a journal that lags behind. */
function open(): { receipts: Receipts; ask: (id: string) => void; heard: () => string[] } {
  const host = new ManualHost();
  let text = '';
  const transport = {
    write: (slabs: readonly Buffer[]) => {
      text += Buffer.concat(slabs).toString();
      return true;
    },
    waitingBytes: () => 0,
  };
  const output = new Output(new Broker(host).turn, transport);
  const receipts = new Receipts(output, '1.2');
  const parser = new FrameParser(1000, 1000);
  return {
    receipts,
    ask: (id) => {
      parser.push(Buffer.from(`SEND\nreceipt:${id}\n\n\0`));
      parser.next();
      receipts.note(parser.frame, 0);
    },
    heard: () => {
      output.flush();
      const ids = [...text.matchAll(/RECEIPT\nreceipt-id:(.*)\n\n\0/g)].map(
        (match) => `${match[1]}`,
      );
      text = '';
      return ids;
    },
  };
}

test('[STOMP 1.2 RECEIPT] a receipt waits until the journal is safe up to its position', (t) => {
  const { receipts, ask, heard } = open();
  for (const position of [5, 6, 9]) {
    ask(`r${position}`);
    receipts.confirm(position, 4);
  }
  ask('at-once');
  receipts.confirm(0, 4);
  t.deepEqual(heard(), ['at-once']);
  receipts.release(4);
  t.deepEqual(heard(), []);
  receipts.release(6);
  t.deepEqual(heard(), ['r5', 'r6']);
  t.true(receipts.waiting);
  ask('r10');
  receipts.confirm(10, 6);
  receipts.release(10);
  t.deepEqual(heard(), ['r9', 'r10']);
  t.false(receipts.waiting);
});

test('[STOMP 1.2 RECEIPT] ten thousand at once, some released, in order, none twice', (t) => {
  const { receipts, ask, heard } = open();
  const all: string[] = [];
  const got: string[] = [];
  for (let position = 1; position <= 10_000; position++) {
    ask(`${position}`);
    all.push(`${position}`);
    receipts.confirm(position, 0);
    if (position % 997 === 0) {
      receipts.release(position - 500);
      got.push(...heard());
    }
  }
  receipts.release(10_000);
  got.push(...heard());
  t.deepEqual(got, all);
});

test('a noted receipt is known until it is confirmed', (t) => {
  const { receipts, ask, heard } = open();
  t.is(receipts.noted, undefined);
  ask('a\\cb');
  t.is(receipts.noted, 'a:b');
  receipts.confirm(0, 0);
  t.is(receipts.noted, undefined);
  t.deepEqual(heard(), ['a\\cb']);
});
