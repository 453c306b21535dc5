// The version of this package, for those who ask a connection what it is connected to.

/** The same as in package.json: a test compares them. */
export const version = '0.1.0';
