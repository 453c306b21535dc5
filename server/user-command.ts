// `angelia user NAME`: prints a line for --user or the file that has no password in it, but a verifier
// of one. The password is read from standard input, so that no list of processes ever shows it.

import process from 'node:process';
import type { Command } from 'commander';
import { credentialsOf, formatCredentials, gatewayLimits } from '#gateway';
import type { Task } from './data-command.ts';

const ExitCode = { well: 0, failed: 1 } as const;
const NAME: RegExp = /^[^:\s]+$/;

/** Adds the command; `asked` gets what is to be done. */
export function addUserCommand(program: Command, asked: (task: Task) => void): void {
  const { scramIterations, scramIterationsMin: min, scramIterationsMax: max } = gatewayLimits;
  program
    .command('user')
    .description('Print a line for --user with a verifier instead of a password, read from stdin.')
    .argument('<name>', 'What the user is called')
    .option(
      '--iterations <n>',
      `How much work a guess is, ${min} to ${max}`,
      String(scramIterations),
    )
    .allowExcessArguments(false)
    .action((name: string, { iterations }: { iterations: string }) =>
      asked(() => makeUser(name, Number(iterations))),
    );
}

async function makeUser(name: string, iterations: number): Promise<number> {
  const { scramIterationsMin: min, scramIterationsMax: max } = gatewayLimits;
  if (!NAME.test(name)) return fail(`expected a name without colons and spaces, got '${name}'`);
  if (!Number.isInteger(iterations) || iterations < min || iterations > max) {
    return fail(`--iterations: expected a whole number from ${min} to ${max}`);
  }
  const password = process.stdin.isTTY ? await askForPassword(name) : await readLine();
  if (password === '') return fail('expected a password on standard input, got nothing');
  process.stdout.write(`${name}:${formatCredentials(credentialsOf(password, iterations))}\n`);
  return ExitCode.well;
}

function fail(reason: string): number {
  process.stderr.write(`angelia: ${reason}\n`);
  return ExitCode.failed;
}

/** The first line of standard input. */
async function readLine(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  const [line = ''] = text.split(/\r?\n/, 1);
  return line;
}

/** Asks at a terminal, which does not show what is typed. */
async function askForPassword(name: string): Promise<string> {
  process.stderr.write(`Password of ${name}: `);
  process.stdin.setRawMode(true);
  try {
    return await typed();
  } finally {
    process.stdin.setRawMode(false);
    process.stderr.write('\n');
  }
}

/** What is typed until Enter; nothing, if that is Ctrl-C or Ctrl-D. */
async function typed(): Promise<string> {
  let text = '';
  for await (const keys of process.stdin.setEncoding('utf8')) {
    for (const key of String(keys)) {
      if (key === '\r' || key === '\n') return text;
      if (key === '\u0003' || key === '\u0004') return '';
      const rubbed = key === '\u007f' || key === '\b';
      text = rubbed ? [...text].slice(0, -1).join('') : text + key;
    }
  }
  return text;
}
