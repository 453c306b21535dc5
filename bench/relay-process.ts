/**
 * The relay itself, run as a process of its own: bytes from the producer's port go to the consumer's
 * port, unread. Prints `{"in":PORT,"out":PORT}` when both listen.
 *
 * One producer and one consumer at a time; the consumer connects first.
 */

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

let consumer: Socket | undefined;

function accept(onSocket: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer({ noDelay: true }, (socket) => {
      socket.on('error', () => socket.destroy());
      onSocket(socket);
    });
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

const outServer = await accept((socket) => {
  consumer = socket;
  socket.resume();
});

const inServer = await accept((producer) => {
  const out = consumer;
  if (!out) {
    producer.destroy(new Error('the consumer connects first'));
    return;
  }
  producer.on('data', (bytes) => {
    if (!out.write(bytes)) producer.pause();
  });
  out.on('drain', () => producer.resume());
  producer.on('close', () => out.end());
});

process.stdout.write(`${JSON.stringify({ in: portOf(inServer), out: portOf(outServer) })}\n`);
