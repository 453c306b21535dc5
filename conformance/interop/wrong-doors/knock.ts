/**
 * Knocks at one wrong door through the JMS API, and judges what the program is told: by which exception,
 * in one sentence, in time, with what is needed to go on in it; and that nothing of the attempt is left
 * in the process. Knows no broker: a {@link WrongDoor} says where it is and what is expected.
 */

import {
  IllegalArgumentException,
  InvalidDestinationException,
  JMSException,
  JMSSecurityException,
  JmsConnectionFactory,
  type Session,
  UnsupportedOperationException,
} from 'angelia';

/** The classes by which something is told. */
const CLASSES = {
  JMSException,
  JMSSecurityException,
  InvalidDestinationException,
  IllegalArgumentException,
  UnsupportedOperationException,
};

/** The name of one of them. */
export type ClassName =
  | 'JMSException'
  | 'JMSSecurityException'
  | 'InvalidDestinationException'
  | 'IllegalArgumentException'
  | 'UnsupportedOperationException';

/** What the program is to be told. */
export interface Told {
  /** This class, and no heir of it. */
  readonly by: ClassName;
  /** The error code; absent: any. */
  readonly code?: string;
  /** What came, what was expected, what to do. */
  readonly words: readonly RegExp[];
}

/** What the program does at a door that lets it in. */
export type Work = (session: Session) => Promise<unknown>;

/** One case. */
export interface WrongDoor {
  readonly name: string;
  /** With the doors of the scene in braces: `amqp://{openwire}`. */
  readonly url: string;
  /** User and password, in place of the scene's; null: none. */
  readonly as?: readonly [user: string, password: string] | null;
  readonly work?: Work;
  /** Short for those who say nothing. */
  readonly connectMs?: number;
  /** `let in`: it is a right door after all. */
  readonly told: Told | 'let in';
}

/** What is knocked at. */
export interface Scene {
  /** `ActiveMQ Classic 6.3.1`. */
  readonly title: string;
  /** `HOST:PORT` by name. */
  readonly doors: Readonly<Record<string, string>>;
  readonly user: readonly [user: string, password: string] | null;
  stop(): Promise<void>;
}

/** How it went. */
export interface Knocked {
  /** What the program was told. */
  readonly told: string;
  /** What is not as it should be. */
  readonly wrong: readonly string[];
}

const CONNECT_MS = 5000;
/** For the machine, which others use as well. */
const SLACK_MS = 1500;
/** How long a broker may take to tell of what it did not answer at once. */
const HEAR_MS_MAX = 3000;
/** How long closed sockets and ended timers may be seen. */
const LEFT_MS_MAX = 3000;
const LOOK_EVERY_MS = 20;
/** What holds a process, or would: sockets, look-ups of names, timers. */
const HOLDS = /TCP|TLS|GetAddrInfo|Timeout/;

/** Knocks once. */
export async function knock(door: WrongDoor, scene: Scene): Promise<Knocked> {
  const wrong: string[] = [];
  const heard: Error[] = [];
  const unhandled = (reason: unknown): void => void wrong.push(`an unhandled rejection: ${reason}`);
  process.on('unhandledRejection', unhandled);
  const before = held();
  const startedAt = performance.now();
  const error = await attempt(door, scene, heard, wrong);
  const ms = performance.now() - startedAt;
  await until(() => held() <= before, LEFT_MS_MAX);
  process.off('unhandledRejection', unhandled);
  const left = held() - before;
  if (left > 0) wrong.push(`${left} left of ${process.getActiveResourcesInfo().join(' ')}`);
  if (heard.length > 1) wrong.push(`the listener heard ${heard.length} times`);
  const { connectMs = CONNECT_MS, told } = door;
  if (told === 'let in') {
    if (error !== undefined) wrong.push('not let in');
    return { told: error === undefined ? 'let in' : said(error), wrong };
  }
  if (error === undefined) return { told: 'let in', wrong: ['let in', ...wrong] };
  if (ms > connectMs + SLACK_MS) wrong.push(`after ${Math.round(ms)} ms`);
  return { told: said(error), wrong: [...differences(error, told), ...wrong] };
}

/** Connects and works; answers what the program was told, if anything. */
async function attempt(
  { url, as, work = async () => {}, connectMs = CONNECT_MS, told }: WrongDoor,
  { doors, user }: Scene,
  heard: Error[],
  wrong: string[],
): Promise<Error | undefined> {
  const who = as === undefined ? user : as;
  const bounds = `jms.connectTimeout=${connectMs}&jms.requestTimeout=${connectMs}&jms.sendTimeout=${connectMs}`;
  const options = who === null ? bounds : `jms.username=${who[0]}&jms.password=${who[1]}&${bounds}`;
  const place = url.replace(/\{([\w-]+)\}/g, (_, name: string) => {
    const found = doors[name];
    if (found === undefined) throw new Error(`no door ${name} in this scene`);
    return found;
  });
  const joint = place.replace(/\(.*\)/, '').includes('?') ? '&' : '?';
  try {
    const factory = new JmsConnectionFactory(place + joint + options);
    const connection = await factory.createConnection();
    connection.setExceptionListener((error) => void heard.push(error));
    try {
      await connection.start();
      await work(await connection.createSession());
      if (told !== 'let in') await until(() => heard.length > 0, HEAR_MS_MAX);
      return heard[0];
    } finally {
      await connection.close().catch((error) => void wrong.push(`close said ${error}`));
    }
  } catch (error) {
    return error as Error;
  }
}

/** In how much the telling is not what it should be. */
function differences(error: Error, { by, code, words }: Told): string[] {
  const { message } = error;
  const found: string[] = [];
  if (error.constructor !== CLASSES[by]) found.push(`not a ${by}`);
  const its = error instanceof JMSException ? error.getErrorCode() : null;
  if (code !== undefined && its !== code) found.push(`error code ${its}, not ${code}`);
  for (const word of words) if (!word.test(message)) found.push(`nothing like ${word} in it`);
  if (message.includes('\n')) found.push('several lines');
  if (/[.!?] [A-Z]/.test(message)) found.push('several sentences');
  return found;
}

/** The class and the sentence, without what differs from run to run. */
function said({ name, message }: Error): string {
  const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
  return `${name}: ${message.replace(/127\.0\.0\.1:\d+/g, 'HOST:PORT').replace(uuid, 'UUID')}`;
}

function held(): number {
  return process.getActiveResourcesInfo().filter((name) => HOLDS.test(name)).length;
}

async function until(done: () => boolean, ms: number): Promise<void> {
  for (const end = performance.now() + ms; !done() && performance.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
