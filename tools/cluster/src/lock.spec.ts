import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Taken } from './errors.ts';
import { withLock } from './lock.ts';
import { bootId, formatIdentity } from './process.ts';

let dir: string;
let file: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tagservice-lock-'));
  file = join(dir, 'deep', 'lock');
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const waiting = { waitMs: 5_000, what: 'another test' };

describe('a lock', () => {
  it('lets one at a time in, and is gone afterwards', async () => {
    const seen: string[] = [];
    const visit = (name: string): Promise<void> =>
      withLock(file, waiting, async () => {
        seen.push(`${name} in`);
        await Promise.resolve();
        seen.push(`${name} out`);
      });
    await Promise.all([visit('a'), visit('b')]);
    expect(seen).toHaveLength(4);
    expect(seen[0]?.[0]).toBe(seen[1]?.[0]);
    expect(seen[2]?.[0]).toBe(seen[3]?.[0]);
    expect(existsSync(file)).toBe(false);
  });

  it('is given back by work that fails', async () => {
    await expect(withLock(file, waiting, () => Promise.reject(new Taken('no')))).rejects.toThrow('no');
    await expect(withLock(file, waiting, () => Promise.resolve('in'))).resolves.toBe('in');
  });

  it('of a process that died is nobody’s', async () => {
    await withLock(file, waiting, () => Promise.resolve());
    writeFileSync(file, formatIdentity({ pid: process.pid, startTicks: '1', boot: bootId() }));
    await expect(withLock(file, waiting, () => Promise.resolve('in'))).resolves.toBe('in');
  });

  it('of a living process is waited for, and then named', async () => {
    await withLock(file, waiting, async () => {
      const second = withLock(file, { waitMs: 10, what: 'another up' }, () => Promise.resolve());
      await expect(second).rejects.toThrow(`another up (process ${String(process.pid)})`);
    });
  });
});
