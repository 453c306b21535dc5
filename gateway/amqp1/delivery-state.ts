// What became of a delivery, and the error that closes a scope, as plain objects. Owns their
// shapes and their tables of fields; `disposition.ts` has the short cuts for the common ones.
// [AMQP 3.4, 4.5.5, 4.5.8, 2.8.14]

import type { Composite, FieldCodec } from './composite.ts';
import {
  binary,
  boolean,
  fields,
  mandatory,
  oneOf,
  optional,
  symbol,
  text,
  uint,
  ulong,
} from './composite.ts';
import type { Condition } from './errors.ts';
import type { Fields } from './types.ts';

/** Why something was closed or refused. [AMQP 2.8.14] */
export interface ErrorInfo {
  readonly condition: Condition | (string & {});
  readonly description?: string;
  readonly info?: Fields;
}

/** A text of ours may quote one of the peer, and must fit into the smallest frame. [AMQP 2.8.19] */
const DESCRIPTION_LENGTH_MAX = 128;

/** Puts an error into words for the peer. */
export function errorInfo(condition: Condition, message: string): ErrorInfo {
  const long = message.length > DESCRIPTION_LENGTH_MAX;
  const description = long ? `${message.slice(0, DESCRIPTION_LENGTH_MAX - 1)}…` : message;
  return { condition, description };
}

/** A state that ends a delivery. [AMQP 3.4] */
export type Outcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'rejected'; readonly error?: ErrorInfo }
  | { readonly kind: 'released' }
  | {
      readonly kind: 'modified';
      readonly deliveryFailed?: boolean;
      readonly undeliverableHere?: boolean;
      readonly messageAnnotations?: Fields;
    };

/** Any state of a delivery. */
export type DeliveryState =
  | Outcome
  | { readonly kind: 'received'; readonly sectionNumber: number; readonly sectionOffset: bigint }
  | { readonly kind: 'declared'; readonly txnId: Buffer }
  | { readonly kind: 'transactional-state'; readonly txnId: Buffer; readonly outcome?: Outcome };

export const ACCEPTED: { readonly kind: 'accepted' } = { kind: 'accepted' };
export const RELEASED: { readonly kind: 'released' } = { kind: 'released' };

const ERROR: Composite = {
  kind: 'error',
  code: 0x1d,
  fields: [mandatory('condition', symbol), optional('description', text), optional('info', fields)],
};

const errorComposite: FieldCodec = oneOf(ERROR);

/** A field that holds an error. It is the only one of its kind, so it is read without `kind`. */
export const error: FieldCodec = {
  expected: 'error',
  read(value) {
    const composite = errorComposite.read(value) as { kind: string } | undefined;
    if (composite === undefined) return undefined;
    const { kind, ...info } = composite;
    return info;
  },
  write: errorComposite.write,
};

const OUTCOMES: readonly Composite[] = [
  { kind: 'accepted', code: 0x24, fields: [] },
  { kind: 'rejected', code: 0x25, fields: [optional('error', error)] },
  { kind: 'released', code: 0x26, fields: [] },
  {
    kind: 'modified',
    code: 0x27,
    fields: [
      optional('delivery-failed', boolean),
      optional('undeliverable-here', boolean),
      optional('message-annotations', fields),
    ],
  },
];

/** A field that holds an outcome. */
export const outcome: FieldCodec = oneOf(...OUTCOMES);

/** A field that holds any delivery state. */
export const deliveryState: FieldCodec = oneOf(
  ...OUTCOMES,
  {
    kind: 'received',
    code: 0x23,
    fields: [mandatory('section-number', uint), mandatory('section-offset', ulong)],
  },
  { kind: 'declared', code: 0x33, fields: [mandatory('txn-id', binary)] },
  {
    kind: 'transactional-state',
    code: 0x34,
    fields: [mandatory('txn-id', binary), optional('outcome', outcome)],
  },
);
