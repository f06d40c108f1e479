import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { PrerequisiteMissing } from './errors.ts';

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** Refuses to begin what the disk under `dir` (there or not yet) has no room for. `name` is how to name another folder. */
export function requireSpace(dir: string, needed: { bytes: number; what: string; name: string }): void {
  let existing = dir;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  if (bavail * bsize >= needed.bytes) return;
  throw new PrerequisiteMissing(
    `${needed.what} needs ${gigabytes(needed.bytes)} and the disk of ${dir} has ${gigabytes(bavail * bsize)} left.`,
    `Make room, or name a folder on another disk with ${needed.name}.`,
  );
}
