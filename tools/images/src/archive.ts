import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import { fullReference } from './catalogue.ts';
import { archiveFolder } from './paths.ts';

/** One entry of `manifest.json` in an archive of `docker save`. */
interface ArchiveEntry {
  Config: string;
  RepoTags: string[];
  Layers: string[];
}

/** Gives the one image of an archive all these names. */
export async function renameInArchive(file: string, references: readonly string[]): Promise<void> {
  const folder = mkdtempSync(`${file}.`);
  try {
    await run('tar', ['-x', '-f', file, '-C', folder]);
    const path = join(folder, 'manifest.json');
    const entries = JSON.parse(readFileSync(path, 'utf8')) as ArchiveEntry[];
    const renamed = entries.map((entry) => ({ ...entry, RepoTags: references.map(fullReference) }));
    // `repositories` is the same index in an older form, with the old name in it.
    rmSync(join(folder, 'repositories'), { force: true });
    rmSync(path);
    writeFileSync(path, JSON.stringify(renamed));
    await run('tar', ['-c', '-f', file, '-C', folder, ...readdirSync(folder)]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Archives of one image that are kept: the present one and those a developer may switch back to. */
const keptPerImage = 4;

/** File of an image's archive for one content. */
export function archiveFile(name: string, tag: string): string {
  return join(archiveFolder(), `${name}-${tag}.tar`);
}

/** Whether the archive of this content is in the cache. */
export function isCached(name: string, tag: string): boolean {
  return existsSync(archiveFile(name, tag));
}

/** Writes an archive whole or not at all, and removes the oldest ones of the same image. */
export async function storeArchive(name: string, tag: string, save: (file: string) => Promise<void>): Promise<string> {
  mkdirSync(archiveFolder(), { recursive: true });
  const target = archiveFile(name, tag);
  const partial = `${target}.${String(process.pid)}.partial`;
  try {
    await save(partial);
    renameSync(partial, target);
  } finally {
    rmSync(partial, { force: true });
  }
  for (const old of oldestFirst(name).slice(0, -keptPerImage)) rmSync(old, { force: true });
  return target;
}

function oldestFirst(name: string): readonly string[] {
  const pattern = new RegExp(`^${name}-[0-9a-f]+\\.tar$`);
  const files = readdirSync(archiveFolder()).filter((file) => pattern.test(file));
  const dated = files.map((file) => join(archiveFolder(), file)).map((file) => ({ file, at: statSync(file).mtimeMs }));
  return dated.sort((a, b) => a.at - b.at).map((one) => one.file);
}
