// A connection URL: the scheme chooses the adapter, options that begin with `jms.` are for the API,
// and the rest is for the adapter.
//
//     vm://orders?jms.username=ann&jms.password=secret&jms.clientID=billing

import { IllegalArgumentException } from './errors.ts';

/** What a URL says. */
export interface ConnectionUrl {
  /** `vm`, `amqp`, … in lower case. */
  readonly scheme: string;
  /** The URL without its `jms.` options. */
  readonly url: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly clientID: string | undefined;
  /** Messages that a consumer may hold that were not handed out. */
  readonly prefetch: number;
}

const PREFETCH_DEFAULT = 1000;
const OPTIONS = ['username', 'password', 'clientID', 'prefetchPolicy.all'] as const;
type Option = (typeof OPTIONS)[number];

/**
 * Reads a connection URL.
 *
 * @throws {IllegalArgumentException} if it has no scheme, or an option that is not known
 */
export function parseConnectionUrl(text: string): ConnectionUrl {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1];
  if (scheme === undefined) {
    throw new IllegalArgumentException(`'${text}' is not a connection URL such as vm://localhost`);
  }
  const options = new Map<Option, string>();
  const [before = '', query = ''] = splitOnce(text, '?');
  const rest = query.split('&').filter((pair) => pair !== '' && !takeOption(pair, options));
  return {
    scheme: scheme.toLowerCase(),
    url: rest.length === 0 ? before : `${before}?${rest.join('&')}`,
    username: options.get('username'),
    password: options.get('password'),
    clientID: options.get('clientID'),
    prefetch: prefetchOf(options.get('prefetchPolicy.all')),
  };
}

/** Takes a `jms.` option out; false: the pair is not one. */
function takeOption(pair: string, options: Map<Option, string>): boolean {
  if (!pair.startsWith('jms.')) return false;
  const [key = '', value = ''] = splitOnce(pair.slice('jms.'.length), '=');
  const option = OPTIONS.find((known) => known === key);
  if (option === undefined) {
    throw new IllegalArgumentException(
      `jms.${key} is not an option; there are ${OPTIONS.map((known) => `jms.${known}`).join(', ')}`,
    );
  }
  try {
    options.set(option, decodeURIComponent(value));
  } catch (cause) {
    const text = `the value of jms.${key} is not percent-encoded as a URL is`;
    throw new IllegalArgumentException(text, { cause });
  }
  return true;
}

function prefetchOf(text: string | undefined): number {
  if (text === undefined) return PREFETCH_DEFAULT;
  const prefetch = Number(text);
  if (Number.isInteger(prefetch) && prefetch >= 1 && prefetch <= 32767) return prefetch;
  throw new IllegalArgumentException(`jms.prefetchPolicy.all is 1 to 32767, not '${text}'`);
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
