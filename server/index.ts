// What other folders may use of the server: a whole one, in this process.

export { UsageError } from './config.ts';
export type { Config } from './options.ts';
export { type Server, type ServerOptions, StartError, startServer } from './server.ts';
