// Plain JavaScript, like bootstrap.mjs: it runs before anything is installed.
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Where the lock of a checkout lies: outside of it, since an installation empties `node_modules`.
 * @param {string} root folder of the checkout
 */
export function installLockPath(root) {
  return join(tmpdir(), `tagservice-install-${createHash('sha256').update(root).digest('hex').slice(0, 16)}.lock`);
}

/** @param {string} path */
function holderOf(path) {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** @param {string} path */
function taken(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const holder = holderOf(path);
    // Ended without tidying up. Only a number that was read is believed: the file may have been made this instant and be empty still.
    if (holder !== undefined && holder > 0 && !isAlive(holder)) rmSync(path, { force: true });
    return false;
  }
}

/**
 * Does `work` while no other process on this machine does work under the same lock: two installations at once would empty each other's
 * folder. Waits for the other, at most `waitMs`, and answers false when that was not enough; `work` is not done then.
 * @param {string} path of the lock file
 * @param {() => void} work synchronous
 * @param {{ waitMs?: number, onWait?: () => void }} [options]
 */
export function withInstallLock(path, work, { waitMs = 900_000, onWait } = {}) {
  const end = Date.now() + waitMs;
  let told = false;
  while (!taken(path)) {
    if (Date.now() >= end) return false;
    if (!told) onWait?.();
    told = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
  try {
    work();
  } finally {
    rmSync(path, { force: true });
  }
  return true;
}
