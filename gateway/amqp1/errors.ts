// What AMQP peers are told when something is wrong, and for which scope. Owns the conditions that
// this gateway uses; the engine closes the scope that an error names. [AMQP 2.8.15-2.8.18]

import type { BrokerErrorCode } from '#broker';

/** A condition symbol of the AMQP error vocabulary. */
export type Condition = `amqp:${string}`;

/** How much must be closed for an error of the peer. */
export type Scope = 'connection' | 'session' | 'link';

/** The peer broke the protocol. The engine closes `scope` with `condition` and this message. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly scope: Scope;
  readonly condition: Condition;

  constructor(scope: Scope, condition: Condition, message: string, options?: ErrorOptions) {
    super(message, options);
    this.scope = scope;
    this.condition = condition;
  }
}

export const DECODE_ERROR: Condition = 'amqp:decode-error';
export const FRAMING_ERROR: Condition = 'amqp:connection:framing-error';

/** A value of a frame cannot be read; nothing after it can be trusted. [AMQP 2.8.15] */
export function decodeError(message: string): ProtocolError {
  return new ProtocolError('connection', DECODE_ERROR, message);
}

/** The bytes are not a frame; nothing after them can be found. [AMQP 2.8.16] */
export function framingError(message: string): ProtocolError {
  return new ProtocolError('connection', FRAMING_ERROR, message);
}

/** The AMQP 1.0 condition for each refusal of the broker. [AMQP 2.8.15] */
export const conditionOf: Readonly<Record<BrokerErrorCode, Condition>> = {
  'address-invalid': 'amqp:invalid-field',
  'destination-missing': 'amqp:not-found',
  unauthorized: 'amqp:unauthorized-access',
  'client-id-in-use': 'amqp:invalid-field',
  'client-id-missing': 'amqp:precondition-failed',
  'in-use': 'amqp:resource-locked',
  'subscription-conflict': 'amqp:not-allowed',
  'subscription-missing': 'amqp:not-found',
  'transaction-rolled-back': 'amqp:transaction:rollback',
  'transaction-missing': 'amqp:transaction:unknown-id',
  'selector-invalid': 'amqp:invalid-field',
  'settings-invalid': 'amqp:invalid-field',
  'limit-exceeded': 'amqp:resource-limit-exceeded',
  closed: 'amqp:illegal-state',
  unsupported: 'amqp:not-implemented',
};
