/**
 * The programs of the part `security`: real clients with passwords and certificates, one row each. A
 * program prints a line of JSON for each test, and how many it must print is said here.
 */

import { join } from 'node:path';
import { PROJECT_ROOT } from '../clients.ts';
import type { Launch } from '../driver.ts';
import { type Facts, go, java, npm, python, type Recipe } from '../install.ts';
import { protonWithCyrus } from './cyrus.ts';

/** What a program is told, as JSON in INTEROP_SECURITY. */
export interface SecurityFacts {
  readonly urls: Readonly<Record<string, string>>;
  /** The folder of the PEM files. */
  readonly certificates: string;
  /** Of alice, whom the server was given with it, and bob, of whom it was given a verifier. */
  readonly password: string;
}

/** A real client's program. */
export interface Program {
  readonly name: string;
  /** Its folder in the cache. */
  readonly home: string;
  readonly recipe: Recipe;
  readonly tests: number;
  launch(home: string, facts: Facts): Launch;
}

const SOURCES = join(PROJECT_ROOT, 'conformance', 'interop', 'security');
const NODE_PROGRAM = join(import.meta.dirname, 'node-clients.js');
const QPID_POM = join(PROJECT_ROOT, 'conformance', 'interop', 'drivers', 'qpid-jms.xml');

function node(name: string): Program['launch'] {
  return (home) => ({
    command: process.execPath,
    args: [NODE_PROGRAM, name],
    env: { INTEROP_HOME: home },
  });
}

function pythonProgram(file: string): Program['launch'] {
  return (_home, { program = 'python3' }) => ({
    command: program,
    args: ['-u', join(SOURCES, file)],
  });
}

/** Everybody, in the order of the report. */
export const PROGRAMS: readonly Program[] = [
  {
    name: 'qpid-jms',
    home: 'qpid-jms-security',
    recipe: java({ pom: QPID_POM, sources: [join(SOURCES, 'QpidSecurity.java')] }),
    tests: 24,
    launch: (_home, { classPath = '' }) => ({
      command: 'java',
      args: ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-cp', classPath, 'QpidSecurity'],
    }),
  },
  {
    name: 'proton',
    home: 'proton',
    recipe: python(['python-qpid-proton==0.40.0'], 'python3-qpid-proton'),
    tests: 6,
    launch: pythonProgram('proton-security.py'),
  },
  {
    name: 'proton-cyrus',
    home: 'proton-cyrus',
    recipe: protonWithCyrus,
    tests: 12,
    launch: pythonProgram('proton-security.py'),
  },
  {
    name: 'go-amqp',
    home: 'go-amqp-security',
    recipe: go([join(SOURCES, 'go-security.go')], 'github.com/Azure/go-amqp', 'v1.7.0'),
    tests: 11,
    launch: (_home, { program = '' }) => ({ command: program, args: [] }),
  },
  {
    name: 'stomp.py',
    home: 'stomp.py',
    recipe: python(['stomp.py==9.0.0']),
    tests: 8,
    launch: pythonProgram('stomp-py-security.py'),
  },
  {
    name: 'rhea',
    home: 'rhea',
    recipe: npm('rhea@3.0.5'),
    tests: 7,
    launch: node('rhea'),
  },
  {
    name: 'stompit',
    home: 'stompit',
    recipe: npm('stompit@1.0.0'),
    tests: 7,
    launch: node('stompit'),
  },
  {
    name: 'stompjs',
    home: 'stompjs-ws',
    recipe: npm('@stomp/stompjs@7.5.0', 'ws@8.18.3'),
    tests: 7,
    launch: node('stompjs'),
  },
];
