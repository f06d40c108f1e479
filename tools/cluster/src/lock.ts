import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Taken } from './errors.ts';
import { formatIdentity, identityOf, isAlive, parseIdentity, type Identity } from './process.ts';
import { until } from './wait.ts';

function holderOf(file: string): Identity | undefined {
  try {
    return parseIdentity(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function tryTake(file: string): boolean {
  const mine = `${file}.${String(process.pid)}`;
  writeFileSync(
    mine,
    formatIdentity(identityOf(process.pid) ?? { pid: process.pid, startTicks: '0', boot: 'unknown' }),
  );
  try {
    // A link is made whole or not at all, so that no one ever reads a lock without its holder's name.
    linkSync(mine, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Does `work` while no other process of this machine holds the lock. A holder that died (kill -9, power) holds nothing. */
export async function withLock<T>(
  file: string,
  options: { waitMs: number; what: string },
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const taken = await until({ timeoutMs: options.waitMs, everyMs: 100 }, () => {
    if (tryTake(file)) return true;
    if (!isAlive(holderOf(file))) rmSync(file, { force: true });
    return false;
  });
  if (!taken) {
    const holder = holderOf(file);
    throw new Taken(
      `Waited ${String(options.waitMs / 1000)} s for ${options.what}${holder === undefined ? '' : ` (process ${String(holder.pid)})`}.`,
      'Let it finish, or end that process, and try again.',
    );
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
