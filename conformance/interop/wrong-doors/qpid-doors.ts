/** The doors of Qpid Broker-J, whose virtual host makes no queues. */

import { qpidWith } from '../../peers/qpid.ts';
import { startKind } from '../../peers/start.ts';
import type { Scene, WrongDoor } from './knock.ts';
import { sceneOf } from './scene.ts';
import { missing, speaks, WRONG_PASSWORD } from './tellings.ts';
import { AMQP091_TO_AMQP, withoutTls } from './usual-doors.ts';
import { consume, produce, send, sendUnbound } from './works.ts';

const UNKNOWN = 'is.not.there';

/** As it is shipped. */
export async function qpid(): Promise<Scene | { readonly reason: string }> {
  return sceneOf('Qpid Broker-J', await startKind(qpidWith({ autoCreate: false })));
}

/** What is told there. */
export const QPID_DOORS: readonly WrongDoor[] = [
  {
    name: 'stomp:// to its AMQP port',
    url: 'stomp://{amqp}',
    told: speaks(/not STOMP/, /amqp:\/\//),
  },
  AMQP091_TO_AMQP,
  ...withoutTls(() => 'amqp'),
  {
    name: 'with a wrong password',
    url: 'amqp://{amqp}',
    as: ['guest', 'guess'],
    told: WRONG_PASSWORD,
  },
  {
    name: 'an unknown user',
    url: 'amqp://{amqp}',
    as: ['nemo', 'guess'],
    told: WRONG_PASSWORD,
  },
  {
    name: 'without a name',
    url: 'amqp://{amqp}',
    as: null,
    told: { by: 'JMSSecurityException', words: [/SCRAM/, /jms\.username/] },
  },
  {
    name: 'PLAIN, which it takes over TLS only',
    url: 'amqp://{amqp}?amqp.saslMechanisms=PLAIN',
    told: { by: 'JMSSecurityException', words: [/SCRAM/, /amqp\.saslMechanisms/] },
  },
  {
    name: 'an unknown virtual host',
    url: 'amqp://{amqp}?amqp.vhost=nowhere',
    told: { by: 'JMSException', words: [/no virtual host 'nowhere'/, /amqp\.vhost/] },
  },
  { name: 'its virtual host by name', url: 'amqp://{amqp}?amqp.vhost=default', told: 'let in' },
  ...Object.entries({ produce, send, sendUnbound, consume }).map(([name, work]) => ({
    name: `${name} ${UNKNOWN}`,
    url: 'amqp://{amqp}',
    work: work(UNKNOWN),
    told: missing(UNKNOWN),
  })),
];
