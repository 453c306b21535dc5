// Refusals of the broker: the world is wrong, the broker carries on. Each gateway maps the codes
// to its protocol with an exhaustive record, so a new code does not compile until all have an answer.

/** The closed list of reasons for which the broker refuses a call. */
export type BrokerErrorCode =
  /** The address is not one that the broker understands. */
  | 'address-invalid'
  /** The destination does not exist, and is not created on use. */
  | 'destination-missing'
  /** User name or password are wrong, or missing where they are needed. */
  | 'unauthorized'
  /** The client id belongs to another open connection. */
  | 'client-id-in-use'
  /** A bound of `limits.ts` is reached. */
  | 'limit-exceeded'
  /** The object was closed before. */
  | 'closed'
  /** A durable subscription needs a client id. */
  | 'client-id-missing'
  /** It is used by someone else in a way that excludes this. */
  | 'in-use'
  /** A subscription of this name exists, and is of another kind. */
  | 'subscription-conflict'
  /** There is no such subscription. */
  | 'subscription-missing'
  /** The transaction was rolled back, and why. */
  | 'transaction-rolled-back'
  /** There is no such transaction. */
  | 'transaction-missing'
  /** The text of a selector breaks its grammar. [JMS 3.8.1] */
  | 'selector-invalid'
  /** An address setting is not what it can be. */
  | 'settings-invalid'
  /** The broker does not do this. */
  | 'unsupported';

/** A refused call; the broker's state is what it was before. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError';
  readonly code: BrokerErrorCode;

  constructor(code: BrokerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A broken invariant of our own. Nobody catches it: the process says so and stops. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Stops the process, loudly, when something that must hold does not. */
export function assert(condition: unknown, invariant: string): asserts condition {
  if (!condition) throw new InvariantError(invariant);
}
