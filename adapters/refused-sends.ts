// What a commit says that sends its messages one by one, as its broker has no transactions, and some of
// them were not taken. [JMS 6.2.7]

import { JMSException, TransactionRolledBackException } from '#jms-api';

/** Nothing of the transaction was sent. */
export function nothingSent(cause: unknown): TransactionRolledBackException {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TransactionRolledBackException(`nothing of it was sent: ${why}`, null, { cause });
}

/**
 * @param refused - what was said of those that were not taken
 * @param sends - how many there were in all
 * @throws {TransactionRolledBackException} if none was taken
 * @throws {JMSException} if some were not
 */
export function checkTaken(refused: readonly Error[], sends: number): void {
  const [cause] = refused;
  if (cause === undefined) return;
  if (refused.length === sends) throw nothingSent(cause);
  throw new JMSException(
    `the broker refused ${refused.length} of the ${sends} messages of the transaction ` +
      `(${cause.message}); the others are sent, and what it consumed comes again`,
    null,
    { cause },
  );
}
