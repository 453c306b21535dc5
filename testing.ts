// `angelia/testing`: a whole server inside a test, on ports that the system chooses.
//
// It keeps nothing, writes nothing and logs nothing unless it is given a log; `close()` frees it.

export { type Server, type ServerOptions, StartError, startServer, UsageError } from '#server';
