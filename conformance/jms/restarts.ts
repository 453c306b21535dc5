// Ten thousand persistent messages pass while their broker is killed and comes back, three times. The
// program over `failover:` does nothing about it: it sends, and it listens.

import {
  type Connection,
  JmsConnectionFactory,
  type ProviderRegistry,
  TextMessage,
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

const MESSAGES = 10_000;
const KILLS = 3;
const OUTSTANDING = 200;

/** Lets them pass; the queue is fresh. */
export async function pass(
  broker: Killable,
  providers: ProviderRegistry,
  queueName: string,
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
    if (seen.size >= ((kills + 1) * MESSAGES) / (KILLS + 1) && kills < KILLS) {
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
