// Writes docs/configuration.md from the table of options. A test compares the page with what this
// would write; `npm run docs` brings it up to date.

import { fileURLToPath } from 'node:url';
import {
  flagOf,
  nameOf,
  type OptionKey,
  optionKeys,
  options,
  sayableKeys,
  variableOf,
} from './options.ts';

const HEAD = `# Configuration

<!-- Generated from server/options.ts by npm run docs -->

An option can be said in four places; the first that says something wins: a flag, the environment,
the file named by \`--config\`, the default. Switches take \`true\` or \`false\` in the environment and in
the file. \`ANGELIA_USER\` takes several users separated by line breaks; in the file, \`user\` is a list.
A value out of its range, an unknown flag or an unknown key in the file ends the program with exit
code 2 and one line that says where it stood, what was expected and what came.

`;

const TAIL = `
## A file

\`\`\`yaml
host: 0.0.0.0
amqp-port: 5672
stomp-port: -1
user:
  - alice:correct horse
  - bob:battery staple
log-format: json
settings:
  orders.>:
    maxDeliveries: 5
\`\`\`

## Exit codes

| Code | Meaning |
|---:|---|
| 0 | stopped by SIGTERM or SIGINT, and drained |
| 1 | could not start: one line says why and what to do |
| 2 | bad usage: an option that does not exist, a value out of range, options that contradict |
| 70 | an invariant of the server broke: it says where, and stops |
| 130 | a second signal came while it was draining |
`;

/** Returns the whole page. */
export function configurationPage(): string {
  const rows = optionKeys.map((key) => {
    const { sentence, unit, range } = options[key];
    const sayable = sayableKeys.includes(key);
    const variable = sayable ? variableOf(key) : `in the file: \`${nameOf(key)}\``;
    const cells = [sayable ? flag(key) : 'none', variable, initial(key), unit, range, sentence];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  const table = [
    '| Flag | Environment | Default | Unit | Values | What it is for |',
    '|---|---|---|---|---|---|',
    ...rows,
  ];
  return `${HEAD}${table.join('\n')}\n${TAIL}`;
}

function flag(key: OptionKey): string {
  const { placeholder } = options[key];
  return `\`${flagOf(key)}${placeholder === '' ? '' : ` ${placeholder}`}\``;
}

function initial(key: OptionKey): string {
  const { default: value } = options[key];
  if (value === undefined || typeof value === 'object') return 'none';
  return nameOf(key) === 'config' ? 'none' : String(value);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(configurationPage());
