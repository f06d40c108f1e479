import { createHash } from 'node:crypto';
import { globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AppImage } from './catalogue.ts';
import { lockedDependencies, type LockEntries } from './locked-dependencies.ts';

/** A package of the workspace: its name, its folder relative to the root, the workspace packages it depends on. */
export interface WorkspacePackage {
  readonly name: string;
  readonly folder: string;
  readonly dependencies: readonly string[];
}

interface Manifest {
  readonly name?: string;
  readonly workspaces?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** A package depends on a workspace package that is not there. */
export class UnknownPackage extends Error {
  override readonly name = 'UnknownPackage';
  constructor(wanted: string, by: string) {
    super(`${by} depends on ${wanted}, which is no package of this workspace. Fix the name in ${by}'s package.json.`);
  }
}

const scope = '@tagservice/';

function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}

/** All packages of the workspace by name. */
export function workspacePackages(root: string): ReadonlyMap<string, WorkspacePackage> {
  const patterns = readManifest(join(root, 'package.json')).workspaces ?? [];
  const manifests = patterns.flatMap((pattern) => globSync(`${pattern}/package.json`, { cwd: root }));
  const packages = manifests.sort().map((file) => {
    const manifest = readManifest(join(root, file));
    const dependencies = Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith(scope));
    return { name: manifest.name ?? file, folder: dirname(file), dependencies };
  });
  return new Map(packages.map((one) => [one.name, one]));
}

/** Folders of a package and of every workspace package that it needs, directly or not, sorted. */
export function dependencyFolders(packages: ReadonlyMap<string, WorkspacePackage>, folder: string): readonly string[] {
  const found = new Map<string, WorkspacePackage>();
  const waiting = [...packages.values()].filter((one) => one.folder === folder);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next.name)) continue;
    found.set(next.name, next);
    for (const name of next.dependencies) {
      const dependency = packages.get(name);
      if (dependency === undefined) throw new UnknownPackage(name, next.name);
      waiting.push(dependency);
    }
  }
  return [...found.values()].map((one) => one.folder).sort();
}

/** Whether a file of a package can have an influence on its image: tests and prose cannot (.dockerignore says the same). */
export function entersImage(path: string): boolean {
  const segments = path.split('/');
  if (segments.some((one) => one === 'node_modules' || one === 'dist' || one === 'test')) return false;
  const name = segments.at(-1) ?? '';
  return !/\.(spec|contract)\.ts$|\.md$|^\.|~$/.test(name);
}

/** Files below a folder that can enter an image, relative to the root, sorted. */
export function sourceFiles(root: string, folder: string): readonly string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  const files = entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (!entersImage(path)) return [];
    return entry.isDirectory() ? sourceFiles(root, path) : [path];
  });
  return files.sort();
}

/** Files that decide how every image is put together. */
const sharedInputs = ['.npmrc', '.dockerignore', 'tsconfig.base.json'];
const bundler = 'tools/workspace/src/bundle.ts';

/** A file and all that it imports by relative path, directly or not, relative to the root, sorted. */
export function importClosure(root: string, entry: string): readonly string[] {
  const found = new Set<string>();
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    const imports = readFileSync(join(root, file), 'utf8').matchAll(/\bfrom '(\.{1,2}\/[^']+)'/g);
    for (const [, path = ''] of imports) waiting.push(join(dirname(file), path));
  }
  return [...found].sort();
}

/** Every file whose content decides what an image holds, relative to the root, sorted, without doubles. */
export function inputFiles(root: string, image: AppImage): readonly string[] {
  const packages = workspacePackages(root);
  const sources = dependencyFolders(packages, image.folder).flatMap((folder) => sourceFiles(root, folder));
  const all = [...sharedInputs, ...importClosure(root, bundler), ...sources, `${image.folder}/Dockerfile`];
  return [...new Set(all)].sort();
}

/** Hash of files by path and content (not by time or owner), and of further words; 64 hex digits. */
export function digestOf(root: string, files: readonly string[], words: readonly string[] = []): string {
  const hash = createHash('sha256');
  for (const file of files) {
    const path = join(root, file);
    const executable = (statSync(path).mode & 0o111) !== 0 ? 'x' : '-';
    hash.update(`${file}\0${executable}\0${createHash('sha256').update(readFileSync(path)).digest('hex')}\n`);
  }
  for (const word of words) hash.update(`${word}\n`);
  return hash.digest('hex');
}

/** Length of a tag: 64 bits of the hash, far beyond any chance of two contents under one tag. */
const tagLength = 16;

/** Packages of the lock file that decide what an image holds: those that its executable can load, and the bundler. */
function lockedInputs(root: string, image: AppImage): readonly string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: LockEntries };
  return lockedDependencies(lock.packages, [image.folder, 'node_modules/rolldown']);
}

/** The tag of an image: changes if and only if something changes that the image is made of. */
export function contentTag(root: string, image: AppImage, baseIdentity: string): string {
  const words = [baseIdentity, ...lockedInputs(root, image)];
  return digestOf(root, inputFiles(root, image), words).slice(0, tagLength);
}
