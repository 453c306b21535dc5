// What a user would pick instead: bare rhea with Artemis, bare amqplib with RabbitMQ. Both do the same
// work over a socket, 1,000 outstanding; only with a broker that was started before.

const TEXT = 'x'.repeat(1024);
const OUTSTANDING = 1000;
const MESSAGES = 50_000;
const QUEUE = 'angelia.bench.jms';

/** Messages a second, and CPU of this process per message; or why not. */
export type PeerResult =
  | { readonly rate: number; readonly cpuUs: number }
  | { readonly skipped: string };

interface EventLink {
  sendable(): boolean;
  send(message: object): void;
  once(event: string, heard: (value: unknown) => void): void;
  on(event: string, heard: () => void): void;
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

interface Channel {
  assertQueue(name: string, options: object): Promise<unknown>;
  prefetch(count: number): Promise<unknown>;
  consume(name: string, heard: (message: object | null) => void): Promise<unknown>;
  ack(message: object): void;
  sendToQueue(name: string, body: Buffer): boolean;
}

interface Amqplib {
  connect(url: string): Promise<{ createChannel(): Promise<Channel>; close(): Promise<void> }>;
}

/** A library, if it is installed. */
async function load(name: string): Promise<unknown> {
  try {
    return ((await import(name)) as { readonly default?: unknown }).default;
  } catch {
    return undefined;
  }
}

async function timed(work: () => Promise<void>): Promise<PeerResult> {
  await work();
  const before = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { rate: MESSAGES / seconds, cpuUs: (user + system) / MESSAGES };
}

/** Bare rhea: unsettled transfers, accepted by the receiver. */
export async function rheaAgainst(url: string | undefined): Promise<PeerResult> {
  if (url === undefined) return { skipped: 'no broker given: --artemis amqp://host:port' };
  const rhea = (await load('rhea')) as Rhea | undefined;
  if (rhea === undefined) return { skipped: 'rhea is not installed' };
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
    sender.on('sendable', send);
    receiver.on('message', () => {
      came++;
      if (came === MESSAGES) resolve();
      else send();
    });
    send();
  });
}

/** Bare amqplib: a plain channel, acknowledged by the consumer. */
export async function amqplibAgainst(url: string | undefined): Promise<PeerResult> {
  if (url === undefined) return { skipped: 'no broker given: --rabbitmq amqp://host:port' };
  const amqplib = (await load('amqplib')) as Amqplib | undefined;
  if (amqplib === undefined)
    return { skipped: 'amqplib is not installed: npm i --no-save amqplib' };
  const connection = await amqplib.connect(url);
  const channel = await connection.createChannel();
  await channel.assertQueue(QUEUE, { durable: false, autoDelete: true });
  await channel.prefetch(OUTSTANDING);
  const body = Buffer.from(TEXT);
  let heard = (): void => {};
  await channel.consume(QUEUE, (message) => {
    if (message === null) return;
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
