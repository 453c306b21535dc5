// The two ends of a link: where messages come from and where they go. Owns their shapes and
// tables of fields. [AMQP 3.5, 4.5.1]

import type { Composite, Field, FieldCodec } from './composite.ts';
import {
  boolean,
  defaulted,
  fields,
  oneOf,
  optional,
  symbol,
  symbols,
  text,
  uint,
} from './composite.ts';
import type { Outcome } from './delivery-state.ts';
import { outcome } from './delivery-state.ts';
import { codeOfDescriptor } from './descriptor.ts';
import type { Fields, Value } from './types.ts';
import { described } from './types.ts';

/** How long a dynamic node lives. [AMQP 3.5.10-3.5.13] */
export type LifetimePolicy =
  | 'delete-on-close'
  | 'delete-on-no-links'
  | 'delete-on-no-messages'
  | 'delete-on-no-links-or-messages';

/** What a source and a target have in common. Fields with a default are filled in on decoding. */
interface Terminus {
  /** The specification allows any type; all peers send a string, and only that is read. */
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

const NO_FIELDS: Fields = new Map();
const NO_SYMBOLS: readonly string[] = [];

const TERMINUS: readonly Field[] = [
  optional('address', text),
  defaulted('durable', uint, 0),
  defaulted('expiry-policy', symbol, 'session-end'),
  defaulted('timeout', uint, 0),
  defaulted('dynamic', boolean, false),
  defaulted('dynamic-node-properties', fields, NO_FIELDS),
];
const CAPABILITIES: Field = defaulted('capabilities', symbols, NO_SYMBOLS);

const SOURCE: Composite = {
  kind: 'source',
  code: 0x28,
  fields: [
    ...TERMINUS,
    optional('distribution-mode', symbol),
    defaulted('filter', fields, NO_FIELDS),
    optional('default-outcome', outcome),
    defaulted('outcomes', symbols, NO_SYMBOLS),
    CAPABILITIES,
  ],
};
const TARGET: Composite = { kind: 'target', code: 0x29, fields: [...TERMINUS, CAPABILITIES] };
const COORDINATOR: Composite = { kind: 'coordinator', code: 0x30, fields: [CAPABILITIES] };

/** A field that holds a source. */
export const source: FieldCodec = oneOf(SOURCE);
/** A field that holds a target of either kind. */
export const target: FieldCodec = oneOf(TARGET, COORDINATOR);

const POLICY_CODES: readonly (readonly [LifetimePolicy, number])[] = [
  ['delete-on-close', 0x2b],
  ['delete-on-no-links', 0x2c],
  ['delete-on-no-messages', 0x2d],
  ['delete-on-no-links-or-messages', 0x2e],
];

/** Finds the lifetime policy among the properties of a dynamic node. [AMQP 3.5.9] */
export function lifetimePolicyOf(properties: Fields): LifetimePolicy | undefined {
  const value = properties.get('lifetime-policy');
  if (value?.type !== 'described') return undefined;
  const code = codeOfDescriptor(value.descriptor);
  return POLICY_CODES.find(([, candidate]) => candidate === code)?.[0];
}

/** Makes the value of `lifetime-policy` for the properties of a dynamic node. [AMQP 3.5.9] */
export function lifetimePolicyValue(policy: LifetimePolicy): Value {
  const code = POLICY_CODES.find(([candidate]) => candidate === policy)?.[1] ?? 0x2b;
  return described(code, { type: 'list', value: [] });
}
