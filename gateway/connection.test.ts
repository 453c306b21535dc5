import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { Broker, type Log, nodeHost } from '#broker';
import type { Engine, EngineFactory, Wire } from './engine.ts';
import { Listener } from './listener.ts';

/** Answers in capitals; `bye` ends the wire, `wait` asks to be woken in 20 ms. */
class Capitals implements Engine {
  readonly #wire: Wire;
  readonly calls: string[];

  constructor(wire: Wire, calls: string[]) {
    this.#wire = wire;
    this.calls = calls;
  }

  absorb(chunk: Buffer): void {
    const text = chunk.toString();
    this.#wire.output.write(Buffer.from(text.toUpperCase()));
    if (text.includes('wait')) this.#wire.wakeAt(this.#wire.nowMs() + 20);
    if (text.includes('bye')) this.#wire.end();
  }

  writable(): void {}

  tick(): void {
    this.calls.push('tick');
    this.#wire.output.write(Buffer.from('TICK'));
  }

  goodbye(): void {
    this.#wire.output.write(Buffer.from('GOODBYE'));
    this.#wire.end();
  }

  closed(): void {
    this.calls.push('closed');
  }
}

async function open(
  t: ExecutionContext,
  factory?: EngineFactory,
  log: Log = () => {},
): Promise<{ listener: Listener; calls: string[]; dial: () => Promise<Socket> }> {
  const calls: string[] = [];
  const broker = new Broker(nodeHost(log));
  const listener = new Listener(broker, 'test', factory ?? ((wire) => new Capitals(wire, calls)));
  const port = await listener.open('127.0.0.1', 0);
  t.teardown(async () => {
    const stopped = listener.stopAccepting();
    listener.destroy();
    await stopped;
  });
  const dial = async () => {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    return socket;
  };
  return { listener, calls, dial };
}

async function readAll(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

test('a peer that half-closes after its request still gets the answer', async (t) => {
  const { dial } = await open(t);
  const socket = await dial();
  socket.end('hello');
  t.is(await readAll(socket), 'HELLO');
});

test('end writes what was gathered, closes, and tells the engine once', async (t) => {
  const { dial, listener, calls } = await open(t);
  const socket = await dial();
  socket.write('bye');
  t.is(await readAll(socket), 'BYE');
  while (listener.connections > 0) await new Promise((resolve) => setImmediate(resolve));
  t.deepEqual(calls, ['closed']);
});

test('goodbye reaches every connection', async (t) => {
  const { dial, listener } = await open(t);
  const sockets = await Promise.all([dial(), dial(), dial()]);
  while (listener.connections < 3) await new Promise((resolve) => setImmediate(resolve));
  const texts = sockets.map(readAll);
  listener.goodbye();
  t.deepEqual(await Promise.all(texts), ['GOODBYE', 'GOODBYE', 'GOODBYE']);
});

test('an engine is woken at the time it asked for', async (t) => {
  const { dial, calls } = await open(t);
  const socket = await dial();
  socket.write('wait');
  let text = '';
  while (!text.includes('TICK')) text += String((await once(socket, 'data'))[0]);
  t.is(text, 'WAITTICK');
  t.deepEqual(calls, ['tick']);
  socket.destroy();
});

test('a peer that resets its connection is gone without a trace', async (t) => {
  const { dial, listener, calls } = await open(t);
  const socket = await dial();
  socket.write('x');
  await once(socket, 'data');
  socket.resetAndDestroy();
  while (listener.connections > 0) await new Promise((resolve) => setImmediate(resolve));
  t.deepEqual(calls, ['closed']);
});

test('an engine that refuses at once still says why', async (t) => {
  const { dial } = await open(t, (wire) => {
    wire.output.write(Buffer.from('full'));
    wire.end();
    return new Capitals(wire, []);
  });
  t.is(await readAll(await dial()), 'full');
});

test('a peer that reads again is known to have read, however little had waited', async (t) => {
  const calls: string[] = [];
  let wire: Wire | undefined;
  const { dial } = await open(t, (opened) => {
    wire = opened;
    const engine = new Capitals(opened, calls);
    engine.writable = () => calls.push('writable');
    return engine;
  });
  const socket = await dial();
  socket.write('x');
  await once(socket, 'data');
  socket.pause();
  if (wire === undefined) return t.fail();
  const { output } = wire;
  // Until less than a kilobyte waits, of which a socket says nothing by itself.
  while (output.pendingBytes === 0) {
    output.write(Buffer.alloc(1000));
    output.flush();
  }
  calls.length = 0;
  socket.resume();
  while (!calls.includes('writable')) await new Promise((resolve) => setImmediate(resolve));
  t.is(output.pendingBytes, 0);
  socket.destroy();
});
