/** The doors of ActiveMQ Classic, of a slave of it that waits for the lock, and of Artemis. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { artemisWith } from '../../peers/artemis.ts';
import { classicAs } from '../../peers/classic.ts';
import { startKind, startPeer } from '../../peers/start.ts';
import type { Scene, WrongDoor } from './knock.ts';
import { placesOf, sceneOf } from './scene.ts';
import { both, each, forbidden, missing, refused, SILENT_MS, silent, speaks } from './tellings.ts';
import {
  AMQP091_TO_AMQP,
  NAMELESS,
  ownPort,
  SILENT_AT_STOMP,
  STOMP_TO_AMQP,
  withoutTls,
  wrongPasswords,
} from './usual-doors.ts';
import { consume, produce, publish, send, sendUnbound, subscribe } from './works.ts';

type Started = Scene | { readonly reason: string };

/** Classic as it is shipped. */
export async function classic(): Promise<Started> {
  return sceneOf('ActiveMQ Classic', await startPeer('classic'));
}

/** What is told at Classic. */
export const CLASSIC_DOORS: readonly WrongDoor[] = [
  {
    name: 'amqp:// to its OpenWire port',
    url: 'amqp://{openwire}',
    told: speaks(/OpenWire and not AMQP 1\.0/, /amqp connector.*5672/),
  },
  {
    name: 'stomp:// to its OpenWire port',
    url: 'stomp://{openwire}',
    told: speaks(/OpenWire and not STOMP/, /stomp connector.*61613/),
  },
  {
    name: 'amqp091:// to its OpenWire port',
    url: 'amqp091://{openwire}',
    told: speaks(/OpenWire and not AMQP 0-9-1/, /amqp:\/\//),
  },
  STOMP_TO_AMQP,
  AMQP091_TO_AMQP,
  ...withoutTls(ownPort),
  ...each((way) => ({
    name: `${way.secure}:// to its OpenWire port`,
    url: `${way.secure}://{openwire}`,
    // It speaks first, or hangs up first.
    told: { by: 'JMSException', words: [new RegExp(`${way.scheme}://`)] },
  })),
  ...SILENT_AT_STOMP,
  ...wrongPasswords('guest'),
  ...NAMELESS,
  {
    name: 'failover: to its OpenWire port and its AMQP port',
    url: 'failover:(amqp://{openwire},amqp://{amqp})',
    told: 'let in',
  },
];

/** A master, and a slave that waits for the lock of its data. */
export async function classicPair(): Promise<Started> {
  const data = await mkdtemp(join(tmpdir(), 'classic-pair-'));
  const master = await startKind(classicAs('master'), { data });
  const gone = (): Promise<void> => rm(data, { recursive: true, force: true });
  if ('reason' in master) {
    await gone();
    return master;
  }
  const slave = await startKind(classicAs('slave'), { data });
  if ('reason' in slave) return slave;
  const { user, password, version } = master;
  return {
    title: `a slave of ActiveMQ Classic ${version}`,
    doors: { ...placesOf(slave), ...placesOf(master, 'master-') },
    user: [user, password],
    async stop() {
      await slave.stop();
      await master.stop();
      await gone();
    },
  };
}

/** What is told at the slave, for as long as the master lives. */
export const SLAVE_DOORS: readonly WrongDoor[] = [
  ...both((way) => ({
    name: `${way.scheme}:// to it`,
    url: `${way.scheme}://{${way.scheme}}`,
    told: refused(way),
  })),
  ...both(({ scheme }) => ({
    name: `failover: over ${scheme}:// to it and to its master`,
    url: `failover:(${scheme}://{${scheme}},${scheme}://{master-${scheme}})`,
    told: 'let in',
  })),
];

const NOBODY = 'nemo';
const UNKNOWN = 'is.not.there';
/** It has that from the beginning. */
const KNOWN = 'DLQ';

/** Artemis without auto-create, with a user who may do nothing. */
export async function artemis(): Promise<Started> {
  const kind = artemisWith({ autoCreate: false, nobody: NOBODY });
  return sceneOf('ActiveMQ Artemis', await startKind(kind));
}

/** What is told at Artemis. */
export const ARTEMIS_DOORS: readonly WrongDoor[] = [
  ...each((way) => ({
    name: `${way.scheme}:// to an acceptor of CORE and OpenWire`,
    url: `${way.scheme}://{openwire}`,
    connectMs: SILENT_MS,
    told: silent(way),
  })),
  ...each((way) => ({
    name: `${way.secure}:// to an acceptor without TLS`,
    url: `${way.secure}://{${ownPort(way)}}`,
    connectMs: SILENT_MS,
    told: silent(way),
  })),
  {
    name: 'amqp091:// to its acceptor of AMQP',
    url: 'amqp091://{amqp}',
    told: speaks(/AMQP 1\.0 and not 0-9-1/, /amqp:\/\//),
  },
  ...wrongPasswords('guest'),
  ...NAMELESS,
  {
    name: `amqp://, a producer of ${UNKNOWN}`,
    url: 'amqp://{amqp}',
    work: produce(UNKNOWN),
    told: missing(UNKNOWN),
  },
  {
    name: `amqp://, ${UNKNOWN} is sent to by an unbound producer`,
    url: 'amqp://{amqp}',
    work: sendUnbound(UNKNOWN),
    told: missing(UNKNOWN),
  },
  ...both(({ scheme }) => ({
    name: `${scheme}://, ${UNKNOWN} is sent to`,
    url: `${scheme}://{${scheme}}`,
    work: send(UNKNOWN),
    told: missing(UNKNOWN),
  })),
  ...both(({ scheme }) => ({
    name: `${scheme}://, ${UNKNOWN} is consumed`,
    url: `${scheme}://{${scheme}}`,
    work: consume(UNKNOWN),
    told: missing(UNKNOWN),
  })),
  ...both(({ scheme }) => ({
    name: `${scheme}://, the topic ${UNKNOWN} is sent to`,
    url: `${scheme}://{${scheme}}`,
    work: publish(UNKNOWN),
    told: missing(UNKNOWN),
  })),
  ...both(({ scheme }) => ({
    name: `${scheme}://, the topic ${UNKNOWN} is consumed`,
    url: `${scheme}://{${scheme}}`,
    work: subscribe(UNKNOWN),
    told: missing(UNKNOWN),
  })),
  ...both(({ scheme }) => ({
    name: `failover: over ${scheme}://, ${UNKNOWN} is consumed`,
    url: `failover:(${scheme}://{${scheme}})`,
    work: consume(UNKNOWN),
    told: missing(UNKNOWN),
  })),
  {
    name: `amqp://, who may not sends to ${KNOWN}`,
    url: 'amqp://{amqp}',
    as: [NOBODY, 'guest'],
    work: send(KNOWN),
    told: forbidden(/SEND/),
  },
  {
    name: `amqp://, who may not consumes ${KNOWN}`,
    url: 'amqp://{amqp}',
    as: [NOBODY, 'guest'],
    work: consume(KNOWN),
    told: forbidden(/CONSUME/),
  },
  {
    name: `stomp://, who may not sends to ${KNOWN}`,
    url: 'stomp://{stomp}',
    as: [NOBODY, 'guest'],
    work: send(KNOWN),
    told: { by: 'JMSException', words: [/AMQ339011 Error sending/, /log/, /permission/] },
  },
  {
    name: `stomp://, who may not consumes ${KNOWN}`,
    url: 'stomp://{stomp}',
    as: [NOBODY, 'guest'],
    work: consume(KNOWN),
    told: { by: 'JMSException', words: [/AMQ339016 Error creating/, /log/, /permission/] },
  },
];
