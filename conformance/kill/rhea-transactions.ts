/**
 * Local transactions over rhea, which has none: a coordinator link, the state of a transfer, and the
 * states that the broker answers with. Owns what is patched in and around rhea, so that the peer
 * beside it reads as if the library could do it. Written against rhea 3.0. [AMQP 4.1-4.5]
 */

import { createRequire } from 'node:module';
import rhea from 'rhea';

/** A value with its AMQP type, as rhea has it. */
export interface Typed {
  readonly descriptor?: { readonly value: unknown };
  readonly value: unknown;
}

/** What of rhea's inner parts is touched here. */
export interface Delivery {
  readonly id: number;
  settled: boolean;
  readonly remote_state?: Typed & { readonly constructor: { readonly composite_type?: string } };
}

/** A link of either direction. */
export interface Link {
  readonly local: { readonly attach: { target: unknown } };
  readonly source?: object | null;
  readonly error?: { readonly condition?: string; readonly description?: string };
  sendable(): boolean;
  send(payload: Buffer, tag: Buffer, format: 0): Delivery;
  add_credit(count: number): void;
  on(event: string, listener: (context: Context) => void): void;
  once(event: string, listener: (context: Context) => void): void;
}

/** What comes with an event. */
export interface Context {
  readonly delivery: Delivery;
  readonly message: { readonly body: unknown; readonly delivery_count?: number };
  readonly connection?: { readonly error?: object };
  readonly session?: { readonly error?: object };
}

interface OutFrame {
  readonly value: unknown[];
  readonly delivery_tag?: Buffer;
}

/** A session of rhea. */
export interface Session {
  begin(): void;
  output(frame: unknown, payload?: Buffer): void;
  open_sender(options: object): Link;
  open_receiver(options: object): Link;
  readonly connection: { _register(): void };
}

interface Types {
  Null(): Typed;
  True(): Typed;
  False(): Typed;
  List0(): Typed;
  List32(values: readonly Typed[]): Typed;
  wrap_ulong(value: number): Typed;
  wrap_uint(value: number): Typed;
  wrap_binary(value: Buffer): Typed;
  described_nc(descriptor: Typed, value: Typed): Typed;
  Writer: new () => { write(value: Typed): void; toBuffer(): Buffer };
}

const inner = rhea as unknown as {
  types: Types;
  message: { unwrap_outcome(state: Typed): unknown };
};
const { types } = inner;
const require = createRequire(import.meta.url);
const terminus = require('rhea/lib/terminus.js') as { unwrap(field: Typed): unknown };

const COORDINATOR = 0x30;
const DECLARE = 0x31;
const DISCHARGE = 0x32;
const DECLARED = 0x33;
const TRANSACTIONAL_STATE = 0x34;
const ACCEPTED = 0x24;
const AMQP_VALUE = 0x77;
const DISPOSITION = 0x15;
/** The place of the state among the fields of a transfer. [AMQP 2.7.5] */
const TRANSFER_STATE = 7;

function described(code: number, ...fields: Typed[]): Typed {
  const list = fields.length === 0 ? types.List0() : types.List32(fields);
  return types.described_nc(types.wrap_ulong(code), list);
}

// What rhea does not know it would print, and hand on all the same.
const unwrapOutcome = inner.message.unwrap_outcome;
inner.message.unwrap_outcome = (state) => {
  const code = Number(state.descriptor?.value);
  return code === DECLARED || code === TRANSACTIONAL_STATE ? state : unwrapOutcome(state);
};
const unwrapTerminus = terminus.unwrap;
terminus.unwrap = (field) =>
  Number(field?.descriptor?.value) === COORDINATOR ? field : unwrapTerminus(field);

/** rhea's `described_nc` puts a descriptor on the value itself, so that two of them need two steps. */
function payload(value: Typed): Buffer {
  const writer = new types.Writer();
  writer.write(value);
  return Buffer.concat([Buffer.from([0x00, 0x53, AMQP_VALUE]), writer.toBuffer()]);
}

/** The body of a message that begins a transaction. */
export function declare(): Buffer {
  return payload(described(DECLARE));
}

/** The body of a message that ends one. */
export function discharge(id: Buffer, commit: boolean): Buffer {
  return payload(
    described(DISCHARGE, types.wrap_binary(id), commit ? types.False() : types.True()),
  );
}

function fieldsOf(state: Typed | undefined): readonly Typed[] {
  return (state?.value ?? []) as readonly Typed[];
}

/** The id of a transaction that was declared. */
export function declaredId(delivery: Delivery): Buffer {
  const state = delivery.remote_state;
  if (Number(state?.descriptor?.value) !== DECLARED) throw new Error('declared nothing');
  return fieldsOf(state)[0]?.value as Buffer;
}

/** Whether the broker accepted, in a transaction or outside. */
export function accepted(delivery: Delivery): boolean {
  const state = delivery.remote_state;
  if (Number(state?.descriptor?.value) !== TRANSACTIONAL_STATE) {
    return state?.constructor.composite_type === 'accepted';
  }
  const outcome = fieldsOf(state)[1];
  return Number(outcome?.descriptor?.value) === ACCEPTED;
}

/** Opens the link to the coordinator. */
export function openCoordinator(session: Session): Link {
  const link = session.open_sender({ name: 'coordinator' });
  // The attach is written when the loop comes round.
  link.local.attach.target = described(COORDINATOR);
  return link;
}

/** Transfers whose tag is a key here carry the state of that transaction. */
export function stateOfTransfers(session: Session): Map<Buffer, Buffer> {
  const transactions = new Map<Buffer, Buffer>();
  const output = session.output;
  session.output = (frame, bytes) => {
    const tag = bytes === undefined ? undefined : (frame as OutFrame).delivery_tag;
    const id = tag === undefined ? undefined : transactions.get(tag);
    if (id !== undefined) {
      const { value } = frame as OutFrame;
      value[TRANSFER_STATE - 1] = types.Null();
      value[TRANSFER_STATE] = described(TRANSACTIONAL_STATE, types.wrap_binary(id));
    }
    output.call(session, frame, bytes);
  };
  return transactions;
}

/**
 * Accepts one delivery, in a transaction if one is given. rhea itself would write two different states
 * of neighbours as the first of them.
 */
export function accept(
  session: Session,
  delivery: Delivery,
  settled: boolean,
  transaction?: Buffer,
): void {
  const state =
    transaction === undefined
      ? described(ACCEPTED)
      : described(TRANSACTIONAL_STATE, types.wrap_binary(transaction), described(ACCEPTED));
  const id = types.wrap_uint(delivery.id);
  const over = settled ? types.True() : types.False();
  session.output(described(DISPOSITION, types.True(), id, id, over, state));
  if (settled) delivery.settled = true;
  session.connection._register();
}
