/**
 * What another process and all that it started have used, as Linux tells it under /proc: CPU time and
 * memory.
 *
 * Elsewhere the answer is undefined, which reports as "n/a". The CPU clock ticks every 10 ms, so a
 * round of two seconds is known to half a percent.
 */

import { readdirSync, readFileSync } from 'node:fs';

/** Microseconds in one tick of the CPU times in /proc: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_US = 10_000;

/**
 * User and system time of `pid` and its descendants since its start, in microseconds, of those that
 * died included; undefined where nobody tells.
 */
export function cpuUs(pid: number | undefined): number | undefined {
  return sum(pid, (one) => {
    let ticks = 0;
    for (const field of statOf(one)?.slice(11, 15) ?? []) ticks += Number(field);
    return ticks * TICK_US;
  });
}

/** The most memory that each of them has held at once (VmHWM), in bytes, added up. */
export function peakBytes(pid: number | undefined): number | undefined {
  return sum(pid, (one) => kilobytes(one, /^VmHWM:\s+(\d+) kB$/m) * 1024);
}

/** The memory that they hold now (VmRSS), in bytes. */
export function memoryBytes(pid: number | undefined): number | undefined {
  return sum(pid, (one) => kilobytes(one, /^VmRSS:\s+(\d+) kB$/m) * 1024);
}

/** Bytes that they had put on the disk, or on their way there; a page that was touched counts as a whole. */
export function diskBytes(pid: number | undefined): number | undefined {
  return sum(pid, (one) => Number(readProc(one, 'io')?.match(/^write_bytes: (\d+)$/m)?.[1] ?? 0));
}

function sum(root: number | undefined, of: (pid: number) => number): number | undefined {
  if (root === undefined || process.platform !== 'linux') return undefined;
  if (statOf(root) === undefined) return undefined;
  return treeOf(root).reduce((total, pid) => total + of(pid), 0);
}

function treeOf(root: number): number[] {
  const parents = readdirSync('/proc')
    .map(Number)
    .filter(Number.isInteger)
    .map((pid) => [pid, Number(statOf(pid)?.[1])] as const);
  const tree = [root];
  // Grows while it is walked.
  for (const parent of tree) {
    for (const [pid, of] of parents) if (of === parent) tree.push(pid);
  }
  return tree;
}

/** The fields after the command's name, which may itself hold spaces and parentheses. */
function statOf(pid: number): string[] | undefined {
  const text = readProc(pid, 'stat');
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

function kilobytes(pid: number, line: RegExp): number {
  return Number(readProc(pid, 'status')?.match(line)?.[1] ?? 0);
}

function readProc(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}
