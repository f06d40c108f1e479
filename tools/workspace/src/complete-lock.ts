import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { workspaceRoot } from './paths.ts';

/** One package of a lock file; only what this file reads or writes. */
export interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly cpu?: readonly string[];
  readonly os?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export type LockedPackages = Readonly<Record<string, LockedPackage>>;

const systems = new Map([
  ...['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'].map(
    (name) => [name, name] as const,
  ),
  ['windows', 'win32'] as const,
]);
const processors = new Set([
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
]);

/** The platform that a package of native code is for, read from its name: `@nx/nx-linux-arm64-musl`. */
export function platformOf(name: string): Pick<LockedPackage, 'cpu' | 'os' | 'libc'> {
  const words = (name.split('/').at(-1) ?? '').split('-');
  const os = words.map((word) => systems.get(word)).find((one) => one !== undefined);
  const cpu = words.find((word) => processors.has(word));
  const musl = words.some((word) => word.startsWith('musl'));
  const glibc = words.some((word) => word.startsWith('gnu'));
  return {
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(os === undefined ? {} : { os: [os] }),
    ...(os === 'linux' && (musl || glibc) ? { libc: [musl ? 'musl' : 'glibc'] } : {}),
  };
}

const exact = /^\d/;

/** Whether the package at `from` finds `name` in the version it wants, as Node looks for it: beside itself, then further out. */
function finds(packages: LockedPackages, from: string, wanted: readonly [name: string, version: string]): boolean {
  const [name, version] = wanted;
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const entry = packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`];
    if (entry !== undefined) return !exact.test(version) || entry.version === version;
    if (at === '') return false;
  }
}

/**
 * Adds the entries of native packages for other platforms that npm left out because its registry does not carry them. Without the entries
 * `npm ci` calls the lock out of step; with them it skips what is for another platform without asking the registry.
 */
export function completePackages(packages: LockedPackages): LockedPackages {
  const added: Record<string, LockedPackage> = {};
  for (const [at, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const platform = platformOf(name);
      if (!exact.test(version) || Object.keys(platform).length === 0 || finds(packages, at, [name, version])) continue;
      const beside = at.slice(0, at.lastIndexOf('node_modules/') + 'node_modules/'.length);
      added[`${beside}${name}`] = {
        version,
        ...(entry.dev === true ? { dev: true } : {}),
        optional: true,
        ...platform,
      };
    }
  }
  const sorted = Object.entries({ ...packages, ...added }).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted);
}

/** Completes the lock file on disk; answers with the number of entries added. */
function completeFile(file: string): number {
  const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: LockedPackages };
  const packages = completePackages(lock.packages);
  writeFileSync(file, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
  return Object.keys(packages).length - Object.keys(lock.packages).length;
}

/** An added package may need others that npm then fetches, which may have native packages of their own; two rounds have been enough. */
const rounds = 4;

function main(): void {
  const file = join(workspaceRoot, 'package-lock.json');
  let added = 0;
  for (let round = 0; round < rounds; round++) {
    const now = completeFile(file);
    if (now === 0) break;
    added += now;
    const npm = ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', npm, { cwd: workspaceRoot, stdio: 'inherit' });
  }
  console.log(`package-lock.json: ${String(added)} entries for other platforms added`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
