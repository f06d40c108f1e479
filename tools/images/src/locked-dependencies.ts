/** One entry of `packages` in package-lock.json; only what is read here. */
export interface LockEntry {
  readonly version?: string;
  readonly integrity?: string;
  /** Of a link: the folder that it leads to. */
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export type LockEntries = Readonly<Record<string, LockEntry>>;

/** Where Node finds a package from a folder: beside it, then further out; undefined when it is not installed (an optional one). */
function resolve(entries: LockEntries, from: string, name: string): string | undefined {
  for (let at = from; ; at = parentOf(at)) {
    const path = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (entries[path] !== undefined) return path;
    if (at === '') return undefined;
  }
}

/** The folder whose `node_modules` is looked into next: `a/node_modules/b` lies in `a`, a workspace folder in the root. */
function parentOf(folder: string): string {
  const nested = folder.lastIndexOf('/node_modules/');
  return nested === -1 ? '' : folder.slice(0, nested);
}

function namesOf({ dependencies, optionalDependencies, peerDependencies }: LockEntry): readonly string[] {
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
}

/**
 * Every package that the packages in `folders` can load, with version and checksum, sorted: `PATH VERSION INTEGRITY`. A change of the lock
 * file that concerns other packages leaves this list as it is.
 */
export function lockedDependencies(entries: LockEntries, folders: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  const waiting = [...folders];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const entry = entries[folder];
    if (entry === undefined || seen.has(folder)) continue;
    seen.add(folder);
    if (entry.link === true && entry.resolved !== undefined) waiting.push(entry.resolved);
    for (const name of namesOf(entry)) {
      const found = resolve(entries, folder, name);
      if (found !== undefined) waiting.push(found);
    }
  }
  return [...seen].sort().map((path) => `${path} ${entries[path]?.version ?? ''} ${entries[path]?.integrity ?? ''}`);
}
