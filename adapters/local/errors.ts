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

type Translate = (error: BrokerError) => Error;

const translate: Readonly<Record<BrokerErrorCode, Translate>> = {
  'address-invalid': (cause) =>
    new InvalidDestinationException(cause.message, cause.code, { cause }),
  'destination-missing': (cause) =>
    new InvalidDestinationException(cause.message, cause.code, { cause }),
  unauthorized: (cause) => new JMSSecurityException(cause.message, cause.code, { cause }),
  'client-id-in-use': (cause) => new InvalidClientIDException(cause.message, cause.code, { cause }),
  'limit-exceeded': (cause) =>
    new ResourceAllocationException(cause.message, cause.code, { cause }),
  'client-id-missing': (cause) => new IllegalStateException(cause.message, cause.code, { cause }),
  'in-use': (cause) => new IllegalStateException(cause.message, cause.code, { cause }),
  'subscription-conflict': (cause) => new JMSException(cause.message, cause.code, { cause }),
  'subscription-missing': (cause) =>
    new InvalidDestinationException(cause.message, cause.code, { cause }),
  'transaction-rolled-back': (cause) =>
    new TransactionRolledBackException(cause.message, cause.code, { cause }),
  'transaction-missing': (cause) => new IllegalStateException(cause.message, cause.code, { cause }),
  'selector-invalid': (cause) => new InvalidSelectorException(cause.message, cause.code, { cause }),
  'settings-invalid': (cause) => new JMSException(cause.message, cause.code, { cause }),
  closed: (cause) => new IllegalStateException(cause.message, cause.code, { cause }),
  unsupported: (cause) => new UnsupportedOperationException(cause.message, { cause }),
};

/** The exception for what the broker threw; a broken invariant stays what it is. */
export function exceptionOf(error: unknown): unknown {
  if (error instanceof BrokerError) return translate[error.code](error);
  return error;
}

/** The exception for what broke a delivery. */
export function problemOf(what: string, cause: unknown): JMSException {
  return new JMSException(what, null, { cause });
}
