// The one error of a server that could not start, for whoever finds the reason.

/** The server could not start; the message says why and what to do. Exit 1. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
