// The two ends of a link: where messages come from and where they go. Owns their shapes and
// tables of fields. [AMQP 3.5, 4.5.1]

import type { Outcome } from './delivery-state.ts';
import type { Fields, Value } from './types.ts';

/** How long a dynamic node lives. [AMQP 3.5.10-3.5.13] */
export type LifetimePolicy =
  | 'delete-on-close'
  | 'delete-on-no-links'
  | 'delete-on-no-messages'
  | 'delete-on-no-links-or-messages';

/** What a source and a target have in common. Fields with a default are filled in on decoding. */
interface Terminus {
  /** Usually a string; the generic value is in `addressValue` when it is of another type. */
  readonly address?: string;
  /** 0 none, 1 configuration, 2 unsettled-state. */
  readonly durable: number;
  readonly expiryPolicy: string;
  /** Seconds. */
  readonly timeout: number;
  readonly dynamic: boolean;
  readonly dynamicNodeProperties: Fields;
  readonly capabilities: readonly string[];
}

/** Where a link's messages come from. [AMQP 3.5.3] */
export interface Source extends Terminus {
  readonly kind: 'source';
  /** `move` or `copy`. */
  readonly distributionMode?: string;
  readonly filter: Fields;
  readonly defaultOutcome?: Outcome;
  readonly outcomes: readonly string[];
}

/** Where a link's messages go. [AMQP 3.5.4] */
export interface Target extends Terminus {
  readonly kind: 'target';
}

/** The target of a link that controls transactions. [AMQP 4.5.1] */
export interface Coordinator {
  readonly kind: 'coordinator';
  readonly capabilities: readonly string[];
}

/** Finds the lifetime policy among the properties of a dynamic node. */
export declare function lifetimePolicyOf(properties: Fields): LifetimePolicy | undefined;
/** The value of `lifetime-policy` for the properties of a dynamic node. */
export declare function lifetimePolicyValue(policy: LifetimePolicy): Value;
