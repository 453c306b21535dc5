// Reaches a broker with amqplib, and says why not.
//
// The traps of amqplib's connect, and how they are avoided:
// - without noDelay small frames wait for each other: it is asked for;
// - its timeout is of silence only, and who drips bytes holds us for ever: we have a timer, and an
//   AbortSignal that destroys the socket;
// - it decodes the virtual host once more, `%` and all: it is given encoded;
// - a refused virtual host is told as an unexpected frame, without the broker's words;
// - a peer that is not AMQP 0-9-1 is a frame of an odd size: a second look tells who it is.

import { connect as connectTcp, isIP } from 'node:net';
import { type ChannelModel, connect, credentials } from 'amqplib';
import { JMSException, JMSSecurityException } from '#jms-api';
import { cutWithoutWord, silence, troubleOf } from '../socket-trouble.ts';
import { tlsOptions } from '../tls.ts';
import type { Place } from './amqp091-url.ts';
import { EXPECTED, foreigner } from './diagnosis.ts';

const CONNECT_MS_MAX = 15_000;
/** A second look takes no longer, for the first has cost the user time already. */
const LOOK_MS_MAX = 2_000;
/** How long others have to speak first. */
const FIRST_WORD_MS = 100;
const HEADER = Buffer.from('AMQP\0\0\x09\x01', 'latin1');

/** Who we are to the broker; undefined: `guest`, as RabbitMQ has it. */
export interface Credentials {
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/**
 * Connects, and proves who we are.
 *
 * @param timeoutMs - undefined: 15 seconds
 * @throws {JMSSecurityException} if user name or password are refused
 * @throws {JMSException} if there is no broker that speaks AMQP 0-9-1
 */
export async function reach(
  place: Place,
  { username = 'guest', password = username === 'guest' ? 'guest' : '' }: Credentials,
  timeoutMs: number | undefined,
): Promise<ChannelModel> {
  const allowedMs = timeoutMs === undefined || timeoutMs <= 0 ? CONNECT_MS_MAX : timeoutMs;
  const { host, port, tls, vhost, heartbeatS } = place;
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), allowedMs);
  });
  const startedAt = Date.now();
  const attempt = connect(
    {
      protocol: tls ? 'amqps' : 'amqp',
      hostname: host,
      port,
      vhost: encodeURIComponent(vhost),
      ...(heartbeatS !== undefined && { heartbeat: heartbeatS }),
    },
    {
      noDelay: true,
      credentials: credentials.plain(username, password),
      clientProperties: { connection_name: 'angelia' },
      ...(place.tls && tlsOptions(place.host, place)),
      signal: abort.signal,
    } as Parameters<typeof connect>[1],
  );
  try {
    const found = await Promise.race([attempt, late]);
    if (found !== 'late') return found;
    // Should it be there after all, it is of no use any more.
    attempt.then(
      (model) => model.on('error', () => undefined),
      () => undefined,
    );
    abort.abort();
    throw new JMSException(silence(EXPECTED, `${host}:${port}`, allowedMs, tls));
  } catch (error) {
    if (error instanceof JMSException) throw error;
    const restMs = Math.min(LOOK_MS_MAX, allowedMs - (Date.now() - startedAt));
    throw await refusalOf(place, username, error as Error, restMs);
  } finally {
    clearTimeout(timer);
  }
}

async function refusalOf(
  place: Place,
  username: string,
  error: NodeJS.ErrnoException,
  restMs: number,
): Promise<Error> {
  const { host, port, tls, vhost } = place;
  const where = `${host}:${port}`;
  const { message } = error;
  if (/ACCESS.REFUSED|\b403\b/.test(message)) {
    return new JMSSecurityException(
      `${where} refuses user '${username}' or the password: check jms.username and jms.password ` +
        '(guest may connect from its own machine only)',
      '403',
      { cause: error },
    );
  }
  if (/Expected ConnectionOpenOk/.test(message)) {
    // It may be down for a while, and amqplib does not say: no reason to give up for good.
    return new JMSException(
      `${where} has no virtual host '${vhost}' for user '${username}': name another at the end of ` +
        'the URL, amqp091://HOST:PORT/VHOST, or have it made (rabbitmqctl add_vhost)',
      '530',
      { cause: error },
    );
  }
  const trouble = troubleOf(EXPECTED, where, error);
  const stranger = trouble === undefined && !tls ? await look(host, port, restMs) : undefined;
  const text =
    trouble ??
    (stranger === undefined ? undefined : `${where} ${stranger}`) ??
    (/abruptly|ECONNRESET|EPIPE|Unexpected close/.test(`${message} ${error.code}`)
      ? cutWithoutWord(EXPECTED, where, tls)
      : `${where}: ${message}; is it the AMQP port of a RabbitMQ`);
  return new JMSException(text, null, { cause: error });
}

/**
 * Tells who is there. Some speak first, and hang up at a greeting that is not theirs, by which what they
 * said may be lost: so it is silent for a moment, and greets as AMQP 0-9-1 does then.
 */
function look(host: string, port: number, ms: number): Promise<string | undefined> {
  if (ms <= 0) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    let seen: Buffer = Buffer.alloc(0);
    const socket = connectTcp({ host, port, ...(isIP(host) !== 0 && { family: isIP(host) }) });
    const timer = setTimeout(() => socket.destroy(), ms);
    let greeting: NodeJS.Timeout | undefined;
    socket.on('connect', () => {
      greeting = setTimeout(() => socket.write(HEADER), FIRST_WORD_MS);
    });
    socket.on('data', (chunk: Buffer) => {
      seen = Buffer.concat([seen, chunk]);
      if (seen.length >= 16 || foreigner(seen) !== undefined) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      clearTimeout(greeting);
      resolve(foreigner(seen));
    });
  });
}
