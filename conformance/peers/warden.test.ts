import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'ava';

const onUnix = process.platform === 'win32' ? test.skip : test;

const WARDEN = JSON.stringify(new URL('./warden.js', import.meta.url).href);

/** A process that starts a sleeper under a warden, says its number, and waits to be killed. */
function owner(dismissed: boolean): string {
  return `
    import { spawn } from 'node:child_process';
    import { Warden } from ${WARDEN};
    const warden = new Warden();
    const sleeper = spawn('sh', ['-c', 'sleep 1000; :'], { detached: true, stdio: ['ignore', 'inherit', 'ignore'] });
    warden.watch(sleeper.pid);
    ${dismissed ? 'warden.dismiss();' : ''}
    console.log(sleeper.pid);
    setInterval(() => {}, 1000);
  `;
}

for (const dismissed of [false, true]) {
  const what = dismissed ? 'a dismissed warden ends nobody' : 'who is watched goes with its owner';
  onUnix(what, async (t) => {
    const args = ['--input-type=module', '-e', owner(dismissed)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const sleeper = Number(await once(child.stdout, 'data'));
    const ended = once(child, 'exit');
    // The sleeper holds the same output: it closes when both are gone.
    const closed = once(child.stdout, 'close');
    child.kill('SIGKILL');
    await ended;
    // Throws if it is not there.
    if (dismissed) process.kill(-sleeper, 'SIGKILL');
    await closed;
    t.pass();
  });
}
