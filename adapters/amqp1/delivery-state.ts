// What becomes of deliveries, in both directions: what the peer says of our sends, and the bytes in
// which we say what became of its deliveries. rhea knows neither `declared` nor
// `transactional-state`. [AMQP 3.4, 4.5.5, 4.5.8]

import { Outcome } from '#jms-api';
import { type AmqpError, type Typed, types } from './rhea.ts';

const TRANSACTIONAL = 0x34;

const KINDS: Readonly<Record<string, Answer['kind']>> = {
  36: 'accepted',
  37: 'rejected',
  38: 'released',
  39: 'modified',
  51: 'declared',
  'amqp:accepted:list': 'accepted',
  'amqp:rejected:list': 'rejected',
  'amqp:released:list': 'released',
  'amqp:modified:list': 'modified',
  'amqp:declared:list': 'declared',
};

/** What the peer says of one send. */
export interface Answer {
  readonly kind: 'accepted' | 'rejected' | 'released' | 'modified' | 'declared' | 'unknown';
  readonly error?: AmqpError;
  /** Of `declared`. */
  readonly transaction?: Buffer;
}

export const ACCEPTED: Answer = { kind: 'accepted' };

/** Reads a state; undefined if it is none that ends a delivery. */
export function answerOf(state: Typed | null | undefined): Answer | undefined {
  if (!state?.descriptor) return undefined;
  const code = state.descriptor.value;
  const fields = (state.value ?? []) as readonly (Typed | undefined)[];
  if (code === TRANSACTIONAL || code === 'amqp:transactional-state:list')
    return answerOf(fields[1]);
  const kind = KINDS[String(code)];
  if (kind === undefined) return undefined;
  if (kind === 'accepted') return ACCEPTED;
  if (kind === 'declared') return { kind, transaction: Buffer.from(fields[0]?.value as Buffer) };
  if (kind !== 'rejected') return { kind };
  const error = errorOf(fields[0]);
  return error === undefined ? { kind } : { kind, error };
}

function errorOf(value: Typed | undefined): AmqpError | undefined {
  if (!value?.descriptor) return undefined;
  const [condition, description] = value.value as readonly (Typed | undefined)[];
  return { condition: textOf(condition), description: textOf(description) };
}

function textOf(value: Typed | undefined): string | undefined {
  return typeof value?.value === 'string' ? value.value : undefined;
}

function bytesOf(value: Typed): Buffer {
  const writer = new types.Writer();
  writer.write(value);
  return Buffer.from(writer.toBuffer());
}

function described(code: number, ...fields: Typed[]): Typed {
  const list = fields.length === 0 ? types.List0() : types.List32(fields);
  return types.described_nc(types.wrap_ulong(code), list);
}

const ACCEPTED_STATE: Typed = described(0x24);
const RELEASED_BYTES: Buffer = bytesOf(described(0x26));

/** How each outcome is said; undefined: not at all, so that the delivery stays out. */
export type States = Readonly<Record<Outcome, Buffer | undefined>>;

/** Of what expired here the broker sees for itself that it has, and counts it. */
export const ORDINARY_STATES: States = {
  [Outcome.accepted]: bytesOf(ACCEPTED_STATE),
  [Outcome.released]: RELEASED_BYTES,
  [Outcome.rejected]: bytesOf(described(0x25)),
  [Outcome.failed]: bytesOf(described(0x27, types.True())),
  [Outcome.expired]: RELEASED_BYTES,
  [Outcome.undeliverable]: bytesOf(described(0x27, types.True(), types.True())),
};

/** For a peer that knows no `modified`. */
export const UNMODIFIED_STATES: States = {
  ...ORDINARY_STATES,
  [Outcome.failed]: RELEASED_BYTES,
  [Outcome.undeliverable]: ORDINARY_STATES[Outcome.rejected],
};

/**
 * For RabbitMQ 4: what is undeliverable here it would throw away, or make a dead letter; so that stays
 * out until the link ends, which gives it to others. What has expired it looks at in queues only.
 */
export const RABBITMQ_STATES: States = {
  ...ORDINARY_STATES,
  [Outcome.expired]: ORDINARY_STATES[Outcome.rejected],
  [Outcome.undeliverable]: undefined,
};

/** The state of a send in a transaction, and of a delivery that is accepted in one. */
export interface TransactionStates {
  readonly sent: Buffer;
  readonly accepted: Buffer;
}

export function transactionStates(id: Buffer): TransactionStates {
  const name = types.wrap_binary(id);
  return {
    sent: bytesOf(described(TRANSACTIONAL, name)),
    accepted: bytesOf(described(TRANSACTIONAL, name, ACCEPTED_STATE)),
  };
}

/** The message that begins a transaction. [AMQP 4.5.2] */
export function declareMessage(): Buffer {
  return valueSection(described(0x31));
}

/** The message that ends a transaction. [AMQP 4.5.3] */
export function dischargeMessage(id: Buffer, fail: boolean): Buffer {
  return valueSection(described(0x32, types.wrap_binary(id), fail ? types.True() : types.False()));
}

function valueSection(value: Typed): Buffer {
  return Buffer.concat([Buffer.from([0x00, 0x53, 0x77]), bytesOf(value)]);
}
