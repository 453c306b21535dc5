/** Doors that several brokers have, and the certificates behind those with TLS. */

import { join } from 'node:path';
import { PROJECT_ROOT } from '../clients.ts';
import type { WrongDoor } from './knock.ts';
import {
  both,
  each,
  noTls,
  SILENT_MS,
  silent,
  speaks,
  type Way,
  WRONG_PASSWORD,
} from './tellings.ts';

/** Where one of the certificates for tests is, or its key. */
export function pem(name: string): string {
  return join(PROJECT_ROOT, 'server', 'test-certificates', `${name}.pem`);
}

/** The option of a URL that trusts their authority. */
export const TRUST: string = `transport.trustStoreLocation=${encodeURIComponent(pem('ca'))}`;

export const STOMP_TO_AMQP: WrongDoor = {
  name: 'stomp:// to its AMQP port',
  url: 'stomp://{amqp}',
  told: speaks(/AMQP 1\.0 and not STOMP/, /amqp:\/\//),
};

export const AMQP091_TO_AMQP: WrongDoor = {
  name: 'amqp091:// to its AMQP port',
  url: 'amqp091://{amqp}',
  told: speaks(/AMQP 1\.0 and not 0-9-1/, /amqp:\/\//),
};

/** The port of its own protocol, or that of AMQP. */
export function ownPort({ scheme }: Way): string {
  return scheme === 'stomp' ? 'stomp' : 'amqp';
}

/** @param port - without TLS, for a way in */
export function withoutTls(port: (way: Way) => string): readonly WrongDoor[] {
  return each((way) => ({
    name: `${way.secure}:// to a port without TLS`,
    url: `${way.secure}://{${port(way)}}`,
    told: noTls(way),
  }));
}

/** A port of STOMP that says nothing to others. */
export const SILENT_AT_STOMP: readonly WrongDoor[] = each((way) => ({
  name: `${way.scheme}:// to its STOMP port`,
  url: `${way.scheme}://{stomp}`,
  connectMs: SILENT_MS,
  told: silent(way),
})).filter(({ url }) => !url.startsWith('stomp:'));

export function wrongPasswords(user: string): readonly WrongDoor[] {
  return both(({ scheme }) => ({
    name: `${scheme}:// with a wrong password`,
    url: `${scheme}://{${scheme}}`,
    as: [user, 'guess'],
    told: WRONG_PASSWORD,
  }));
}

export const NAMELESS: readonly WrongDoor[] = both(({ scheme }) => ({
  name: `${scheme}:// without a name`,
  url: `${scheme}://{${scheme}}`,
  as: null,
  told: { by: 'JMSSecurityException', words: [/jms\.username/] },
}));
