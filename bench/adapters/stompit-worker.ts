// The work with bare stompit, as its documentation shows it.

import stompit from 'stompit';
import { type OpenWorker, OUTSTANDING, TEXT } from './work.ts';

type Headers = Readonly<Record<string, string | number>>;

interface Message {
  readString(encoding: string, read: (error: Error | null, body: string) => void): void;
}

interface Client {
  send(headers: Headers, options: { onReceipt(): void }): { end(body: string): void };
  subscribe(
    headers: Headers,
    heard: (error: Error | null, message: Message) => void,
  ): { unsubscribe(): void };
  ack(message: Message): void;
  disconnect(done: (error: Error | null) => void): void;
}

type Connect = (options: object, done: (error: Error | null, client: Client) => void) => void;

function headersOf(number: number, destination: string): Headers {
  return {
    destination,
    timestamp: Date.now(),
    'angelia-message-id': `ID:bench:${number}`,
    n: number,
  };
}

export const openStompit: OpenWorker = async (url, name) => {
  const { hostname: host, port, username, password } = new URL(url);
  const who = username === '' ? {} : { login: username, passcode: password };
  const connectHeaders = { host: '/', 'heart-beat': '0,0', ...who };
  const client = await new Promise<Client>((resolve, reject) => {
    (stompit.connect as Connect)({ host, port: Number(port), connectHeaders }, (error, one) => {
      if (error === null) resolve(one);
      else reject(error);
    });
  });
  const destination = `/queue/${name}`;
  let number = 0;
  return {
    send: (count) =>
      new Promise((resolve) => {
        let sent = 0;
        let answered = 0;
        const pump = (): void => {
          while (sent < count && sent - answered < OUTSTANDING) {
            sent++;
            client.send(headersOf(++number, destination), { onReceipt }).end(TEXT);
          }
          if (answered === count) resolve();
        };
        const onReceipt = (): void => {
          answered++;
          pump();
        };
        pump();
      }),
    receive: (count) =>
      new Promise((resolve, reject) => {
        let came = 0;
        const headers = {
          destination,
          ack: 'client-individual',
          'activemq.prefetchSize': OUTSTANDING,
        };
        const subscription = client.subscribe(headers, (error, message) => {
          if (error !== null) {
            reject(error);
            return;
          }
          message.readString('utf8', (_, body) => {
            if (body.length !== TEXT.length) throw new Error('a wrong body');
            client.ack(message);
            if (++came < count) return;
            subscription.unsubscribe();
            resolve();
          });
        });
      }),
    close: () =>
      new Promise((resolve) => {
        client.disconnect(() => resolve());
      }),
  };
};
