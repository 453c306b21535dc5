// Messages through the JMS API and the broker of this process: how each round goes, and what a round
// costs. 1 KiB of text, AUTO acknowledge.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeliveryMode,
  JmsConnectionFactory,
  type MessageConsumer,
  TextMessage,
} from '../../index.ts';

/** How messages arrive, and how many sends are under way at once. */
export interface Way {
  readonly by: 'listener' | 'receive';
  readonly outstanding: number;
  /** Persistent messages, to a broker with its journal in a directory that is made for this. */
  readonly persistent?: boolean;
}

const LENGTH = 1024;
/** More than one, so that nobody can have the work of the last message ready. */
const TEXTS: readonly string[] = Array.from({ length: 64 }, (_, n) => {
  const letter = String.fromCharCode(48 + n);
  return Buffer.from(letter.repeat(LENGTH)).toString('utf8');
});
const MESSAGES_A_ROUND = 20_000;

/** Takes messages and says when so many more have come. */
interface Taker {
  take(count: number): Promise<void>;
}

function byListener(consumer: MessageConsumer): Taker {
  let left = 0;
  let done = (): void => {};
  consumer.setMessageListener((message) => {
    if (!(message instanceof TextMessage) || message.getText()?.length !== LENGTH) {
      throw new Error('another message was expected');
    }
    left--;
    if (left === 0) done();
  });
  return {
    take: (count) =>
      new Promise((resolve) => {
        left += count;
        done = resolve;
        if (left === 0) resolve();
      }),
  };
}

function byReceive(consumer: MessageConsumer): Taker {
  return {
    async take(count) {
      for (let n = 0; n < count; n++) {
        const message = await consumer.receive();
        if (!(message instanceof TextMessage) || message.getText()?.length !== LENGTH) {
          throw new Error('another message was expected');
        }
      }
    },
  };
}

/** Opens a line; the answer takes a round of messages through it, and says how many those were. */
export async function openLine(way: Way): Promise<() => Promise<number>> {
  const { by, outstanding, persistent = false } = way;
  const connection = await new JmsConnectionFactory(urlFor(persistent)).createConnection();
  const session = await connection.createSession();
  const receiving = await connection.createSession();
  const queue = session.createQueue('bench');
  const producer = await session.createProducer(queue);
  if (!persistent) producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
  const consumer = await receiving.createConsumer(queue);
  const taker = by === 'listener' ? byListener(consumer) : byReceive(consumer);
  await connection.start();
  return async () => {
    for (let sent = 0; sent < MESSAGES_A_ROUND; sent += outstanding) {
      let last: Promise<void> | undefined;
      for (let n = 0; n < outstanding; n++) {
        last = producer.send(session.createTextMessage(TEXTS[(sent + n) & 63]));
      }
      // Sends are confirmed in order.
      await last;
      await taker.take(outstanding);
    }
    return MESSAGES_A_ROUND;
  };
}

function urlFor(persistent: boolean): string {
  if (!persistent) return 'vm://bench';
  const directory = mkdtempSync(join(tmpdir(), 'angelia-bench-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  return `vm://bench?broker.persistent=true&broker.dataDirectory=${encodeURIComponent(directory)}`;
}
