// The work with bare rhea, as its documentation shows it.

import rhea from 'rhea';
import { type OpenWorker, OUTSTANDING, TEXT } from './work.ts';

interface Heard {
  readonly message: { readonly body: unknown };
}

interface EventLink {
  sendable(): boolean;
  send(message: object): void;
  close(): void;
  on(event: string, heard: (context: Heard) => void): void;
  once(event: string, heard: () => void): void;
}

interface Client {
  create_container(): {
    connect(options: object): {
      open_sender(options: object): EventLink;
      open_receiver(options: object): EventLink;
      close(): void;
      once(event: string, heard: () => void): void;
    };
  };
}

const client = rhea as unknown as Client;

function messageOf(number: number, name: string): object {
  const now = Date.now();
  return {
    message_id: `ID:bench:${number}`,
    to: name,
    creation_time: now,
    durable: false,
    priority: 4,
    message_annotations: { 'x-opt-jms-msg-type': 5, 'x-opt-jms-dest': 0 },
    application_properties: { n: number },
    body: TEXT,
  };
}

export const openRhea: OpenWorker = async (url, name) => {
  const { hostname: host, port, username, password } = new URL(url);
  const who = username === '' ? {} : { username, password };
  const options = { host, port: Number(port), reconnect: false, ...who };
  const connection = client.create_container().connect(options);
  const queue = { address: name, capabilities: ['queue'] };
  const sender = connection.open_sender({ target: queue });
  await new Promise<void>((resolve) => sender.once('sendable', resolve));
  let pump = (): void => {};
  sender.on('accepted', () => pump());
  let number = 0;
  return {
    send: (count) =>
      new Promise((resolve) => {
        let sent = 0;
        let answered = -1;
        pump = () => {
          answered++;
          while (sent < count && sent - answered < OUTSTANDING && sender.sendable()) {
            sent++;
            sender.send(messageOf(++number, name));
          }
          if (answered === count) resolve();
        };
        pump();
      }),
    receive: (count) =>
      new Promise((resolve) => {
        const receiver = connection.open_receiver({ source: queue, credit_window: OUTSTANDING });
        let came = 0;
        receiver.on('message', ({ message }) => {
          if ((message.body as string).length !== TEXT.length) throw new Error('a wrong body');
          if (++came < count) return;
          receiver.once('receiver_close', resolve);
          receiver.close();
        });
      }),
    close: () =>
      new Promise((resolve) => {
        connection.once('connection_close', resolve);
        connection.close();
      }),
  };
};
