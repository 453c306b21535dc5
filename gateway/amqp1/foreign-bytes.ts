// Recognises what is not AMQP 1.0 at the beginning of a connection, so that the error can say what
// the client should change instead of "bad header".

/** Says in words what the first bytes of a connection look like. */
export declare function describeForeignBytes(bytes: Buffer): string;
