// The log of the process, by pino: lines for people or JSON for machines, on stderr, written at once
// so that the last words before a crash are not lost. Stdout belongs to the ready line.

import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino';
import { build as pretty } from 'pino-pretty';
import type { Log } from '#broker';
import type { Config } from './options.ts';

const STDERR = 2;

/** Makes the log of a server: an event in words, and its facts as fields. */
export function createLog(config: Pick<Config, 'logLevel' | 'logFormat'>): Log {
  const logger = pino(
    {
      level: config.logLevel,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    config.logFormat === 'json' ? jsonStream() : prettyStream(),
  );
  return (level, event, facts) => logger[level](facts ?? {}, event);
}

function jsonStream(): DestinationStream {
  const stream = destination({ dest: STDERR, sync: true });
  // Whoever read our log went away: that is no reason to stop.
  stream.on('error', () => {});
  return stream;
}

function prettyStream(): DestinationStream {
  const stream = pretty({
    colorize: process.stderr.isTTY === true,
    destination: jsonStream(),
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
  return stream;
}
