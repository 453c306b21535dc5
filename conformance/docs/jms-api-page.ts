// Writes docs/jms-api.md: interface, method, section, and the first case of the suite that calls the
// method. The cases are run over the local Provider, and their calls noted. A test compares the page
// with what this would write; `npm run docs` brings it up to date.

import { fileURLToPath } from 'node:url';
import { cases, Fixture, runCase, titleOf } from '../jms/index.ts';
import { local } from '../jms/subjects.ts';
import { CallRecorder, watchAll } from './call-recorder.ts';
import { type JavaInterface, type JavaMethod, javaInterfaces } from './jms-methods.ts';

const HEAD = `# The JMS API, method by method

<!-- Generated from the conformance suite by npm run docs -->

Every interface of \`jakarta.jms\` 3.1 that this package has, with Java's names, and for each method the
first case of the [conformance suite](conformance.md) that calls it. What may touch the broker returns a
promise; [jms.md](jms.md) says what else TypeScript changes. XA, connection consumers and the listener of
a session are refused by name.
`;

/** These are the user's to implement: a case is found by its text. */
const LISTENERS = ['ExceptionListener', 'MessageListener', 'CompletionListener'];

/** Returns the whole page. */
export async function jmsApiPage(): Promise<string> {
  const callers = await firstCallers();
  const count = javaInterfaces.reduce((sum, { methods }) => sum + methods.length, 0);
  let page = `${HEAD}\n${javaInterfaces.length} interfaces, ${count} methods.\n`;
  for (const one of javaInterfaces) {
    page += `\n## ${one.name}, section ${one.section}\n\n`;
    if (one.methods.length === 0) {
      page += 'It has no methods.\n';
      continue;
    }
    page += '| Method | Case |\n|---|---|\n';
    for (const method of one.methods) {
      page += `| \`${method.signature}\` | ${caseOf(one, method, callers)} |\n`;
    }
  }
  return page;
}

function caseOf(
  { name }: JavaInterface,
  method: JavaMethod,
  callers: ReadonlyMap<string, string>,
): string {
  if (LISTENERS.includes(name)) {
    const found = cases.find(({ run }) => String(run).includes(method.name));
    return found === undefined ? '' : escaped(titleOf(found));
  }
  const exact = callers.get(`${name}.${method.name}/${method.parameters}`);
  const any = method.alone ? callers.get(`${name}.${method.name}`) : undefined;
  return escaped(exact ?? any ?? '');
}

/** For each call, with and without its number of parameters: the title of the first case. */
async function firstCallers(): Promise<Map<string, string>> {
  const recorder = new CallRecorder();
  const fixture = new Fixture(local);
  await watchAll(recorder, fixture);
  await fixture.release();
  const first = new Map<string, string>();
  for (const one of cases) {
    recorder.calls.clear();
    await runCase(one, local);
    for (const call of recorder.calls) {
      for (const key of [call, call.replace(/\/\d+$/, '')]) {
        if (!first.has(key)) first.set(key, titleOf(one));
      }
    }
  }
  return first;
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(await jmsApiPage());
