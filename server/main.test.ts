import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import type { Urls } from './tokens.ts';

// The binary as a caller sees it: arguments and signals in; lines, ports and exit codes out.

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

interface Ready {
  readonly ready: boolean;
  readonly version: string;
  readonly pid: number;
  readonly data: string | null;
  readonly urls: Readonly<Urls>;
}

interface Run {
  readonly child: ChildProcess;
  readonly cwd: string;
  stdout: string;
  stderr: string;
  /** Resolves to exit code and signal. */
  readonly ended: Promise<readonly [number | null, NodeJS.Signals | null]>;
}

function run(
  t: ExecutionContext,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  nodeArgs: readonly string[] = [],
): Run {
  const cwd = mkdtempSync(join(tmpdir(), 'angelia-'));
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('ANGELIA_'));
  const child = spawn(process.execPath, [...nodeArgs, MAIN, ...args], {
    cwd,
    env: { ...Object.fromEntries(inherited), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const it: Run = { child, cwd, stdout: '', stderr: '', ended };
  child.stdout?.on('data', (chunk) => {
    it.stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    it.stderr += chunk;
  });
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(cwd, { recursive: true, force: true });
  });
  return it;
}

/** Waits for the ready line. */
async function ready(server: Run): Promise<Ready> {
  while (!server.stdout.includes('\n')) {
    const next = server.child.stdout && once(server.child.stdout, 'data');
    if ((await Promise.race([next, server.ended.then(() => 'ended')])) === 'ended') {
      throw new Error(`ended before it was ready:\n${server.stderr}`);
    }
  }
  return JSON.parse(server.stdout);
}

const SERVE = ['serve', '--memory', '--ports', 'random', '--ready-json'];

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

test('serve prints exactly one line on stdout, and drains on SIGTERM with exit 0', async (t) => {
  const server = run(t, SERVE);
  const said = await ready(server);
  t.is(said.ready, true);
  t.is(said.pid, server.child.pid ?? 0);
  t.is(said.data, null);
  t.deepEqual(Object.keys(said.urls), ['amqp', 'stomp', 'ws', 'multi', 'http']);
  for (const [name, url] of Object.entries(said.urls)) {
    t.regex(url, new RegExp(`^${name === 'multi' ? 'tcp' : name}://127\\.0\\.0\\.1:[1-9]\\d*$`));
  }
  t.is((await fetch(`${said.urls.http}/readyz`)).status, 200);
  server.child.kill('SIGTERM');
  t.deepEqual(await server.ended, [0, null]);
  t.is(lines(server.stdout).length, 1);
  t.regex(server.stderr, /messages live in memory/);
  t.deepEqual(readdirSync(server.cwd), [], 'no file or directory is created');
});

test('SIGINT stops it as well; a door with port -1 stays shut', async (t) => {
  const shut = ['--stomp-port', '-1', '--amqp-port=-1', '--ws-port=-1', '--multi-port=-1'];
  const server = run(t, [...SERVE, ...shut]);
  t.deepEqual(Object.keys((await ready(server)).urls), ['http']);
  server.child.kill('SIGINT');
  t.deepEqual(await server.ended, [0, null]);
});

test('a second signal ends the drain at once with 130', async (t) => {
  // Any listener that is not closed holds the drain; the second signal must not wait for it.
  const hold = 'const {Server}=await import("node:net");Server.prototype.close=function(){}';
  const server = run(t, SERVE, {}, ['--import', `data:text/javascript,${hold}`]);
  const { urls } = await ready(server);
  server.child.kill('SIGTERM');
  for (;;) if ((await fetch(`${urls.http}/readyz`)).status === 503) break;
  server.child.kill('SIGTERM');
  t.deepEqual(await server.ended, [130, null]);
});

test('bad usage exits with 2 and one line that says what was expected', async (t) => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /no command/],
    [['sevre'], /unknown command 'sevre'/],
    [['serve', '--mqtt-port', '1883'], /unknown option '--mqtt-port'/],
    [['serve', '--amqps-port', '5671'], /--amqps-port needs a certificate: add --tls-cert/],
    [['serve', '--amqp-port', '65536'], /--amqp-port: expected .* -1 to 65535, got 65536/],
    [['serve', '--amqp-port', 'x'], /--amqp-port: expected .*, got "x"/],
    [['serve', '--amqp-port'], /--amqp-port/],
    [['serve', '--amqp-port', '61613'], /--amqp-port and --stomp-port both ask for port 61613/],
    [['serve', '--ports', 'fixed'], /--ports: expected random, got "fixed"/],
    [['serve', '--user', 'alice'], /--user: expected NAME:PASSWORD/],
    [['serve', '--data', 'x', '--memory'], /--data and memory/],
    [['serve', '--host', '0.0.0.0'], /--user NAME:PASSWORD, or say --anonymous/],
    [['serve', '--config', 'absent.yaml'], /the file absent.yaml cannot be read/],
    [['serve', 'now'], /too many arguments/],
  ];
  await Promise.all(
    cases.map(async ([args, expected]) => {
      const server = run(t, args);
      t.deepEqual(await server.ended, [2, null], args.join(' '));
      t.is(server.stdout, '');
      t.is(lines(server.stderr).length, 1, server.stderr);
      t.regex(server.stderr, expected);
    }),
  );
});

test('a port in use exits with 1 and one line that says what to do', async (t) => {
  const holder = createServer().listen({ port: 0, host: '127.0.0.1' });
  await once(holder, 'listening');
  t.teardown(() => holder.close());
  const address = holder.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  for (const flag of ['--amqp-port', '--http-port']) {
    const server = run(t, [...SERVE, flag, String(port)]);
    t.deepEqual(await server.ended, [1, null]);
    t.is(server.stdout, '');
    const [line = ''] = lines(server.stderr).slice(-1);
    t.true(line.includes(`port ${port} on 127.0.0.1`), line);
    t.true(line.includes(`choose another with ${flag}`), line);
  }
});

test('a host other than loopback starts with users, or with --anonymous', async (t) => {
  for (const extra of [['--user', 'alice:secret'], ['--anonymous']]) {
    const server = run(t, [...SERVE, '--host', '0.0.0.0', ...extra]);
    t.true((await ready(server)).ready);
    server.child.kill('SIGTERM');
    t.deepEqual(await server.ended, [0, null]);
  }
});

test('flag wins over environment, environment over file, file over default', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'angelia-config-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'angelia.yaml');
  writeFileSync(
    file,
    'amqp-port: -1\nstomp-port: -1\nws-port: -1\nmulti-port: -1\nhttp-port: 0\nready-json: true\n',
  );
  const server = run(t, ['serve', '--memory', '--amqp-port', '0'], {
    ANGELIA_CONFIG: file,
    ANGELIA_STOMP_PORT: '0',
    ANGELIA_AMQP_PORT: '-1',
    ANGELIA_STOMPPORT: '1',
  });
  t.deepEqual(Object.keys((await ready(server)).urls), ['amqp', 'stomp', 'http']);
  t.regex(server.stderr, /ANGELIA_STOMPPORT/, 'a variable that is none is named');
});

test('the log is JSON with --log-format json', async (t) => {
  const server = run(t, [...SERVE, '--log-format', 'json']);
  await ready(server);
  server.child.kill('SIGTERM');
  await server.ended;
  const events = lines(server.stderr).map((line) => JSON.parse(line));
  t.deepEqual(
    events.map(({ level, msg }) => [level, msg]),
    [
      ['info', 'ready'],
      ['warn', 'messages live in memory and are gone when the server stops'],
      ['info', 'stopped'],
    ],
  );
});

test('a broken invariant is logged with the state and exits with 70', async (t) => {
  for (const failure of ['throw new Error("boom")', 'Promise.reject(new Error("boom"))']) {
    const afterReady =
      'const {write}=process.stdout;process.stdout.write=function(...args){' +
      `setImmediate(()=>{${failure}});return write.apply(this,args)}`;
    const server = run(t, SERVE, {}, ['--import', `data:text/javascript,${afterReady}`]);
    t.deepEqual(await server.ended, [70, null]);
    t.regex(server.stderr, /an invariant is broken/);
    t.regex(server.stderr, /boom/);
    t.regex(server.stderr, /storedMessages/);
  }
});

test('help and version are answers: stdout, exit 0', async (t) => {
  const help = run(t, ['help', 'serve']);
  t.deepEqual(await help.ended, [0, null]);
  t.regex(help.stdout, /--amqp-port <PORT>/);
  const version = run(t, ['--version']);
  t.deepEqual(await version.ended, [0, null]);
  t.regex(version.stdout, /^\d+\.\d+\.\d+\n$/);
});
