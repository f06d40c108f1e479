import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { installLockPath, withInstallLock } from '../install-lock.mjs';

const deadline = { timeout: 8_000, interval: 10 };
const module = new URL('../install-lock.mjs', import.meta.url).href;

let folder: string;
let lock: string;
let children: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'install-lock-'));
  lock = join(folder, 'lock');
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A process that does `work` (the text of a statement) under the lock. */
function worker(work: string): ChildProcess {
  const source = `import { appendFileSync, existsSync } from 'node:fs'; import { withInstallLock } from ${JSON.stringify(module)};
    const nap = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    withInstallLock(${JSON.stringify(lock)}, () => { ${work} });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], { stdio: 'ignore' });
  children.push(child);
  return child;
}

const ended = async (child: ChildProcess): Promise<void> =>
  vi.waitFor(() => {
    expect(child.exitCode).toBe(0);
  }, deadline);

describe('the lock of an installation', () => {
  it('is one per checkout, and outside of it', () => {
    expect(installLockPath('/a')).not.toBe(installLockPath('/b'));
    expect(installLockPath('/a')).toBe(installLockPath('/a'));
    expect(installLockPath(folder).startsWith(`${folder}/`)).toBe(false);
  });

  it('lets one after the other work', async () => {
    const log = join(folder, 'log');
    const go = join(folder, 'go');
    const text = JSON.stringify(log);
    const first = worker(
      `appendFileSync(${text}, 'a'); while (!existsSync(${JSON.stringify(go)})) nap(); appendFileSync(${text}, 'b');`,
    );
    await vi.waitFor(() => {
      expect(existsSync(log)).toBe(true);
    }, deadline);
    const second = worker(`appendFileSync(${text}, 'c');`);
    let waited = false;
    const here = withInstallLock(lock, () => undefined, { waitMs: 200, onWait: () => (waited = true) });
    expect([here, waited]).toEqual([false, true]);
    writeFileSync(go, '');
    await Promise.all([ended(first), ended(second)]);
    expect(readFileSync(log, 'utf8')).toBe('abc');
  });

  it('does not outlive a process that ended in the middle', () => {
    const gone = spawnSync(process.execPath, ['--eval', '']).pid;
    writeFileSync(lock, String(gone));
    let worked = false;
    expect(withInstallLock(lock, () => (worked = true), { waitMs: 2_000 })).toBe(true);
    expect([worked, existsSync(lock)]).toEqual([true, false]);
  });

  it('is given back when the work fails', () => {
    const failing = (): boolean =>
      withInstallLock(lock, () => {
        throw new Error('no space left');
      });
    expect(failing).toThrow('no space left');
    expect(existsSync(lock)).toBe(false);
  });
});
