import { readFileSync } from 'node:fs';

/** What the processors did since the machine was started, in milliseconds of all of them together. */
export type ProcessorTimes = {
  readonly all: number;
  /** They had work, but the host of this virtual machine gave them to others. */
  readonly stolen: number;
};

/** The text of /proc/stat. */
export type ReadStat = () => string;

const STEAL = 7;
/** `guest` and `guest_nice` behind these are part of `user` and `nice` (proc_stat(5)). */
const COLUMNS = 8;
/** USER_HZ: fixed in the interface of the kernel to programs, whatever its own tick. */
const MS_PER_TICK = 10;

/** Nothing is ever stolen from a machine of its own, nor where the kernel does not tell. */
export function processorTimes(read: ReadStat = readStat): ProcessorTimes {
  const [line = ''] = read().split('\n', 1);
  const ticks = line
    .split(/\s+/)
    .slice(1, 1 + COLUMNS)
    .map(Number);
  const all = ticks.reduce((sum, count) => sum + count, 0);
  return Number.isFinite(all)
    ? { all: all * MS_PER_TICK, stolen: (ticks[STEAL] ?? 0) * MS_PER_TICK }
    : { all: 0, stolen: 0 };
}

/** Begins to count what is stolen, in milliseconds: nothing here can be late by more than that because of the host. */
export function stolenTime(read: ReadStat = readStat): () => number {
  const before = processorTimes(read).stolen;
  return () => processorTimes(read).stolen - before;
}

const readStat: ReadStat = () => {
  try {
    return readFileSync('/proc/stat', 'utf8');
  } catch {
    return '';
  }
};
