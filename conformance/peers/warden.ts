/**
 * Ends what a peer started when we end without a word: a SIGKILL of our own leaves no time to do it
 * ourselves. The warden is a shell that reads who is to go with us, a line each time that changes, and acts
 * when the line breaks off. It knows process groups alone, so who is to be ended leads one.
 *
 * Invariant: after {@link Warden.dismiss} it ends nobody, whoever has got an old number since.
 */

import { type ChildProcess, spawn } from 'node:child_process';

const SCRIPT = `
while read -r groups; do kept="$groups"; done
[ -z "$kept" ] && exit
for group in $kept; do kill -9 "-$group" 2>/dev/null; done
[ -n "$1" ] && rm -rf -- "$1"
`;

/** Watches over the processes of one peer. */
export class Warden {
  readonly #shell: ChildProcess;

  /** `folder`, if given, goes with them. */
  constructor(folder?: string) {
    this.#shell = spawn('sh', ['-c', SCRIPT, 'sh', folder ?? ''], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#shell.on('error', () => undefined);
    this.#shell.stdin?.on('error', () => undefined);
    // It must not keep us here.
    this.#shell.unref();
    (this.#shell.stdin as { unref?(): void } | null)?.unref?.();
  }

  /** These lead the groups that go when we go. */
  watch(...pids: readonly number[]): void {
    this.#shell.stdin?.write(`${pids.join(' ')}\n`);
  }

  /** Nobody is left to be ended. */
  dismiss(): void {
    this.#shell.stdin?.end('\n');
  }
}
