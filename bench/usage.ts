/**
 * What another process has used, as Linux tells it under /proc: CPU time and peak memory.
 *
 * Elsewhere the answer is undefined, which reports as "n/a". The CPU clock ticks every 10 ms, so a
 * round of two seconds is known to half a percent.
 */

import { readFileSync } from 'node:fs';

/** Microseconds in one tick of the CPU times in /proc: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_US = 10_000;

/** User and system time of `pid` since its start, in microseconds; undefined where nobody tells. */
export function cpuUs(pid: number | undefined): number | undefined {
  const stat = readProc(pid, 'stat');
  if (stat === undefined) return undefined;
  // The command's name may hold spaces and parentheses; the fields begin after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** The most memory that `pid` has held at once (VmHWM), in bytes; undefined where nobody tells. */
export function peakBytes(pid: number | undefined): number | undefined {
  const found = readProc(pid, 'status')?.match(/^VmHWM:\s+(\d+) kB$/m);
  return found ? Number(found[1]) * 1024 : undefined;
}

/** The memory that `pid` holds now (VmRSS), in bytes; undefined where nobody tells. */
export function memoryBytes(pid: number | undefined): number | undefined {
  const found = readProc(pid, 'status')?.match(/^VmRSS:\s+(\d+) kB$/m);
  return found ? Number(found[1]) * 1024 : undefined;
}

function readProc(pid: number | undefined, name: string): string | undefined {
  if (pid === undefined || process.platform !== 'linux') return undefined;
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}
