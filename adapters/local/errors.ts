// The broker's refusals as exceptions of JMS. [JMS 10.3]

import { BrokerError, type BrokerErrorCode } from '#broker';
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

type Made = new (reason: string, errorCode: string, options: ErrorOptions) => Error;

const CLASSES: Readonly<Record<Exclude<BrokerErrorCode, 'unsupported'>, Made>> = {
  'address-invalid': InvalidDestinationException,
  'destination-missing': InvalidDestinationException,
  unauthorized: JMSSecurityException,
  'client-id-in-use': InvalidClientIDException,
  'limit-exceeded': ResourceAllocationException,
  'client-id-missing': IllegalStateException,
  'in-use': IllegalStateException,
  'subscription-conflict': JMSException,
  'subscription-missing': InvalidDestinationException,
  'transaction-rolled-back': TransactionRolledBackException,
  'transaction-missing': IllegalStateException,
  'selector-invalid': InvalidSelectorException,
  'settings-invalid': JMSException,
  closed: IllegalStateException,
};

/** The exception for what the broker threw; a broken invariant stays what it is. */
export function exceptionOf(error: unknown): unknown {
  if (!(error instanceof BrokerError)) return error;
  const { code, message } = error;
  if (code === 'unsupported') return new UnsupportedOperationException(message, { cause: error });
  return new CLASSES[code](message, code, { cause: error });
}

/** The exception for what broke a delivery. */
export function problemOf(what: string, cause: unknown): JMSException {
  return new JMSException(what, null, { cause });
}
