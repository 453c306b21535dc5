// The simplified API throws runtime exceptions where the classic one throws checked ones. The error
// that was caught stays the cause. [JMS 10.1]

import * as errors from './errors.ts';

type Pair = readonly [
  checked: typeof errors.JMSException,
  runtime: typeof errors.JMSRuntimeException,
];

/** The special before the general. There is no runtime twin of MessageEOF and MessageNotReadable. */
const TWINS: readonly Pair[] = [
  [errors.IllegalStateException, errors.IllegalStateRuntimeException],
  [errors.InvalidClientIDException, errors.InvalidClientIDRuntimeException],
  [errors.InvalidDestinationException, errors.InvalidDestinationRuntimeException],
  [errors.InvalidSelectorException, errors.InvalidSelectorRuntimeException],
  [errors.JMSSecurityException, errors.JMSSecurityRuntimeException],
  [errors.MessageFormatException, errors.MessageFormatRuntimeException],
  [errors.MessageNotWriteableException, errors.MessageNotWriteableRuntimeException],
  [errors.ResourceAllocationException, errors.ResourceAllocationRuntimeException],
  [errors.TransactionInProgressException, errors.TransactionInProgressRuntimeException],
  [errors.TransactionRolledBackException, errors.TransactionRolledBackRuntimeException],
  [errors.JMSException, errors.JMSRuntimeException],
];

/** The runtime twin of a checked exception; anything else stays what it is. */
export function runtimeOf(error: unknown): unknown {
  for (const [Checked, Runtime] of TWINS) {
    if (error instanceof Checked) {
      return new Runtime(error.message, error.getErrorCode(), { cause: error });
    }
  }
  return error;
}

/** Does work that throws checked exceptions. */
export function unchecked<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw runtimeOf(error);
  }
}

/** Waits for work that rejects with checked exceptions. */
export async function awaitUnchecked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw runtimeOf(error);
  }
}
