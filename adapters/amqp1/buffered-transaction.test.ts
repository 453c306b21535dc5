import test from 'ava';
import {
  type DestinationData,
  JMSException,
  Outcome,
  TransactionRolledBackException,
} from '#jms-api';
import { BufferedTransaction } from './buffered-transaction.ts';
import type { Outbox } from './outbox.ts';
import type { Route } from './routes.ts';
import type { SenderLink } from './sender-link.ts';
import type { Settlements } from './settlements.ts';

const to: DestinationData = { kind: 'queue', name: 'q' };

/** One that says what it did, with a broker that refuses what it is told to. */
function begin(refused: readonly string[]): { transaction: BufferedTransaction; log: string[] } {
  const log: string[] = [];
  const outbox = {
    add(_link: SenderLink, _to: DestinationData, payload: Buffer, number: number) {
      log.push(`send ${payload}`);
      const kind = refused.includes(String(payload)) ? 'rejected' : 'accepted';
      setImmediate(() => transaction.answered(number, { kind }));
    },
  };
  const settlements = {
    addNow(delivery: number, outcome: Outcome) {
      log.push(`${outcome === Outcome.accepted ? 'accept' : 'give back'} ${delivery}`);
    },
  };
  const transaction = new BufferedTransaction(
    outbox as unknown as Outbox,
    settlements as unknown as Settlements,
    async () => void log.push('recorded'),
  );
  transaction.sendBy({ linkTo: () => ({}) } as unknown as Route);
  return { transaction, log };
}

test('[JMS 6.2.7] a commit sends, and accepts when all is taken, in the order of arrival', async (t) => {
  const { transaction, log } = begin([]);
  const consumer = {};
  transaction.takes(consumer, 7);
  transaction.takes(consumer, 3);
  transaction.add(to, Buffer.from('a'));
  transaction.add(to, Buffer.from('b'));
  t.deepEqual(log, []);
  let over = false;
  const end = transaction.endFor(consumer)?.then(() => {
    over = true;
  });
  await transaction.end(false);
  t.deepEqual(log, ['send a', 'send b', 'accept 3', 'accept 7', 'recorded']);
  await end;
  t.true(over && !transaction.kept);
  await transaction.end(false);
  t.deepEqual(log.slice(5), ['recorded']);
});

test('[JMS 6.2.7] a roll-back sends nothing, and gives back what was accepted', async (t) => {
  const { transaction, log } = begin([]);
  transaction.takes({}, 2);
  transaction.takes({}, 1);
  transaction.add(to, Buffer.from('a'));
  await transaction.end(true);
  t.deepEqual(log, ['give back 1', 'give back 2']);
  t.false(transaction.kept);
});

test('[JMS 6.2.7] a refused commit gives back what was consumed, and says how much was sent', async (t) => {
  const all = begin(['a']);
  all.transaction.takes({}, 1);
  all.transaction.add(to, Buffer.from('a'));
  await t.throwsAsync(all.transaction.end(false), { instanceOf: TransactionRolledBackException });
  t.deepEqual(all.log, ['send a', 'give back 1']);
  const part = begin(['a']);
  part.transaction.takes({}, 1);
  part.transaction.add(to, Buffer.from('a'));
  part.transaction.add(to, Buffer.from('b'));
  const error = await t.throwsAsync(part.transaction.end(false), { instanceOf: JMSException });
  t.regex(error?.message ?? '', /refused 1 of the 2 messages/);
  t.false(error instanceof TransactionRolledBackException);
  t.deepEqual(part.log, ['send a', 'send b', 'give back 1']);
  await part.transaction.end(false);
  t.deepEqual(part.log.slice(3), ['recorded'], 'the next transaction has nothing of it');
});
