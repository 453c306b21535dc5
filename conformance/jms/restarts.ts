// Ten thousand persistent messages pass while their broker is killed and comes back, or another does in its
// place, three times. The
// program over `failover:` does nothing about it: it sends, and it listens.

import {
  type Connection,
  JmsConnectionFactory,
  type Message,
  type ProviderRegistry,
  type Queue,
  type Session,
  TextMessage,
  TransactionRolledBackException,
} from 'angelia/jms';

/** A broker that can be killed. */
export interface Killable {
  /** A `failover:` URL, with credentials if need be. */
  readonly url: string;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** What the program saw. */
export interface Passage {
  /** Confirmed, and never received. */
  readonly missing: readonly number[];
  /** Came again without being marked. */
  readonly unmarked: readonly number[];
  /** Came again, marked. */
  readonly marked: number;
  /** What calls rejected with, and the ExceptionListeners heard. */
  readonly problems: readonly Error[];
  /** How often each of the two connections was interrupted. */
  readonly interruptions: readonly number[];
  /** Times between the kill and the first message after it, in ms. */
  readonly gapsMs: readonly number[];
}

/** It is as it should be. */
export function isWhole({ missing, unmarked, problems }: Passage): boolean {
  return missing.length + unmarked.length + problems.length === 0;
}

/** What was seen, in words. */
export function wordsOf(passage: Passage): string {
  const { missing, unmarked, marked, problems, interruptions, gapsMs } = passage;
  return [
    `${missing.length} missing`,
    `${unmarked.length} again unmarked`,
    `${marked} again marked`,
    `interruptions ${interruptions.join('+')}`,
    `gaps ${gapsMs.map(Math.round).join(', ')} ms`,
    ...problems.slice(0, 3).map(String),
  ].join('; ');
}

const MESSAGES = 10_000;
const KILLS = 3;
const OUTSTANDING = 200;

/** Lets them pass; the queue is fresh. */
export async function pass(
  broker: Killable,
  providers: ProviderRegistry,
  queueName: string,
  killsMax: number = KILLS,
): Promise<Passage> {
  const factory = new JmsConnectionFactory(broker.url, providers);
  const problems: Error[] = [];
  const interruptions = [0, 0];
  const open = async (at: number): Promise<Connection> => {
    const connection = await factory.createConnection();
    connection.setExceptionListener((error) => void problems.push(error));
    connection.on('interrupted', () => {
      interruptions[at] = (interruptions[at] ?? 0) + 1;
    });
    return connection;
  };
  const sender = await open(0);
  const receiver = await open(1);
  const seen = new Map<number, number>();
  const unmarked: number[] = [];
  const gapsMs: number[] = [];
  let marked = 0;
  let killedAt = 0;
  let kills = 0;
  let over = (): void => {};
  const all = new Promise<void>((resolve) => {
    over = resolve;
  });
  const session = await receiver.createSession();
  const consumer = await session.createConsumer(session.createQueue(queueName));
  let breaking: Promise<void> = Promise.resolve();
  consumer.setMessageListener((message) => {
    const number = message instanceof TextMessage ? Number(message.getText()) : Number.NaN;
    const before = seen.get(number) ?? 0;
    seen.set(number, before + 1);
    if (killedAt > 0) {
      gapsMs.push(performance.now() - killedAt);
      killedAt = 0;
    }
    if (before > 0) {
      if (message.getJMSRedelivered()) marked++;
      else unmarked.push(number);
    }
    if (seen.size >= ((kills + 1) * MESSAGES) / (killsMax + 1) && kills < killsMax) {
      kills++;
      breaking = breaking.then(async () => {
        await broker.kill();
        killedAt = performance.now();
        await broker.restart();
      });
    }
    if (seen.size === MESSAGES) over();
  });
  await receiver.start();
  const confirmed = await sendAll(sender, queueName, problems);
  const missed = confirmed.some((number) => !seen.has(number));
  if (missed) await Promise.race([all, quiet(() => seen.size)]);
  await breaking;
  await Promise.all([sender.close(), receiver.close()]);
  const missing = confirmed.filter((number) => !seen.has(number));
  return { missing, unmarked, marked, problems, interruptions, gapsMs };
}

/** What a program saw that moves messages from one queue to another, in transactions. */
export interface Move {
  /** How often each number is in the second queue, where that is not once. */
  readonly wrong: readonly (readonly [number: number, times: number])[];
  /**
   * Of a transaction in doubt, and there more than once: it came to be, and what it had consumed came
   * again. So it is where sends and acknowledgements are not one to the broker; else it is wrong.
   */
  readonly again: readonly number[];
  /** Transactions that were rolled back, and those of which nobody knew. */
  readonly rolledBack: number;
  readonly inDoubt: number;
  readonly problems: readonly Error[];
}

const MOVED = 3000;
const IN_TRANSACTION = 10;

/** Moves messages while the broker is killed: each is to be in the second queue once. */
export async function move(
  broker: Killable,
  providers: ProviderRegistry,
  from: string,
  to: string,
): Promise<Move> {
  const connection = await new JmsConnectionFactory(broker.url, providers).createConnection();
  const problems: Error[] = [];
  connection.setExceptionListener((error) => void problems.push(error));
  const filling = await connection.createSession();
  const filler = await filling.createProducer(filling.createQueue(from));
  const all = Array.from({ length: MOVED }, (_, n) => filling.createTextMessage(String(n)));
  await Promise.all(all.map((message) => filler.send(message)));
  await connection.start();
  const session = await connection.createSession(0);
  const consumer = await session.createConsumer(session.createQueue(from));
  const producer = await session.createProducer(session.createQueue(to));
  let rolledBack = 0;
  let inDoubt = 0;
  const doubted = new Set<string>();
  let kills = 0;
  let commits = 0;
  let breaking: Promise<void> = Promise.resolve();
  let there = true;
  connection.on('interrupted', () => {
    there = false;
  });
  connection.on('resumed', () => {
    there = true;
  });
  // The queue is empty when nothing comes for a while, and somebody is there who could send it.
  for (let idle = 0; idle < 3; ) {
    const first = await consumer.receive(2000);
    idle = first === null && there ? idle + 1 : 0;
    const texts: string[] = [];
    try {
      for (let n = 0, message = first; message !== null && n < IN_TRANSACTION; n++) {
        texts.push(message.getBody(String) ?? '');
        await producer.send(message);
        message = n + 1 < IN_TRANSACTION ? await consumer.receive(100) : null;
      }
      await session.commit();
      commits++;
    } catch (error) {
      if (error instanceof TransactionRolledBackException) rolledBack++;
      else if (/whether it came to be is not known/.test((error as Error).message)) {
        inDoubt++;
        for (const text of texts) doubted.add(text);
      } else problems.push(error as Error);
    }
    if (commits * IN_TRANSACTION < ((kills + 1) * MOVED) / (KILLS + 1) || kills === KILLS) continue;
    kills++;
    breaking = breaking.then(() => broker.kill()).then(() => broker.restart());
  }
  await breaking;
  const odd = await countedIn(session.createQueue(to), await connection.createSession());
  await connection.close();
  const isAgain = ([number, times]: readonly [number, number]): boolean =>
    times > 1 && doubted.has(String(number));
  const wrong = odd.filter((one) => !isAgain(one));
  const again = odd.filter(isAgain).map(([number]) => number);
  return { wrong, again, rolledBack, inDoubt, problems };
}

async function countedIn(queue: Queue, session: Session): Promise<[number, number][]> {
  const times = new Map<number, number>();
  const consumer = await session.createConsumer(queue);
  // Not every protocol has a receiveNoWait that is sure; a receive that waits is.
  const next = async (): Promise<Message | null> =>
    (await consumer.receiveNoWait()) ?? (await consumer.receive(2000));
  for (let m = await next(); m !== null; m = await next()) {
    const number = Number(m.getBody(String));
    times.set(number, (times.get(number) ?? 0) + 1);
  }
  const numbers = Array.from({ length: MOVED }, (_, n) => n);
  return numbers
    .map((number): [number, number] => [number, times.get(number) ?? 0])
    .filter(([, count]) => count !== 1);
}

/** Sends with so many under way; returns what was confirmed. */
async function sendAll(
  connection: Connection,
  queueName: string,
  problems: Error[],
): Promise<number[]> {
  const session = await connection.createSession();
  const producer = await session.createProducer(session.createQueue(queueName));
  const confirmed: number[] = [];
  const sends: Promise<void>[] = [];
  for (let number = 1; number <= MESSAGES; number++) {
    const send = producer.send(session.createTextMessage(String(number))).then(
      () => void confirmed.push(number),
      (error: Error) => void problems.push(error),
    );
    sends.push(send);
    if (number >= OUTSTANDING) await sends[number - OUTSTANDING];
  }
  await Promise.all(sends);
  return confirmed;
}

/** Resolves when nothing has grown for some seconds. */
async function quiet(size: () => number): Promise<void> {
  for (let before = -1; before !== size(); ) {
    before = size();
    await new Promise((resolve) => setTimeout(resolve, 5000));
  }
}
