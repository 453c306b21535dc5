// What AMQP peers say is wrong, as exceptions of JMS. [AMQP 2.8.15-2.8.18] [JMS 10.3]

import {
  IllegalStateException,
  InvalidClientIDException,
  InvalidDestinationException,
  InvalidSelectorException,
  JMSException,
  JMSSecurityException,
  ResourceAllocationException,
  TransactionRolledBackException,
  UnsupportedOperationException,
} from '#jms-api';
import type { AmqpError } from './rhea.ts';

type Made = new (reason: string, errorCode: string | null) => Error;

const CLASSES: Readonly<Record<string, Made>> = {
  'amqp:not-found': InvalidDestinationException,
  'amqp:invalid-field': InvalidDestinationException,
  'amqp:resource-deleted': InvalidDestinationException,
  'amqp:unauthorized-access': JMSSecurityException,
  'amqp:resource-limit-exceeded': ResourceAllocationException,
  'amqp:resource-locked': IllegalStateException,
  'amqp:precondition-failed': IllegalStateException,
  'amqp:illegal-state': IllegalStateException,
  'amqp:transaction:rollback': TransactionRolledBackException,
  'amqp:transaction:timeout': TransactionRolledBackException,
};

/**
 * The exception for what the peer said.
 *
 * @param otherwise - the words if it said none
 */
export function exceptionOf(error: AmqpError | undefined, otherwise: string): Error {
  const { condition, description } = error ?? {};
  const text = description ?? (condition === undefined ? otherwise : `${otherwise}: ${condition}`);
  if (condition === 'amqp:not-implemented') return new UnsupportedOperationException(text);
  if (condition === 'amqp:invalid-field' && error?.info?.['invalid-field'] === 'container-id') {
    return new InvalidClientIDException(text, condition);
  }
  if (condition === 'amqp:invalid-field' && /selector/i.test(text)) {
    return new InvalidSelectorException(text, condition);
  }
  const made = CLASSES[condition ?? ''] ?? JMSException;
  return new made(text, condition ?? null);
}
