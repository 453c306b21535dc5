// What a user would pick instead: bare rhea with Artemis, bare amqplib with RabbitMQ. Both do the same
// work over a socket, 1,000 outstanding. amqplib is no dependency of ours: it is installed beside the
// clients of the interoperability tests.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../conformance/interop/clients.ts';
import { install, npm } from '../../conformance/interop/install.ts';

const TEXT = 'x'.repeat(1024);
const OUTSTANDING = 1000;
const MESSAGES = 50_000;
const PASSES = 3;
const QUEUE = 'angelia.bench.jms';

/** Messages a second, and CPU of this process per message; or why not. */
export type PeerResult =
  | { readonly rate: number; readonly cpuUs: number }
  | { readonly skipped: string };

/** Each bare client, and the broker it is for. */
export const BARE_CLIENTS = { rhea: 'artemis', amqplib: 'rabbitmq' } as const;

/** One of them. */
export type BareClient = keyof typeof BARE_CLIENTS;

interface EventLink {
  sendable(): boolean;
  send(message: object): void;
  once(event: string, heard: (value: unknown) => void): void;
  on(
    event: string,
    heard: (context: { readonly message: { readonly body: unknown } }) => void,
  ): void;
  removeAllListeners(event: string): void;
}

interface Rhea {
  create_container(): {
    connect(options: object): {
      open_sender(target: string): EventLink;
      open_receiver(options: object): EventLink;
      close(): void;
    };
  };
}

interface Delivery {
  readonly content: Buffer;
}

interface Channel {
  assertQueue(name: string, options: object): Promise<unknown>;
  prefetch(count: number): Promise<unknown>;
  consume(name: string, heard: (message: Delivery | null) => void): Promise<unknown>;
  ack(message: object): void;
  sendToQueue(name: string, body: Buffer): boolean;
}

interface Amqplib {
  connect(url: string): Promise<{ createChannel(): Promise<Channel>; close(): Promise<void> }>;
}

/** Installs what is missing, and says with what `require` finds it; or why it is not to be had. */
async function amqplibHome(): Promise<{ readonly from: string } | { readonly reason: string }> {
  const home = join(PROJECT_ROOT, '.cache', 'interop', 'amqplib');
  const installed = await install(home, npm('amqplib@2.3.1'));
  return 'reason' in installed ? installed : { from: join(home, 'package.json') };
}

function rightText(text: unknown): void {
  if (text !== TEXT) throw new Error('another message was expected');
}

/** The best of some passes, after one that does not count. */
async function timed(work: () => Promise<void>): Promise<PeerResult> {
  await work();
  let best = { rate: 0, cpuUs: 0 };
  for (let pass = 0; pass < PASSES; pass++) {
    const before = process.cpuUsage();
    const start = performance.now();
    await work();
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(before);
    const rate = MESSAGES / seconds;
    if (rate > best.rate) best = { rate, cpuUs: (user + system) / MESSAGES };
  }
  return best;
}

/** Bare rhea: unsettled transfers, accepted by the receiver. */
async function rheaAgainst(url: string): Promise<PeerResult> {
  const rhea = createRequire(import.meta.url)('rhea') as Rhea;
  const { hostname: host, port, username, password } = new URL(url);
  const options = { host, port, username: username || 'anonymous', password, reconnect: false };
  const connection = rhea.create_container().connect(options);
  const receiver = connection.open_receiver({ source: QUEUE, credit_window: OUTSTANDING });
  const sender = connection.open_sender(QUEUE);
  await new Promise((resolve) => sender.once('sendable', resolve));
  const result = await timed(() => pass(sender, receiver));
  connection.close();
  return result;
}

function pass(sender: EventLink, receiver: EventLink): Promise<void> {
  return new Promise((resolve) => {
    let sent = 0;
    let came = 0;
    const send = (): void => {
      while (sent < MESSAGES && sent - came < OUTSTANDING && sender.sendable()) {
        sender.send({ body: TEXT, durable: false });
        sent++;
      }
    };
    receiver.removeAllListeners('message');
    sender.removeAllListeners('sendable');
    sender.on('sendable', () => send());
    receiver.on('message', (context) => {
      rightText(context.message.body);
      came++;
      if (came === MESSAGES) resolve();
      else send();
    });
    send();
  });
}

/** Bare amqplib: a plain channel, acknowledged by the consumer. */
async function amqplibAgainst(url: string): Promise<PeerResult> {
  const home = await amqplibHome();
  if ('reason' in home) return { skipped: `amqplib is not to be had: ${home.reason}` };
  const amqplib = createRequire(home.from)('amqplib') as Amqplib;
  const connection = await amqplib.connect(url);
  const channel = await connection.createChannel();
  await channel.assertQueue(QUEUE, { durable: false, autoDelete: true });
  await channel.prefetch(OUTSTANDING);
  const body = Buffer.from(TEXT);
  let heard = (): void => {};
  await channel.consume(QUEUE, (message) => {
    if (message === null) return;
    rightText(message.content.toString());
    channel.ack(message);
    heard();
  });
  const result = await timed(
    () =>
      new Promise((resolve) => {
        let sent = 0;
        let came = 0;
        const send = (): void => {
          while (sent < MESSAGES && sent - came < OUTSTANDING) {
            channel.sendToQueue(QUEUE, body);
            sent++;
          }
        };
        heard = () => {
          came++;
          if (came === MESSAGES) resolve();
          else send();
        };
        send();
      }),
  );
  await connection.close();
  return result;
}

/** Plays one of them against a broker that runs. */
export function playBare(client: BareClient, url: string): Promise<PeerResult> {
  return client === 'rhea' ? rheaAgainst(url) : amqplibAgainst(url);
}
