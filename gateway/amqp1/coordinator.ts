// The coordinator of local transactions: takes `declare` and `discharge` as messages and answers
// each with its own disposition, so that a controller may send them without waiting. [AMQP 4.2, 4.3]

import { BrokerError } from '#broker';
import { Decoder } from './decoder.ts';
import { type ErrorInfo, errorInfo } from './delivery-state.ts';
import { codeOfDescriptor } from './descriptor.ts';
import { type Condition, conditionOf, decodeError, ProtocolError } from './errors.ts';
import type { Arrival, Intake } from './intake.ts';
import type { ReceiverLink } from './receiver-link.ts';
import { AMQP_VALUE, SectionWalk } from './section.ts';
import type { Transactions } from './transactions.ts';
import type { Value } from './types.ts';

/** What a coordinator here can do. [AMQP 4.5.2] */
export const COORDINATOR_CAPABILITIES: readonly string[] = [
  'amqp:local-transactions',
  'amqp:multi-txns-per-ssn',
  'amqp:multi-ssns-per-txn',
];

const DECLARE = 0x31;
const DISCHARGE = 0x32;
const walk = new SectionWalk();

export class Coordinator implements Intake {
  readonly #link: ReceiverLink;
  readonly #transactions: Transactions;

  constructor(link: ReceiverLink, transactions: Transactions) {
    this.#link = link;
    this.#transactions = transactions;
  }

  take(arrival: Arrival): void {
    if (arrival.settled) {
      // Nobody would hear the id, or whether the work is done.
      throw new ProtocolError(
        'link',
        'amqp:not-allowed',
        'a message to the coordinator was sent settled [AMQP 4.2]',
      );
    }
    const [code, fields] = commandOf(arrival);
    try {
      if (code === DECLARE) this.#declare(arrival.id, fields);
      else this.#discharge(arrival.id, fields);
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      this.#reject(arrival.id, this.#conditionOf(error), error.message);
    }
  }

  close(): void {
    this.#transactions.abandon(this);
  }

  /**
   * Qpid JMS takes every condition for a transaction that was rolled back but the one that says so,
   * which it takes for one in doubt: what it tells its program must be right.
   */
  #conditionOf({ code }: BrokerError): Condition {
    const { product } = this.#link.session.peer;
    if (code === 'transaction-rolled-back' && product === 'QpidJMS') {
      return 'amqp:precondition-failed';
    }
    return conditionOf[code];
  }

  #declare(id: number, [globalId]: readonly Value[]): void {
    if (globalId !== undefined && globalId.type !== 'null') {
      this.#reject(id, 'amqp:not-implemented', 'distributed transactions are not supported');
      return;
    }
    const work = this.#transactions.declare(this);
    this.#link.answer(id, { kind: 'declared', txnId: work.id });
  }

  #discharge(id: number, [txnId, fail]: readonly Value[]): void {
    if (txnId?.type !== 'binary') throw malformed("discharge lacks its mandatory field 'txn-id'");
    const work = this.#transactions.find(txnId.value);
    if (work === undefined) {
      const hex = txnId.value.toString('hex');
      this.#reject(id, 'amqp:transaction:unknown-id', `there is no transaction ${hex}`);
      return;
    }
    const { timedOut } = work;
    try {
      this.#link.accept(id, work.discharge(fail?.type === 'boolean' && fail.value));
    } catch (error) {
      if (!timedOut || !(error instanceof BrokerError)) throw error;
      this.#reject(id, 'amqp:transaction:timeout', error.message);
    }
  }

  #reject(id: number, condition: Condition, message: string): void {
    const error: ErrorInfo = errorInfo(condition, message);
    // Whoever does not understand `rejected` has to lose the link. [AMQP 4.3]
    if (!this.#link.rejectable) throw new ProtocolError('link', condition, message);
    this.#link.answer(id, { kind: 'rejected', error });
  }
}

/** Reads the one value that a message to the coordinator consists of. */
function commandOf({
  buffer,
  start,
  end,
}: Arrival): readonly [code: number, fields: readonly Value[]] {
  try {
    walk.open(buffer, start, end);
    while (walk.next()) {
      if (walk.code !== AMQP_VALUE) continue;
      const value = new Decoder(buffer, walk.valueStart, walk.end).read();
      const code = value.type === 'described' ? codeOfDescriptor(value.descriptor) : -1;
      const known = code === DECLARE || code === DISCHARGE;
      if (!known || value.type !== 'described' || value.value.type !== 'list') break;
      return [code, value.value.value];
    }
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw malformed(cause.message);
  }
  throw malformed('the message is neither declare nor discharge');
}

function malformed(message: string): ProtocolError {
  const { condition } = decodeError('');
  return new ProtocolError('link', condition, `coordinator: ${message} [AMQP 4.2, 4.3]`);
}
