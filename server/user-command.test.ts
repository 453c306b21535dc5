import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { completeConfig, UsageError } from './config.ts';
import { startServer } from './server.ts';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

async function user(args: readonly string[], typed: string): Promise<[number, string, string]> {
  const child = spawn(process.execPath, [MAIN, 'user', ...args]);
  const said = ['', ''];
  for (const [at, stream] of [child.stdout, child.stderr].entries()) {
    stream.on('data', (chunk) => {
      said[at] += chunk;
    });
  }
  child.stdin.on('error', () => {});
  child.stdin.end(typed);
  const [code] = await once(child, 'close');
  return [code, said[0] ?? '', said[1] ?? ''];
}

test('angelia user prints a line for --user that has no password in it', async (t) => {
  const [code, line, complaint] = await user(['ann'], 'correct horse\r\nand more\n');
  t.deepEqual([code, complaint], [0, '']);
  t.regex(line, /^ann:SCRAM-SHA-512\$8192:\S+,SCRAM-SHA-256\$8192:\S+\n$/);
  const [name = '', verifier = ''] = line.trim().split(/:(.*)/);
  const server = await startServer({ vm: '', user: new Map([[name, verifier]]) });
  t.teardown(() => server.close());
  for (const [passcode, answer] of [
    ['correct horse', /^CONNECTED/],
    ['correct', /^ERROR/],
    [verifier, /^ERROR/],
  ] as const) {
    const socket = connect(Number(new URL(server.urls.stomp ?? '').port), '127.0.0.1');
    const escaped = passcode.replaceAll(':', '\\c');
    socket.write(`CONNECT\naccept-version:1.0\nlogin:ann\npasscode:${escaped}\n\n\0`);
    t.regex(String((await once(socket, 'data'))[0]), answer);
    socket.destroy();
  }
  const metrics = await fetch(`${server.urls.http}/metrics`, {
    headers: { authorization: `Basic ${Buffer.from('ann:correct horse').toString('base64')}` },
  });
  t.regex(await metrics.text(), /^angelia_auth_failures_total\{mechanism="STOMP"\} 2$/m);
});

test('angelia user says what is wrong, on stderr, with exit 1', async (t) => {
  for (const [args, typed, message] of [
    [['ann'], '', /expected a password on standard input/],
    [['a:b'], 'secret\n', /expected a name without colons/],
    [['ann', '--iterations', '1000'], 'secret\n', /from 4096 to 1000000/],
  ] as const) {
    const [code, line, complaint] = await user(args, typed);
    t.deepEqual([code, line], [1, '']);
    t.regex(complaint, message);
  }
});

test('a verifier that is none is refused at the start, and not repeated', (t) => {
  const user = new Map([['ann', 'SCRAM-SHA-256$4096:c2FsdA==$geheim']]);
  const error = t.throws(() => completeConfig({ user }), { instanceOf: UsageError });
  t.regex(error?.message ?? '', /^user: user 'ann': expected a verifier as 'angelia user NAME'/);
  t.false(error?.message.includes('geheim'));
});
