/** The doors of RabbitMQ: without its plugins and with a port of TLS, with them, and of 4.x. */

import { rabbitmq4With, rabbitmqWith } from '../../peers/rabbitmq.ts';
import { startKind } from '../../peers/start.ts';
import type { Scene, Told, Work, WrongDoor } from './knock.ts';
import { sceneOf } from './scene.ts';
import { each, forbidden, speaks, WRONG_PASSWORD, wantsTls } from './tellings.ts';
import { pem, SILENT_AT_STOMP, TRUST, withoutTls, wrongPasswords } from './usual-doors.ts';
import { consume, publish, send, sendUnbound, subscribe } from './works.ts';

type Started = Scene | { readonly reason: string };

const NOBODY = 'nemo';
const QUEUE = 'orders';

/** Without STOMP and AMQP 1.0, with a port of TLS. */
export async function rabbitmqAlone(): Promise<Started> {
  const tls = { certificate: pem('server'), key: pem('server-key') };
  const kind = rabbitmqWith({ plugins: false, nobody: NOBODY, tls });
  return sceneOf('RabbitMQ without plugins', await startKind(kind));
}

const REFUSED = /access to (queue|exchange) .* refused for user 'nemo'/;

/** What is told there. */
export const ALONE_DOORS: readonly WrongDoor[] = [
  {
    name: 'amqp:// without its plugin',
    url: 'amqp://{amqp}',
    told: speaks(/AMQP 0-9-1 and not 1\.0/, /amqp091:\/\/.*rabbitmq_amqp1_0/),
  },
  {
    name: 'stomp:// without its plugin',
    url: 'stomp://{amqp}',
    told: speaks(/AMQP 0-9-1 and not STOMP/, /amqp091:\/\/.*rabbitmq_stomp/),
  },
  ...withoutTls(() => 'amqp'),
  ...each((way) => ({
    name: `${way.scheme}:// to a port of TLS`,
    url: `${way.scheme}://{amqps091}`,
    told: wantsTls(way),
  })),
  ...each((way) => ({
    name: `${way.secure}:// without the authority of its certificate`,
    url: `${way.secure}://{amqps091}`,
    told: { by: 'JMSException', words: [/authority.*not known/, /trustStoreLocation/] },
  })),
  { name: 'amqps091:// with the authority', url: `amqps091://{amqps091}?${TRUST}`, told: 'let in' },
  {
    name: 'amqps:// without its plugin',
    url: `amqps://{amqps091}?${TRUST}`,
    told: speaks(/AMQP 0-9-1 and not 1\.0/, /amqp091:\/\//),
  },
  {
    name: 'amqp091:// with a wrong password',
    url: 'amqp091://{amqp}',
    as: ['guest', 'guess'],
    told: { ...WRONG_PASSWORD, code: '403' },
  },
  {
    name: 'amqp091:// to an unknown virtual host',
    url: 'amqp091://{amqp}/nowhere',
    told: { by: 'JMSException', code: '530', words: [/virtual host 'nowhere'/, /add_vhost/] },
  },
  {
    name: `amqp091://, who may not sends to ${QUEUE}`,
    url: 'amqp091://{amqp}',
    as: [NOBODY, 'guest'],
    work: send(QUEUE),
    told: { ...forbidden(REFUSED), code: '403' },
  },
  {
    name: `amqp091://, who may not consumes ${QUEUE}`,
    url: 'amqp091://{amqp}',
    as: [NOBODY, 'guest'],
    work: consume(QUEUE),
    told: { ...forbidden(REFUSED), code: '403' },
  },
  {
    name: 'amqp091://, who may not sends to a topic',
    url: 'amqp091://{amqp}',
    as: [NOBODY, 'guest'],
    work: publish('prices'),
    told: { ...forbidden(REFUSED), code: '403' },
  },
  {
    name: 'failover: over amqp091://, who may not sends to a topic',
    url: 'failover:(amqp091://{amqp})',
    as: [NOBODY, 'guest'],
    work: publish('prices'),
    told: { ...forbidden(REFUSED), code: '403' },
  },
];

/** With both plugins. */
export async function rabbitmq(): Promise<Started> {
  return sceneOf('RabbitMQ', await startKind(rabbitmqWith({ nobody: NOBODY })));
}

/** 4.x, whose AMQP 1.0 is its own. */
export async function rabbitmq4(): Promise<Started> {
  return sceneOf('RabbitMQ', await startKind(rabbitmq4With({ nobody: NOBODY })));
}

const NO_VIRTUAL_HOST: Told = {
  by: 'JMSException',
  words: [/virtual host/i, /add_vhost|amqp\.vhost/],
};

/** What is told with the plugin, whatever it refuses when. */
function doors(unknownHost: Told): readonly WrongDoor[] {
  return [
    ...SILENT_AT_STOMP,
    ...wrongPasswords('guest'),
    {
      name: 'amqp:// to a virtual host that is not named as RabbitMQ wants it',
      url: 'amqp://{amqp}?amqp.vhost=nowhere',
      told: { by: 'IllegalArgumentException', words: [/'nowhere'/, /amqp\.vhost=vhost:nowhere/] },
    },
    {
      name: 'amqp:// to an unknown virtual host',
      url: 'amqp://{amqp}?amqp.vhost=vhost:nowhere',
      told: unknownHost,
    },
    {
      name: 'stomp:// to an unknown virtual host',
      url: 'stomp://{stomp}/nowhere',
      told: NO_VIRTUAL_HOST,
    },
    ...['amqp://{amqp}', 'failover:(amqp://{amqp})'].flatMap((url) => [
      mayNot(`sends to ${QUEUE}`, url, send(QUEUE)),
      mayNot(`sends to ${QUEUE} by an unbound producer`, url, sendUnbound(QUEUE)),
      mayNot(`consumes ${QUEUE}`, url, consume(QUEUE)),
      mayNot('consumes a topic', url, subscribe('prices')),
    ]),
    ...['stomp://{stomp}', 'failover:(stomp://{stomp})'].flatMap((url) => [
      mayNot(`sends to ${QUEUE}`, url, send(QUEUE)),
      mayNot(`consumes ${QUEUE}`, url, consume(QUEUE)),
    ]),
  ];
}

/** What is told to a user who may do nothing. */
function mayNot(name: string, url: string, work: Work): WrongDoor {
  const way = url.replace(/\{\w+\}/, '').replace(/\((.*)\)/, ' over $1');
  return {
    name: `${way}, who may not ${name}`,
    url,
    as: [NOBODY, 'guest'],
    work,
    told: forbidden(REFUSED),
  };
}

/** What is told at 3.x. */
export const RABBITMQ_DOORS: readonly WrongDoor[] = doors({
  by: 'JMSSecurityException',
  words: [/insufficient permissions/, /virtual host/, /amqp\.vhost/],
});

/** What is told at 4.x. */
export const RABBITMQ4_DOORS: readonly WrongDoor[] = doors(NO_VIRTUAL_HOST);
