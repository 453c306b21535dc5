// Conversations as tests. A script reads like what goes over the wire; several clients may take
// part. It is played against real engines and a real broker, on a host that stands still.
//
//     A > CONNECT accept-version:1.2
//     A < CONNECTED version:1.2
//     A > SUBSCRIBE id:1 destination:/queue/q ack:client
//     B > SEND destination:/queue/q | hello
//     A < MESSAGE subscription:1 ack:$first -redelivered | hello
//     A > ACK id:$first
//
//     A > COMMAND name:value … | body     the client says; \n, \r, \0 in a body are what they mean
//     A < COMMAND name:value … | body     the next frame it hears; other headers may be there too,
//                                         `-name` may not; `$word` remembers a value, or repeats it
//     A < beat, A < closed                a heart-beat; the end of the connection
//     A ! lost, A ! deaf, A ! reads       its socket is gone; it stops reading; it reads all
//     wait 5000                           both clocks move on by so many ms
//
// Every frame that a client hears must be in the script. A chunk is overwritten when its turn ends.

import { Broker, type BrokerOptions, type LogLevel, ManualHost } from '#broker';
import { Users } from '../auth.ts';
import type { Engine, EngineFactory, Wire } from '../engine.ts';
import { Output, type Transport } from '../output.ts';
import { stompEngine } from './index.ts';

/** A frame as a client hears it; header values as they are spelled on the wire. */
export interface HeardFrame {
  readonly command: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** One client: its engine, and a wire made of memory. */
export class Actor implements Wire, Transport {
  readonly output: Output;
  readonly peer = 'actor';
  readonly engine: Engine;
  readonly #stage: Stage;
  #heard: Buffer = Buffer.alloc(0);
  #waiting = 0;
  #deaf = false;
  #wakeAtMs = Number.POSITIVE_INFINITY;
  ended = false;
  /** The engine does not want to read. */
  paused = false;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.output = new Output(stage.broker.turn, this);
    this.engine = stage.engines(this);
  }

  /** Gives the engine bytes, ends the turn, and makes the bytes worthless. */
  say(bytes: Buffer): void {
    if (this.ended) return;
    const chunk = Buffer.from(bytes);
    this.#stage.broker.turn.absorbing(true);
    this.engine.absorb(chunk);
    this.#stage.broker.turn.absorbing(false);
    this.#stage.host.settle();
    chunk.fill(0xee);
  }

  /** The next frame, `beat`, `closed`, or nothing. */
  hear(): HeardFrame | 'beat' | 'closed' | undefined {
    const heard = this.#heard;
    if (heard.length === 0) {
      if (!this.ended) return undefined;
      return 'closed';
    }
    if (heard[0] === 10) {
      this.#heard = heard.subarray(1);
      return 'beat';
    }
    const headEnd = heard.indexOf('\n\n');
    const [command = '', ...lines] = heard.toString('utf8', 0, headEnd).split('\n');
    const headers = new Map<string, string>();
    for (const line of lines) {
      const [name = '', ...value] = line.split(':');
      if (!headers.has(name)) headers.set(name, value.join(':'));
    }
    const length = headers.get('content-length');
    const end = length === undefined ? heard.indexOf(0, headEnd) : headEnd + 2 + Number(length);
    if (heard[end] !== 0) throw new Error(`no NUL at the end of ${heard.toString()}`);
    this.#heard = heard.subarray(end + 1);
    return { command, headers, body: heard.toString('utf8', headEnd + 2, end) };
  }

  lose(): void {
    this.ended = true;
    this.engine.closed();
    this.#stage.host.settle();
  }

  goDeaf(): void {
    this.#deaf = true;
  }

  readAll(): void {
    this.#deaf = false;
    this.#waiting = 0;
    this.engine.writable();
    this.#stage.host.settle();
  }

  nowMs(): number {
    return this.#stage.host.transportTimeMs();
  }

  wakeAt(atMs: number): void {
    if (atMs >= this.#wakeAtMs) return;
    this.#wakeAtMs = atMs;
    this.#stage.host.timer(atMs - this.nowMs(), () => {
      if (this.#wakeAtMs !== atMs) return;
      this.#wakeAtMs = Number.POSITIVE_INFINITY;
      if (!this.ended) this.engine.tick(this.nowMs());
    });
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.#stage.host.afterPoll(() => {
      this.paused = false;
      const { turn } = this.#stage.broker;
      turn.absorbing(true);
      if (!this.ended) this.engine.absorb(Buffer.alloc(0));
      turn.absorbing(false);
    });
  }

  end(): void {
    this.output.flush();
    this.ended = true;
  }

  log(level: LogLevel, event: string, facts: Readonly<Record<string, unknown>> = {}): void {
    this.#stage.host.log(level, event, facts);
  }

  write(slabs: readonly Buffer[]): boolean {
    this.#heard = Buffer.concat([this.#heard, ...slabs]);
    if (this.#deaf) {
      for (const slab of slabs) this.#waiting += slab.length;
      return false;
    }
    if (!this.ended) this.engine.writable();
    return true;
  }

  waitingBytes(): number {
    return this.#waiting;
  }
}

/** A broker and those who talk to it. */
export class Stage {
  readonly host: ManualHost = new ManualHost();
  readonly broker: Broker;
  readonly users: Users;
  readonly #actors: Map<string, Actor> = new Map();
  readonly #words: Map<string, string> = new Map();

  readonly engines: EngineFactory;

  constructor(
    options: BrokerOptions = {},
    users: Users | ((host: ManualHost) => Users) = new Users(),
    compat: 'classic' | undefined = undefined,
  ) {
    this.broker = new Broker(this.host, options);
    this.users = typeof users === 'function' ? users(this.host) : users;
    this.engines = stompEngine(this.broker, this.users, { version: '9.9.9', compat });
  }

  actor(name: string): Actor {
    let actor = this.#actors.get(name);
    if (actor === undefined) {
      actor = new Actor(this);
      this.#actors.set(name, actor);
    }
    return actor;
  }

  /** Plays a script; throws at the first line that is not as it should be. */
  play(script: string): void {
    let number = 0;
    for (const raw of script.split('\n')) {
      number++;
      const line = raw.trim();
      if (line === '' || line.startsWith('#')) continue;
      try {
        this.#playLine(line);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new Error(`line ${number}: ${line}\n${why}`, { cause: error });
      }
    }
    for (const [name, actor] of this.#actors) this.#expectSilence(name, actor);
  }

  #playLine(line: string): void {
    const wait = /^wait (\d+)$/.exec(line);
    if (wait !== null) {
      this.host.advance(Number(wait[1]));
      return;
    }
    const match = /^(\w+) ([<>!]) (.*)$/.exec(line);
    if (match === null) throw new Error('this is no line of a script');
    const [, name = '', direction, rest = ''] = match;
    const actor = this.actor(name);
    if (direction === '>') {
      this.#expectSilence(name, actor);
      actor.say(this.#frameOf(rest));
    } else if (direction === '<') {
      this.#expect(actor, rest);
    } else if (rest === 'lost') {
      actor.lose();
    } else if (rest === 'deaf') {
      actor.goDeaf();
    } else if (rest === 'reads') {
      actor.readAll();
    } else {
      throw new Error(`a client does not '${rest}'`);
    }
  }

  #frameOf(text: string): Buffer {
    const { command, headers, body } = splitFrame(text);
    let head = `${command}\n`;
    for (const header of headers) {
      head += `${header.replace(/\$(\w+)$/, (word, name: string) => this.#words.get(name) ?? word)}\n`;
    }
    return Buffer.from(`${head}\n${body ?? ''}\0`);
  }

  #expect(actor: Actor, text: string): void {
    const heard = actor.hear();
    if (heard === undefined) throw new Error('heard nothing');
    if (text === 'beat' || text === 'closed') {
      if (heard !== text) throw new Error(`heard ${describe(heard)}`);
      return;
    }
    const { command, headers, body } = splitFrame(text);
    if (typeof heard === 'string' || heard.command !== command) {
      throw new Error(`heard ${describe(heard)}`);
    }
    for (const header of headers) this.#expectHeader(heard, header);
    if (body !== undefined && heard.body !== body) throw new Error(`heard ${describe(heard)}`);
  }

  #expectHeader(heard: HeardFrame, expected: string): void {
    const colon = expected.indexOf(':');
    if (colon < 0 && expected.startsWith('-')) {
      if (heard.headers.has(expected.slice(1))) throw new Error(`heard ${describe(heard)}`);
      return;
    }
    const actual = heard.headers.get(expected.slice(0, colon));
    const value = expected.slice(colon + 1);
    const word = value.startsWith('$') ? value.slice(1) : undefined;
    if (word !== undefined && actual !== undefined && !this.#words.has(word)) {
      this.#words.set(word, actual);
      return;
    }
    const wanted = word === undefined ? value : this.#words.get(word);
    if (actual !== wanted) throw new Error(`heard ${describe(heard)}`);
  }

  #expectSilence(name: string, actor: Actor): void {
    const heard = actor.hear();
    if (heard === undefined || heard === 'closed') return;
    throw new Error(`${name} heard also ${describe(heard)}`);
  }
}

function splitFrame(text: string): {
  command: string;
  headers: string[];
  body: string | undefined;
} {
  const bar = text.indexOf(' | ');
  const head = bar < 0 ? text : text.slice(0, bar);
  const [command = '', ...headers] = head.split(' ');
  const body = bar < 0 ? undefined : text.slice(bar + 3);
  const meaning: Readonly<Record<string, string>> = { n: '\n', r: '\r', 0: '\0' };
  const meant = body?.replace(/\\([nr0])/g, (_, letter: string) => meaning[letter] ?? letter);
  return { command, headers, body: meant };
}

function describe(heard: HeardFrame | string): string {
  if (typeof heard === 'string') return heard;
  const headers = [...heard.headers].map(([name, value]) => `${name}:${value}`);
  return `${heard.command} ${headers.join(' ')} | ${heard.body}`;
}
