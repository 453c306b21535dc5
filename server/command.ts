// The command line, by commander, from the table of options. It only reads: what to do with what was
// read is said in `main.ts`.

import { Command, CommanderError, Option as Flag } from 'commander';
import { UsageError } from './config.ts';
import { addDataCommands, type Task } from './data-command.ts';
import { flagOf, type OptionKey, options, sayableKeys } from './options.ts';
import { addUserCommand } from './user-command.ts';
import { version } from './version.ts';

/** What was said on the command line, by option key. */
export type Flags = Partial<Record<OptionKey, string | boolean | readonly string[]>>;

/**
 * Reads the arguments after the program's name.
 *
 * @returns the flags of `serve`, or the task of another command; `undefined` if help or the version
 *   were asked for, and printed
 * @throws {UsageError} for a command or a flag that does not exist, or a flag without its value
 */
export function parseCommand(argv: readonly string[]): Flags | Task | undefined {
  let said: Flags | Task | undefined;
  const program = new Command('angelia')
    .description('A message broker with JMS semantics that speaks AMQP 1.0 and STOMP.')
    .version(version)
    .showSuggestionAfterError(false)
    .exitOverride()
    // Complaints become a UsageError, whose one line main.ts prints.
    .configureOutput({ outputError: () => {} });
  const serve = program
    .command('serve')
    .description('Run the broker until SIGTERM or SIGINT.')
    .allowExcessArguments(false)
    .addHelpText('after', AFTER_HELP);
  for (const key of sayableKeys) serve.addOption(flagFor(key));
  serve.action((values: Record<string, unknown>) => {
    const keys = sayableKeys.filter((key) => serve.getOptionValueSource(key) === 'cli');
    said = Object.fromEntries(keys.map((key) => [key, values[key]]));
  });
  const asked = (task: Task): void => {
    said = task;
  };
  addDataCommands(program, asked);
  addUserCommand(program, asked);
  if (argv.length === 0) throw new UsageError("no command: try 'angelia serve' or 'angelia help'");
  try {
    program.parse(argv, { from: 'user' });
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause;
    if (cause.exitCode === 0 || cause.code === 'commander.help') return undefined;
    const sentence = cause.message.replace(/^error: /, '');
    throw new UsageError(`${sentence}; 'angelia help serve' lists what there is`, { cause });
  }
  return said;
}

const AFTER_HELP = `
Each option can also be said in the environment (--amqp-port: ANGELIA_AMQP_PORT) and in the file of
--config (amqp-port: 5672). Order: flag, environment, file, default.

Exit codes: 0 stopped, 1 could not start, 2 bad usage, 70 a broken invariant, 130 second signal.`;

function flagFor(key: OptionKey): Flag {
  const { kind, placeholder, range, sentence, unit, default: initial } = options[key];
  const facts = [unit !== '' && range, typeof initial !== 'boolean' && initialText(initial)];
  const text = facts.filter((fact) => typeof fact === 'string' && fact !== '').join('; ');
  const name = kind === 'switch' ? flagOf(key) : `${flagOf(key)} <${placeholder}>`;
  const said = initial === true ? `Turn off: ${sentence}` : sentence;
  const flag = new Flag(name, text === '' ? said : `${said} (${text})`);
  // Commander's own environment support would not tell a flag from a variable in messages.
  if (kind !== 'list') return flag;
  return flag.argParser((value: string, earlier: string[] = []) => [...earlier, value]);
}

function initialText(initial: unknown): string {
  if (initial === undefined || initial instanceof Map) return '';
  return `default ${String(initial)}`;
}
