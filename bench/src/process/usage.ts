import { readFileSync } from 'node:fs';
import { BenchFailure } from '../errors.ts';

/** What a process has used so far, as the kernel counts it: the same for a program in any language. */
export interface Usage {
  /** User and system time in seconds; the kernel counts in ticks of 10 ms. */
  readonly cpuSeconds: number;
  /** Resident memory now, in MiB. Holds the pages of the program file too, which processes share. */
  readonly rssMiB: number;
  /** Of that the part that no file backs: heap and stacks. */
  readonly anonymousMiB: number;
  /** The most that was ever resident. */
  readonly peakMiB: number;
}

/** USER_HZ: fixed in the kernel's interface to programs, whatever its own tick. */
const ticksPerSecond = 100;

/** Reads the texts of /proc/PID/stat and /proc/PID/status (proc_pid_stat(5), proc_pid_status(5)). */
export function parseUsage(stat: string, status: string): Usage {
  // The name stands in parentheses and may itself hold spaces and parentheses; the fields after it begin with number 3.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .trim()
    .split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  if (!Number.isFinite(ticks)) throw new BenchFailure(`This is no /proc/PID/stat: ${stat.slice(0, 200)}`);
  return {
    cpuSeconds: ticks / ticksPerSecond,
    rssMiB: mebibytes(status, 'VmRSS'),
    anonymousMiB: mebibytes(status, 'RssAnon'),
    peakMiB: mebibytes(status, 'VmHWM'),
  };
}

function mebibytes(status: string, name: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status);
  if (match === null) throw new BenchFailure(`The kernel does not tell ${name}; has the process ended?`);
  return Number(match[1]) / 1024;
}

/** What a living process has used so far. */
export function usageOf(pid: number): Usage {
  const read = (file: string): string => readFileSync(`/proc/${String(pid)}/${file}`, 'utf8');
  return parseUsage(read('stat'), read('status'));
}
