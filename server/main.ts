#!/usr/bin/env node
// The binary `angelia`: from arguments to a server, and from signals and failures to exit codes.
// Stdout carries the ready line and what was asked for by name (help, version); the rest is stderr.

import { readFileSync } from 'node:fs';
import process from 'node:process';
import { isatty } from 'node:tty';
import { parseCommand } from './command.ts';
import { resolveConfig, strangeVariables, UsageError } from './config.ts';
import { createLog } from './log.ts';
import type { Config } from './options.ts';
import { Server, StartError } from './server.ts';
import { describeStorage } from './storage.ts';
import { version } from './version.ts';
import { welcome } from './welcome.ts';

const ExitCode = { couldNotStart: 1, usage: 2, brokenInvariant: 70, secondSignal: 130 } as const;

const STDIN = 0;

process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

try {
  const flags = parseCommand(process.argv.slice(2));
  if (typeof flags === 'function') process.exitCode = await flags();
  else if (flags !== undefined) {
    const readFile = (path: string) => readFileSync(path, 'utf8');
    await serve(resolveConfig({ flags, environment: process.env, readFile }));
  }
} catch (error) {
  if (error instanceof UsageError) giveUp(error.message, ExitCode.usage);
  else if (error instanceof StartError) giveUp(error.message, ExitCode.couldNotStart);
  else throw error;
}

async function serve(config: Config): Promise<void> {
  const log = createLog(config);
  const server = await Server.create(config, log);
  server.onFailed = () => process.exit(ExitCode.brokenInvariant);
  // An unhandled rejection comes here too.
  process.on('uncaughtException', (error, origin) => {
    log('error', 'an invariant is broken: the server stops', {
      origin,
      error: error instanceof Error ? error.stack : String(error),
      storedMessages: server.broker.storedMessages,
      storedBytes: server.broker.storedBytes,
      connections: [...server.broker.connections()].length,
    });
    process.exit(ExitCode.brokenInvariant);
  });
  for (const name of strangeVariables(process.env)) {
    log('warn', 'a variable looks like an option and is none', { name });
  }
  stopOnSignals(server);
  // At a terminal the same signal says that the terminal is gone.
  if (config.tlsCert !== undefined && !isatty(STDIN)) {
    process.on('SIGHUP', () => server.renewCertificate());
  }
  await server.open();
  if (config.readyJson) {
    const { pid } = process;
    const data = config.memory ? null : server.config.data;
    const ready = { ready: true, version, pid, data, urls: server.urls };
    process.stdout.write(`${JSON.stringify(ready)}\n`);
  }
  if (config.virtualClock) {
    log('warn', 'message time stands still: POST /api/v1/clock/advance moves it');
  }
  if (config.logFormat === 'pretty') {
    process.stderr.write(welcome(server.urls, describeStorage(server.config)));
  } else {
    log('info', 'ready', { version, ...server.urls });
    log(config.memory ? 'warn' : 'info', describeStorage(server.config));
  }
}

function stopOnSignals(server: Server): void {
  let asked = false;
  const stop = (): void => {
    if (asked) process.exit(ExitCode.secondSignal);
    asked = true;
    void server.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function giveUp(reason: string, code: number): void {
  process.stderr.write(`angelia: ${reason}\n`);
  process.exitCode = code;
}
