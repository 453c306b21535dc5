// What became of a delivery, and the error that closes a scope, as plain objects. Owns their
// shapes and their tables of fields; `disposition.ts` has the short cuts for the common ones.
// [AMQP 3.4, 4.5.5, 4.5.8, 2.8.14]

import type { Condition } from './errors.ts';
import type { Fields } from './types.ts';

/** Why something was closed or refused. [AMQP 2.8.14] */
export interface ErrorInfo {
  readonly condition: Condition | (string & {});
  readonly description?: string;
  readonly info?: Fields;
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

export const ACCEPTED: Outcome = { kind: 'accepted' };
export const RELEASED: Outcome = { kind: 'released' };
