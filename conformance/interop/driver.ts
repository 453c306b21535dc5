/**
 * One running driver: starts its process, tells it commands, hands back its answers. A driver that
 * says nothing in time, or ends, is dead: the call fails with the last that it wrote to standard
 * error, and the process is killed. Starting another is the caller's decision.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type {
  Acknowledge,
  Answer,
  Command,
  ConnectOptions,
  Destination,
  Hello,
  MessageSpec,
  Outcome,
  Received,
  SubscribeOptions,
} from './dialogue.ts';
import { LastWords } from './last-words.ts';

/** How a driver's process is started. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const START_MS_MAX = 30_000;
/** Longer than any time-out inside a driver, so that its own words come first. */
const ANSWER_MS_MAX = 30_000;

type Line = Hello | Answer;

export class Driver {
  readonly #process: ChildProcess;
  readonly #lastWords: LastWords;
  #waiting: { resolve(line: Line): void; reject(error: Error): void } | undefined = undefined;
  #end: string | undefined = undefined;

  private constructor(launch: Launch) {
    this.#process = spawn(launch.command, launch.args, {
      env: { ...process.env, ...launch.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#process.on('error', (error) => this.#ended(error.message));
    this.#process.on('exit', (code, signal) => this.#ended(`ended with ${signal ?? code}`));
    this.#process.stdin?.on('error', () => undefined);
    const { stdout, stderr } = this.#process;
    if (stdout === null || stderr === null) throw new Error('a driver has three pipes');
    createInterface({ input: stdout }).on('line', (line) => this.#heard(line));
    this.#lastWords = new LastWords(stderr);
  }

  /** Starts a driver and waits for its hello. */
  static async start(launch: Launch): Promise<{ driver: Driver; hello: Hello }> {
    const driver = new Driver(launch);
    const hello = (await driver.#listen(START_MS_MAX)) as Hello;
    return { driver, hello };
  }

  get alive(): boolean {
    return this.#end === undefined;
  }

  connect(connection: string, url: string, options: ConnectOptions = {}): Promise<void> {
    return this.#do({ op: 'connect', connection, url, ...options });
  }

  send(
    connection: string,
    destination: Destination,
    messages: readonly MessageSpec[],
    transaction?: string,
  ): Promise<void> {
    const inside = transaction === undefined ? {} : { transaction };
    return this.#do({ op: 'send', connection, destination, messages, ...inside });
  }

  subscribe(
    connection: string,
    subscription: string,
    destination: Destination,
    acknowledge: Acknowledge,
    options: SubscribeOptions = {},
  ): Promise<void> {
    const words = { connection, subscription, destination, acknowledge, ...options };
    return this.#do({ op: 'subscribe', ...words });
  }

  receive(subscription: string, count: number, timeoutMs: number): Promise<Received[]> {
    return this.#messages({ op: 'receive', subscription, count, timeoutMs });
  }

  drain(subscription: string): Promise<Received[]> {
    return this.#messages({ op: 'drain', subscription });
  }

  acknowledge(subscription: string): Promise<void> {
    return this.#do({ op: 'acknowledge', subscription });
  }

  settle(subscription: string, at: number, outcome: Outcome, transaction?: string): Promise<void> {
    const inside = transaction === undefined ? {} : { transaction };
    return this.#do({ op: 'settle', subscription, at, outcome, ...inside });
  }

  unsubscribe(subscription: string, forget: boolean): Promise<void> {
    return this.#do({ op: 'unsubscribe', subscription, forget });
  }

  begin(connection: string, transaction: string): Promise<void> {
    return this.#do({ op: 'begin', connection, transaction });
  }

  end(connection: string, transaction: string, commit: boolean): Promise<void> {
    return this.#do({ op: 'end', connection, transaction, commit });
  }

  async node(connection: string, subscription: string): Promise<string> {
    const answer = await this.tell({ op: 'node', connection, subscription });
    return (answer.ok ? answer.address : undefined) ?? '';
  }

  close(connection: string): Promise<void> {
    return this.#do({ op: 'close', connection });
  }

  drop(connection: string): Promise<void> {
    return this.#do({ op: 'drop', connection });
  }

  /** Ends the process: kindly by the end of its input, then by force. */
  async stop(): Promise<void> {
    if (this.#end !== undefined) return;
    const gone = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()));
    const force = setTimeout(() => this.#process.kill('SIGKILL'), 5000);
    this.#process.stdin?.end();
    await gone;
    clearTimeout(force);
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  async #messages(command: Command): Promise<Received[]> {
    const answer = await this.tell(command);
    return [...(answer.ok ? (answer.messages ?? []) : [])];
  }

  async #do(command: Command): Promise<void> {
    await this.tell(command);
  }

  /** Says any words to it: a part of the run may have a driver with some of its own. */
  async tell(command: Command | { readonly op: string }): Promise<Answer> {
    if (this.#end !== undefined) throw new Error(this.#end);
    this.#process.stdin?.write(`${JSON.stringify(command)}\n`);
    const answer = (await this.#listen(ANSWER_MS_MAX)) as Answer;
    if (!answer.ok) throw new Error(`${command.op}: ${answer.error}`);
    return answer;
  }

  #listen(timeoutMs: number): Promise<Line> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#ended(`said nothing for ${timeoutMs / 1000} s`);
        this.kill();
      }, timeoutMs);
      this.#waiting = {
        resolve: (line) => {
          clearTimeout(timer);
          resolve(line);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      if (this.#end !== undefined) this.#waiting.reject(new Error(this.#end));
    });
  }

  #heard(text: string): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    try {
      waiting?.resolve(JSON.parse(text) as Line);
    } catch {
      waiting?.reject(new Error(`the driver answered no JSON: ${text.slice(0, 200)}`));
    }
  }

  #ended(how: string): void {
    const last = String(this.#lastWords);
    this.#end ??= `the driver ${how}${last === '' ? '' : `; it last said: ${last}`}`;
    this.#waiting?.reject(new Error(this.#end));
    this.#waiting = undefined;
  }
}
