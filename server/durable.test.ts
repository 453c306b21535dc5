// A server that keeps its messages: over a restart, over a kill, and against a second one.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { startServer } from '#server';

const BINARY = join(import.meta.dirname, 'main.js');

function directory(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'angelia-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A STOMP client in a few lines: frames as text, without their NUL. */
class Client {
  readonly #socket: Socket;
  readonly #frames: string[] = [];
  #rest = '';
  #wake: () => void = () => {};

  static async to(url: string): Promise<Client> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const client = new Client(socket);
    client.say('CONNECT\naccept-version:1.2\nhost:x\n\n');
    await client.hear(/^CONNECTED/);
    return client;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      const parts = (this.#rest + chunk).split('\0');
      this.#rest = parts.pop() ?? '';
      this.#frames.push(...parts.map((part) => part.replace(/^\n+/, '')));
      this.#wake();
    });
  }

  say(...frames: string[]): void {
    for (const frame of frames) this.#socket.write(`${frame}\0`);
  }

  async hear(expected: RegExp): Promise<string> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else if (expected.test(frame)) return frame;
      else throw new Error(`heard ${frame}`);
    }
  }

  /** Frames that were heard too early. */
  putBack(frames: readonly string[]): void {
    this.#frames.unshift(...frames);
  }
}

function send(text: string, receipt: string): string {
  return `SEND\ndestination:/queue/q\npersistent:true\nreceipt:${receipt}\n\n${text}`;
}

const SUBSCRIBE = 'SUBSCRIBE\nid:1\ndestination:/queue/q\nack:client-individual\n\n';

async function start(
  t: ExecutionContext,
  data: string,
): Promise<{ child: ChildProcess; stomp: string; http: string }> {
  const args = [BINARY, 'serve', '--data', data, '--ports', 'random', '--ready-json'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  t.teardown(() => child.kill('SIGKILL'));
  let line = '';
  while (!line.includes('\n')) line += String((await once(child.stdout as never, 'data'))[0]);
  const { urls, data: said } = JSON.parse(line);
  t.is(said, data);
  return { child, stomp: urls.stomp, http: urls.http };
}

test('what was confirmed is there after a kill, what was acknowledged is not', async (t) => {
  const data = directory(t);
  const first = await start(t, data);
  const sender = await Client.to(first.stomp);
  for (let n = 1; n <= 20; n++) sender.say(send(`m${n}`, `${n}`));
  for (let n = 1; n <= 20; n++) await sender.hear(new RegExp(`^RECEIPT\nreceipt-id:${n}\n`));
  const reader = await Client.to(first.stomp);
  reader.say(SUBSCRIBE);
  for (let n = 1; n <= 20; n++) {
    const frame = await reader.hear(/^MESSAGE/);
    const ack = /\nack:(.*)\n/.exec(frame)?.[1];
    if (n <= 5) reader.say(`ACK\nid:${ack}\nreceipt:a${n}\n\n`);
    if (n <= 5) await eventually(reader, `a${n}`);
  }
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const second = await start(t, data);
  const again = await Client.to(second.stomp);
  again.say(SUBSCRIBE);
  for (let n = 6; n <= 20; n++) {
    const frame = await again.hear(/^MESSAGE/);
    t.true(frame.endsWith(`\n\nm${n}`), frame);
    t.regex(frame, /\nredelivered:true\n/);
  }
  const row = await (await fetch(`${second.http}/api/v1/broker`)).json();
  t.like(row, { storage: { kind: 'journal', data, journal: { full: false } } });
  const metrics = await (await fetch(`${second.http}/metrics`)).text();
  t.regex(metrics, /\nangelia_journal_syncs_total [1-9]/);
  t.regex(metrics, /\nangelia_journal_sync_seconds_total 0\.\d/);
  t.regex(metrics, /\nangelia_journal_living_records \d/);
  second.child.kill('SIGTERM');
  t.deepEqual(await once(second.child, 'exit'), [0, null]);
});

/** Hears a receipt among messages that came meanwhile; they stay. */
async function eventually(client: Client, receipt: string): Promise<void> {
  const passed: string[] = [];
  for (;;) {
    const frame = await client.hear(/^(MESSAGE|RECEIPT)/);
    if (frame.startsWith(`RECEIPT\nreceipt-id:${receipt}\n`)) break;
    passed.push(frame);
  }
  client.putBack(passed);
}

test('a directory is held by one server, and free when that has closed', async (t) => {
  const data = directory(t);
  const first = await startServer({ data });
  await t.throwsAsync(startServer({ data }), {
    name: 'StartError',
    message: new RegExp(`is in use by process ${process.pid}`),
  });
  await first.close();
  const second = await startServer({ data });
  await second.close();
});

test('a directory of something else is left alone, and named', async (t) => {
  const data = directory(t);
  const journal = join(data, 'journal');
  mkdirSync(journal);
  writeFileSync(join(journal, 'segment-000001.journal'), 'a diary, not a journal');
  const before = readdirSync(journal);
  const refused = await t.throwsAsync(startServer({ data }));
  t.is(refused?.name, 'StartError');
  t.true(refused?.message.includes(data), refused?.message);
  t.deepEqual(readdirSync(journal), before);
});
