/**
 * A page in headless Chromium, spoken to over the browser's debugging pipe: starts the browser, loads
 * one page from a server of our own, calls functions in it, and hears what it tells. Knows nothing of
 * what the page is for. Owns the browser's process and its folder.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** A file that the page's server has. */
export interface PageFile {
  readonly type: string;
  readonly text: string;
}

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly payload?: string };
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

const FLAGS: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--remote-debugging-pipe',
];

/** Serves files on a port of this machine, so that the page has an origin as pages have. */
async function serveFiles(files: Readonly<Record<string, PageFile>>): Promise<string> {
  const server = createServer((request, response) => {
    const file = files[request.url ?? ''];
    if (file === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': `${file.type}; charset=utf-8` }).end(file.text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export class BrowserPage {
  readonly #browser: ChildProcess;
  readonly #heard: (text: string) => void;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #loaded: Promise<void>;
  #tellLoaded: () => void = () => undefined;
  #session: string | undefined = undefined;
  #rest = '';
  #calls = 0;

  private constructor(program: string, env: NodeJS.ProcessEnv, heard: (text: string) => void) {
    const folder = mkdtempSync(join(tmpdir(), 'interop-browser-'));
    this.#heard = heard;
    this.#loaded = new Promise((resolve) => {
      this.#tellLoaded = resolve;
    });
    this.#browser = spawn(program, [...FLAGS, `--user-data-dir=${folder}`, 'about:blank'], {
      env,
      stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe'],
    });
    // A browser outlives its parent otherwise.
    process.on('exit', () => {
      this.#browser.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    });
    const pipe = this.#browser.stdio[4] as Readable;
    pipe.setEncoding('utf8');
    pipe.on('data', (chunk: string) => this.#read(chunk));
    this.#browser.on('exit', () => process.exit(1));
  }

  /**
   * Opens `/` of the given files. `heard` is called with every text that the page says by `tell(text)`.
   */
  static async open(
    program: string,
    env: NodeJS.ProcessEnv,
    files: Readonly<Record<string, PageFile>>,
    heard: (text: string) => void,
  ): Promise<BrowserPage> {
    const page = new BrowserPage(program, env, heard);
    const { targetId } = await page.#ask('Target.createTarget', { url: 'about:blank' });
    const attached = await page.#ask('Target.attachToTarget', { targetId, flatten: true });
    page.#session = String(attached['sessionId']);
    await page.#ask('Page.enable', {});
    await page.#ask('Runtime.enable', {});
    await page.#ask('Runtime.addBinding', { name: 'tell' });
    await page.#ask('Page.navigate', { url: `${await serveFiles(files)}/` });
    await page.#loaded;
    return page;
  }

  /** Calls a function of the page; what it throws is thrown here. */
  async call(name: string, ...parameters: readonly unknown[]): Promise<unknown> {
    const expression = `${name}(...${JSON.stringify(parameters)})`;
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.#ask('Runtime.evaluate', options);
    const thrown = exceptionDetails as { exception?: { description?: string } } | undefined;
    if (thrown !== undefined) throw new Error(thrown.exception?.description ?? 'the page threw');
    return (result as { value?: unknown }).value;
  }

  async #ask(method: string, params: object): Promise<Record<string, unknown>> {
    this.#calls += 1;
    const id = this.#calls;
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve);
      (this.#browser.stdio[3] as Writable).write(
        `${JSON.stringify({ id, method, params, ...session })}\0`,
      );
    });
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result ?? {};
  }

  #read(chunk: string): void {
    const texts = (this.#rest + chunk).split('\0');
    this.#rest = texts.pop() ?? '';
    for (const text of texts) {
      const answer = JSON.parse(text) as Answer;
      if (answer.id !== undefined) {
        this.#waiting.get(answer.id)?.(answer);
        this.#waiting.delete(answer.id);
      } else if (answer.method === 'Runtime.bindingCalled')
        this.#heard(answer.params?.payload ?? '');
      else if (answer.method === 'Page.loadEventFired') this.#tellLoaded();
    }
  }
}
