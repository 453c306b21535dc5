/**
 * The clients that take part, one row each: what it speaks, how it is installed, how its driver is
 * started. A new client is one driver in `drivers/` and one row here. Versions are pinned, so
 * that a red run means a change of ours.
 */

import { join } from 'node:path';
import { debianPackages, environmentOf, programOf } from './debian.ts';
import type { ValueType } from './dialogue.ts';
import type { Launch } from './driver.ts';
import { both, type Facts, go, java, npm, python, type Recipe } from './install.ts';

/** One client library under test. */
export interface Client {
  readonly name: string;
  /** Which door it comes through; `vm` lives in the broker's own process. */
  readonly door: 'stomp' | 'ws' | 'amqp' | 'vm';
  /**
   * How much of a message its API shows: JMS the JMS types, AMQP every AMQP type, STOMP strings.
   */
  readonly model: 'jms' | 'amqp' | 'stomp';
  /** False: takes part where the whole is run, not with `--own`. */
  readonly own?: boolean;
  /** Cases that the library has no means for, and why. */
  readonly cannot?: Readonly<Record<string, string>>;
  /** Types of values that it can neither write nor read. */
  readonly lacks?: readonly ValueType[];
  /** Absent: needs nothing but the project itself. */
  readonly recipe?: Recipe;
  launch(home: string, facts: Facts): Launch;
}

/** The project's root, from `dist/conformance/interop/`. */
export const PROJECT_ROOT: string = join(import.meta.dirname, '..', '..', '..');
/** Python and Java sources are read where they are written; Node drivers where they are built. */
const SOURCES = join(PROJECT_ROOT, 'conformance', 'interop', 'drivers');
const BUILT = join(import.meta.dirname, 'drivers');

function node(file: string): Client['launch'] {
  return (home) => ({
    command: process.execPath,
    args: [join(BUILT, file)],
    env: { INTEROP_HOME: home },
  });
}

function pythonProgram(file: string): Client['launch'] {
  return (_home, { program = 'python3' }) => ({
    command: program,
    args: ['-u', join(SOURCES, file)],
    env: { PYTHONDONTWRITEBYTECODE: '1' },
  });
}

/** A program that Debian has, with the library beside it. */
function debianProgram(program: string, ...words: readonly string[]): Client['launch'] {
  return (_home, { root = '/' }) => ({
    command: programOf(root, `usr/bin/${program}`),
    args: [...words.slice(0, -1), join(SOURCES, words.at(-1) ?? '')],
    env: environmentOf(root),
  });
}

const CHROMIUM = 'usr/lib/chromium/chromium-headless-shell';
const POM = join(SOURCES, 'qpid-jms.xml');
const GO_SOURCES = ['go-amqp.go', 'go-amqp-message.go'].map((file) => join(SOURCES, file));
const JAVA_SOURCES = ['qpid-jms.java', 'JmsMessages.java'].map((file) => join(SOURCES, file));

/** Everybody, in the order of the table. */
export const CLIENTS: readonly Client[] = [
  {
    name: 'ts',
    door: 'vm',
    model: 'jms',
    launch: node('ts.js'),
  },
  {
    name: 'stompit',
    door: 'stomp',
    model: 'stomp',
    recipe: npm('stompit@1.0.0'),
    launch: node('stompit.js'),
  },
  {
    name: 'stompjs',
    door: 'stomp',
    model: 'stomp',
    recipe: npm('@stomp/stompjs@7.5.0'),
    launch: node('stompjs.js'),
  },
  {
    name: 'stompjs-ws',
    door: 'ws',
    model: 'stomp',
    recipe: npm('@stomp/stompjs@7.5.0', 'ws@8.18.3'),
    launch: node('stompjs.js'),
  },
  {
    name: 'stompjs-chromium',
    door: 'ws',
    model: 'stomp',
    own: false,
    recipe: both(
      debianPackages(['chromium-headless-shell'], {
        program: CHROMIUM,
        words: ['--headless', '--no-sandbox', '--disable-gpu', '--dump-dom', 'about:blank'],
      }),
      npm('@stomp/stompjs@7.5.0'),
    ),
    launch: (home, { root = '/' }) => ({
      command: process.execPath,
      args: [join(BUILT, 'stompjs-chromium.js')],
      env: {
        INTEROP_HOME: home,
        INTEROP_BROWSER: programOf(root, CHROMIUM),
        INTEROP_LIBRARIES: environmentOf(root)['LD_LIBRARY_PATH'] ?? '',
        INTEROP_PAGE: join(SOURCES, 'stompjs-page.html'),
      },
    }),
  },
  {
    name: 'stomp.py',
    door: 'stomp',
    model: 'stomp',
    recipe: python(['stomp.py==9.0.0']),
    launch: pythonProgram('stomp-py.py'),
  },
  {
    name: 'ruby-stomp',
    door: 'stomp',
    model: 'stomp',
    recipe: debianPackages(['ruby', 'ruby-stomp'], {
      program: 'usr/bin/ruby',
      words: ['--disable-gems', '-e', 'require "stomp"; require "json"'],
    }),
    launch: debianProgram('ruby', '--disable-gems', 'ruby-stomp.rb'),
  },
  {
    name: 'net-stomp',
    door: 'stomp',
    model: 'stomp',
    cannot: { 'heart-beat': 'the library has no heart-beats' },
    recipe: debianPackages(['perl', 'libnet-stomp-perl'], {
      program: 'usr/bin/perl',
      words: ['-MNet::Stomp', '-MJSON::PP', '-e', '1'],
    }),
    launch: debianProgram('perl', 'net-stomp.pl'),
  },
  {
    name: 'rhea',
    door: 'amqp',
    model: 'amqp',
    cannot: { transaction: 'the library has no transactions' },
    recipe: npm('rhea@3.0.5'),
    launch: node('rhea.js'),
  },
  {
    name: 'proton',
    door: 'amqp',
    model: 'amqp',
    recipe: python(['python-qpid-proton==0.40.0'], 'python3-qpid-proton'),
    launch: pythonProgram('qpid-proton.py'),
  },
  {
    name: 'go-amqp',
    door: 'amqp',
    model: 'amqp',
    cannot: { transaction: 'the library has no transactions' },
    // It reads symbols as strings.
    lacks: ['char', 'symbol'],
    recipe: go(GO_SOURCES, 'github.com/Azure/go-amqp', 'v1.7.0'),
    launch: (_home, { program = 'driver' }) => ({ command: program, args: [] }),
  },
  {
    name: 'qpid-jms',
    door: 'amqp',
    model: 'jms',
    recipe: java({ pom: POM, sources: JAVA_SOURCES }),
    launch: (_home, { classPath = '' }) => ({
      command: 'java',
      args: ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-cp', classPath, 'QpidJms'],
    }),
  },
];
