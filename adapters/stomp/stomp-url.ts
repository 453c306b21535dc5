// Reads `stomp://HOST:PORT?…` and `stomps://…`.
//
//     stomp.dialect=angelia|classic|artemis|rabbitmq   default: by the `server` of CONNECTED
//     stomp.prefetch=N                                 messages that may wait here, per consumer
//     transport.caFile=…  .certFile=…  .keyFile=…      of stomps://, PEM
//     transport.trustAll=true                          any certificate: for tests

import { readFileSync } from 'node:fs';
import { IllegalArgumentException } from '#jms-api';
import { type DialectName, dialectNames } from './dialect.ts';
import type { Place } from './link.ts';

const DEFAULT_PORT = { stomp: 61_613, stomps: 61_612 } as const;
const PREFETCH_DEFAULT = 1000;
const PREFETCH_MAX = 1_000_000;

/** How to speak to a broker. */
export interface StompOptions {
  readonly dialect: DialectName | undefined;
  readonly prefetch: number;
}

const FILES = { caFile: 'ca', certFile: 'cert', keyFile: 'key' } as const;
const NAMES: readonly string[] = [
  'stomp.dialect',
  'stomp.prefetch',
  'transport.trustAll',
  ...Object.keys(FILES).map((name) => `transport.${name}`),
];

/** @throws {IllegalArgumentException} for what cannot be read, with what was expected */
export function readUrl(url: string): { readonly place: Place; readonly options: StompOptions } {
  const match = /^(stomps?):\/\/(\[[^\]]+\]|[^/?#:@[\]]+)(?::(\d{1,5}))?\/?(?:\?(.*))?$/i.exec(url);
  const scheme = match?.[1]?.toLowerCase() as 'stomp' | 'stomps' | undefined;
  const host = match?.[2]?.replace(/^\[|\]$/g, '');
  const port = Number(match?.[3] ?? DEFAULT_PORT[scheme ?? 'stomp']);
  if (scheme === undefined || host === undefined || port > 65_535) {
    throw new IllegalArgumentException(
      `expected stomp://HOST:PORT or stomps://HOST:PORT, got '${url}'; user name and password are ` +
        'jms.username and jms.password',
    );
  }
  const said = new URLSearchParams(match?.[4] ?? '');
  for (const name of said.keys()) {
    if (NAMES.includes(name)) continue;
    const known = NAMES.join(', ');
    throw new IllegalArgumentException(`'${name}' is not an option of ${scheme}:// (${known})`);
  }
  const options = { dialect: dialectOf(said), prefetch: prefetchOf(said) };
  return { place: { host, port, tls: tlsOf(scheme, said) }, options };
}

function dialectOf(said: URLSearchParams): DialectName | undefined {
  const name = said.get('stomp.dialect');
  if (name === null) return undefined;
  const found = dialectNames.find((one) => one === name);
  if (found !== undefined) return found;
  throw new IllegalArgumentException(
    `expected stomp.dialect as one of ${dialectNames.join(', ')}, got '${name}'`,
  );
}

function prefetchOf(said: URLSearchParams): number {
  const text = said.get('stomp.prefetch') ?? String(PREFETCH_DEFAULT);
  const prefetch = Number(text);
  if (/^\d{1,7}$/.test(text) && prefetch >= 1 && prefetch <= PREFETCH_MAX) return prefetch;
  throw new IllegalArgumentException(
    `expected stomp.prefetch as a number from 1 to ${PREFETCH_MAX}, got '${text}'`,
  );
}

function tlsOf(scheme: 'stomp' | 'stomps', said: URLSearchParams): Place['tls'] {
  const tls: Record<string, unknown> = {};
  for (const [name, key] of Object.entries(FILES)) {
    const file = said.get(`transport.${name}`);
    if (file !== null) tls[key] = contentOf(name, file);
  }
  if (said.get('transport.trustAll') === 'true') tls['rejectUnauthorized'] = false;
  if (scheme === 'stomps') return tls;
  if (Object.keys(tls).length === 0) return undefined;
  throw new IllegalArgumentException('options of certificates are of stomps://, got stomp://');
}

function contentOf(name: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new IllegalArgumentException(`transport.${name}: ${why}`);
  }
}
