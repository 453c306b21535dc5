// The exceptions of JMS, and the four of Java itself that JMS lets through. Both trees of JMS are
// here, the checked one and the runtime one, so that ported `catch` and `instanceof` code behaves
// alike. [JMS 10]
//
// Invariant: `error instanceof X` holds across two copies of this package in one process, for each
// class marks its instances with a `Symbol.for` brand and asks for the brand, not the prototype.

/** A class of errors that others extend. */
type ErrorClass = abstract new (...parts: never[]) => Error;

const brandOf: WeakMap<object, symbol> = new WeakMap();
const ordinaryInstanceof: (this: unknown, value: unknown) => boolean =
  Function.prototype[Symbol.hasInstance];

/** Marks the instances of an exception class: its brand, its Java name, its stable code. */
function brand(errorClass: ErrorClass, name: string): void {
  const mark = Symbol.for(`angelia.jms.${name}`);
  const words = name.replace(/^JMS|Exception$/g, '').replace(/(?<=[a-z])(?=[A-Z])/g, '_');
  const code = `ERR_JMS${words === '' ? '' : `_${words.toUpperCase()}`}`;
  brandOf.set(errorClass, mark);
  const hidden = (value: unknown) => ({ value, writable: true, configurable: true });
  Object.defineProperties(errorClass.prototype, {
    [mark]: hidden(true),
    name: hidden(name),
    code: hidden(code),
  });
}

/** The one test behind `instanceof` of all classes here; heirs made by users get the usual one. */
function branded(errorClass: object, value: unknown): boolean {
  const mark = brandOf.get(errorClass);
  if (mark === undefined) return ordinaryInstanceof.call(errorClass, value);
  return typeof value === 'object' && value !== null && Reflect.get(value, mark) === true;
}

/** What both trees share: the provider's own code beside the words. */
abstract class CodedError extends Error {
  /** A stable name for programs, such as `ERR_JMS_ILLEGAL_STATE`. */
  declare readonly code: string;
  readonly #errorCode: string | null;

  constructor(reason = '', errorCode: string | null = null, options?: ErrorOptions) {
    super(reason, options);
    this.#errorCode = errorCode;
  }

  /** Returns the provider's error code, or null. */
  getErrorCode(): string | null {
    return this.#errorCode;
  }

  /** Returns the words of the error, as Java does. */
  getMessage(): string {
    return this.message;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: each heir asks for its own brand
    return branded(this, value);
  }
}

/** The root of the checked exceptions. [JMS 10.2] */
export class JMSException extends CodedError {
  static {
    brand(JMSException, 'JMSException');
  }
  /** Returns the error that was the cause of this one, or null. */
  getLinkedException(): Error | null {
    return this.cause instanceof Error ? this.cause : null;
  }
  /** Says which error was the cause of this one. */
  setLinkedException(cause: Error): void {
    this.cause = cause;
  }
}

/** A method was called at the wrong time. [JMS 10.3] */
export class IllegalStateException extends JMSException {
  static {
    brand(IllegalStateException, 'IllegalStateException');
  }
}

/** The client id is not acceptable, or in use by another connection. [JMS 10.3] */
export class InvalidClientIDException extends JMSException {
  static {
    brand(InvalidClientIDException, 'InvalidClientIDException');
  }
}

/** The destination is not understood, or no longer there. [JMS 10.3] */
export class InvalidDestinationException extends JMSException {
  static {
    brand(InvalidDestinationException, 'InvalidDestinationException');
  }
}

/** The syntax of a message selector is wrong. [JMS 10.3] */
export class InvalidSelectorException extends JMSException {
  static {
    brand(InvalidSelectorException, 'InvalidSelectorException');
  }
}

/** User name or password are refused, or the user may not do this. [JMS 10.3] */
export class JMSSecurityException extends JMSException {
  static {
    brand(JMSSecurityException, 'JMSSecurityException');
  }
}

/** A stream or bytes message ended before the read did. [JMS 10.3] */
export class MessageEOFException extends JMSException {
  static {
    brand(MessageEOFException, 'MessageEOFException');
  }
}

/** A value cannot be read, or written, as the type that was asked for. [JMS 10.3] */
export class MessageFormatException extends JMSException {
  static {
    brand(MessageFormatException, 'MessageFormatException');
  }
}

/** The body is write-only until `reset()`. [JMS 10.3] */
export class MessageNotReadableException extends JMSException {
  static {
    brand(MessageNotReadableException, 'MessageNotReadableException');
  }
}

/** The body or the properties of a received message are read-only. [JMS 10.3] */
export class MessageNotWriteableException extends JMSException {
  static {
    brand(MessageNotWriteableException, 'MessageNotWriteableException');
  }
}

/** The provider has no room for what was asked for. [JMS 10.3] */
export class ResourceAllocationException extends JMSException {
  static {
    brand(ResourceAllocationException, 'ResourceAllocationException');
  }
}

/** The call is not allowed while a transaction is in progress. [JMS 10.3] */
export class TransactionInProgressException extends JMSException {
  static {
    brand(TransactionInProgressException, 'TransactionInProgressException');
  }
}

/** The commit ended in a rollback. [JMS 10.3] */
export class TransactionRolledBackException extends JMSException {
  static {
    brand(TransactionRolledBackException, 'TransactionRolledBackException');
  }
}

/** The root of the runtime exceptions, thrown by the simplified API. [JMS 10.1] */
export class JMSRuntimeException extends CodedError {
  static {
    brand(JMSRuntimeException, 'JMSRuntimeException');
  }
}

/** The runtime twin of {@link IllegalStateException}. [JMS 10.1] */
export class IllegalStateRuntimeException extends JMSRuntimeException {
  static {
    brand(IllegalStateRuntimeException, 'IllegalStateRuntimeException');
  }
}

/** The runtime twin of {@link InvalidClientIDException}. [JMS 10.1] */
export class InvalidClientIDRuntimeException extends JMSRuntimeException {
  static {
    brand(InvalidClientIDRuntimeException, 'InvalidClientIDRuntimeException');
  }
}

/** The runtime twin of {@link InvalidDestinationException}. [JMS 10.1] */
export class InvalidDestinationRuntimeException extends JMSRuntimeException {
  static {
    brand(InvalidDestinationRuntimeException, 'InvalidDestinationRuntimeException');
  }
}

/** The runtime twin of {@link InvalidSelectorException}. [JMS 10.1] */
export class InvalidSelectorRuntimeException extends JMSRuntimeException {
  static {
    brand(InvalidSelectorRuntimeException, 'InvalidSelectorRuntimeException');
  }
}

/** The runtime twin of {@link JMSSecurityException}. [JMS 10.1] */
export class JMSSecurityRuntimeException extends JMSRuntimeException {
  static {
    brand(JMSSecurityRuntimeException, 'JMSSecurityRuntimeException');
  }
}

/** The runtime twin of {@link MessageFormatException}. [JMS 10.1] */
export class MessageFormatRuntimeException extends JMSRuntimeException {
  static {
    brand(MessageFormatRuntimeException, 'MessageFormatRuntimeException');
  }
}

/** The runtime twin of {@link MessageNotWriteableException}. [JMS 10.1] */
export class MessageNotWriteableRuntimeException extends JMSRuntimeException {
  static {
    brand(MessageNotWriteableRuntimeException, 'MessageNotWriteableRuntimeException');
  }
}

/** The runtime twin of {@link ResourceAllocationException}. [JMS 10.1] */
export class ResourceAllocationRuntimeException extends JMSRuntimeException {
  static {
    brand(ResourceAllocationRuntimeException, 'ResourceAllocationRuntimeException');
  }
}

/** The runtime twin of {@link TransactionInProgressException}. [JMS 10.1] */
export class TransactionInProgressRuntimeException extends JMSRuntimeException {
  static {
    brand(TransactionInProgressRuntimeException, 'TransactionInProgressRuntimeException');
  }
}

/** The runtime twin of {@link TransactionRolledBackException}. [JMS 10.1] */
export class TransactionRolledBackRuntimeException extends JMSRuntimeException {
  static {
    brand(TransactionRolledBackRuntimeException, 'TransactionRolledBackRuntimeException');
  }
}

/** A text was read as a number and is none. [JMS 3.5.4] */
export class NumberFormatException extends Error {
  declare readonly code: string;
  static {
    brand(NumberFormatException, 'NumberFormatException');
  }
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: heirs of a user ask for themselves
    return branded(this, value);
  }
}

/** This provider, or this kind of object, does not do that. */
export class UnsupportedOperationException extends Error {
  declare readonly code: string;
  static {
    brand(UnsupportedOperationException, 'UnsupportedOperationException');
  }
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: heirs of a user ask for themselves
    return branded(this, value);
  }
}

/** An argument is outside of what the method takes. */
export class IllegalArgumentException extends Error {
  declare readonly code: string;
  static {
    brand(IllegalArgumentException, 'IllegalArgumentException');
  }
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: heirs of a user ask for themselves
    return branded(this, value);
  }
}

/** Null was given, or read, where a value must be. [JMS 3.11.3] */
export class NullPointerException extends TypeError {
  declare readonly code: string;
  static {
    brand(NullPointerException, 'NullPointerException');
  }
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: heirs of a user ask for themselves
    return branded(this, value);
  }
}

/** Tells whether a caught value is one of the exceptions of this file. */
export function isJMSError(error: unknown): error is Error & { readonly code: string } {
  return (
    error instanceof JMSException ||
    error instanceof JMSRuntimeException ||
    error instanceof NumberFormatException ||
    error instanceof UnsupportedOperationException ||
    error instanceof IllegalArgumentException ||
    error instanceof NullPointerException
  );
}
