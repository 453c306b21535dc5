// A connection URL: the scheme chooses the adapter, options that begin with `jms.` are for the API,
// and the rest is for the adapter.
//
//     vm://orders?jms.username=ann&jms.password=secret&jms.clientID=billing
//     failover:(amqp://a:5672,amqp://b:5672?amqp.idleTimeout=5000)?jms.clientID=billing

import type { ConnectionOptions } from './connection-options.ts';
import { IllegalArgumentException } from './errors.ts';
import { connectionOptions } from './jms-options.ts';

/** What a URL says. */
export interface ConnectionUrl {
  /** `vm`, `amqp`, … in lower case. */
  readonly scheme: string;
  /** The URL without its `jms.` options. */
  readonly url: string;
  readonly options: ConnectionOptions;
}

/**
 * Reads a connection URL.
 *
 * @throws {IllegalArgumentException} if it has no scheme, or a `jms.` option that is not known
 */
export function parseConnectionUrl(text: string): ConnectionUrl {
  const scheme = schemeOf(text);
  const at = queryAt(text);
  const before = at < 0 ? text : text.slice(0, at);
  const pairs = at < 0 ? [] : text.slice(at + 1).split('&');
  const ours = pairs.filter((pair) => pair.startsWith('jms.'));
  const rest = pairs.filter((pair) => pair !== '' && !pair.startsWith('jms.'));
  return {
    scheme,
    url: rest.length === 0 ? before : `${before}?${rest.join('&')}`,
    options: connectionOptions(ours.map((pair) => pair.slice('jms.'.length))),
  };
}

/**
 * The scheme of a URL, in lower case.
 *
 * @throws {IllegalArgumentException} if it has none
 */
export function schemeOf(url: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1];
  if (scheme !== undefined) return scheme.toLowerCase();
  throw new IllegalArgumentException(`'${url}' is not a connection URL such as vm://localhost`);
}

/** Where the query begins: what is in parentheses are URLs with queries of their own. */
function queryAt(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')') depth--;
    else if (text[at] === '?' && depth <= 0) return at;
  }
  return -1;
}
