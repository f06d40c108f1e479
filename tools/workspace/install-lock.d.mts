/** Where the lock of a checkout lies: outside of it, since an installation empties `node_modules`. */
export function installLockPath(root: string): string;

/** Does `work` while no other process does work under the same lock; false when the wait (`waitMs`, 900,000) was not enough. */
export function withInstallLock(
  path: string,
  work: () => void,
  options?: { readonly waitMs?: number; readonly onWait?: () => void },
): boolean;
