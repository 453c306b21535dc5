/** The doors of our own server, with users and TLS and without auto-create, knocked at wrongly. */

import { startServer } from '../server.ts';
import type { Scene, WrongDoor } from './knock.ts';
import { both, each, missing, speaks, WRONG_PASSWORD } from './tellings.ts';
import {
  AMQP091_TO_AMQP,
  ownPort,
  pem,
  STOMP_TO_AMQP,
  TRUST,
  withoutTls,
  wrongPasswords,
} from './usual-doors.ts';
import { consume, send, sendUnbound } from './works.ts';

/** Starts it. */
export async function own(): Promise<Scene> {
  const server = await startServer([
    ...['--tls-cert', pem('server'), '--tls-key', pem('server-key')],
    ...['--user', 'ann:sesame', '--no-auto-create'],
  ]);
  const places = Object.entries(server.urls).map(([name, url]) => [name, new URL(url).host]);
  return {
    title: 'angelia',
    doors: Object.fromEntries(places),
    user: ['ann', 'sesame'],
    stop: async () => void (await server.stop()),
  };
}

const UNKNOWN = 'is.not.there';

/** What is told there. */
export const OWN_DOORS: readonly WrongDoor[] = [
  STOMP_TO_AMQP,
  AMQP091_TO_AMQP,
  {
    name: 'amqp:// to its STOMP port',
    url: 'amqp://{stomp}',
    told: speaks(/STOMP and not AMQP 1\.0/, /stomp:\/\//),
  },
  {
    name: 'amqp091:// to its STOMP port',
    url: 'amqp091://{stomp}',
    told: speaks(/STOMP and not AMQP 0-9-1/, /stomp:\/\//),
  },
  {
    name: 'amqp091:// to its port of all protocols',
    url: 'amqp091://{multi}',
    told: speaks(/AMQP 1\.0 and not 0-9-1/, /amqp:\/\//),
  },
  ...each((way) => ({
    name: `${way.scheme}:// to its HTTP port`,
    url: `${way.scheme}://{http}`,
    told: speaks(/speaks HTTP/, /port \((5672|61613)\)/),
  })),
  ...each((way) => ({
    name: `${way.scheme}:// to a port of TLS`,
    url: way.scheme === 'stomp' ? 'stomp://{stomps}' : `${way.scheme}://{amqps}`,
    // OpenSSL has no alert for who does not begin with TLS.
    told: { by: 'JMSException', words: [/without a word/, new RegExp(`expect ${way.secure}://`)] },
  })),
  ...withoutTls(ownPort),
  ...each((way) => ({
    name: `${way.secure}:// without the authority of its certificate`,
    url: way.scheme === 'stomp' ? 'stomps://{stomps}' : `${way.secure}://{amqps}`,
    told: { by: 'JMSException', words: [/authority.*not known/, /trustStoreLocation/] },
  })),
  {
    name: 'amqps:// with it',
    url: `amqps://{amqps}?${TRUST}`,
    told: 'let in',
  },
  ...wrongPasswords('ann'),
  {
    name: 'amqp:// without a name',
    url: 'amqp://{amqp}',
    as: null,
    told: { by: 'JMSSecurityException', words: [/PLAIN/, /jms\.username/] },
  },
  {
    name: 'stomp:// without a name',
    url: 'stomp://{stomp}',
    as: null,
    told: WRONG_PASSWORD,
  },
  ...both(({ scheme }) => ({
    name: `${scheme}://, ${UNKNOWN} is consumed`,
    url: `${scheme}://{${scheme}}`,
    work: consume(UNKNOWN),
    told: missing(UNKNOWN),
  })),
  ...both(({ scheme }) => ({
    name: `${scheme}://, ${UNKNOWN} is sent to`,
    url: `${scheme}://{${scheme}}`,
    work: send(UNKNOWN),
    told: missing(UNKNOWN),
  })),
  {
    name: `amqp://, ${UNKNOWN} is sent to by an unbound producer`,
    url: 'amqp://{amqp}',
    work: sendUnbound(UNKNOWN),
    told: missing(UNKNOWN),
  },
  {
    name: 'failover: with a wrong password',
    url: 'failover:(amqp://{amqp},stomp://{stomp})',
    as: ['ann', 'guess'],
    told: WRONG_PASSWORD,
  },
  {
    name: 'failover: to wrong doors and a right one',
    url: 'failover:(stomp://{amqp},amqp091://{amqp},amqp://{http},amqp://{amqp})',
    told: 'let in',
  },
];
