import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle, type Executable } from '@tagservice/workspace';

/**
 * Bundles entry files of this package, or a whole executable, into a folder, as an image holds them: the start then measures neither how
 * Node strips types nor how it finds out that a file is an ES module.
 */
export async function bundleInto(folder: string, what: Executable['entries'] | Executable): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await bundle(isExecutable(what) ? what : { name: 'bench', folder: 'bench', entries: what }, join(folder, 'dist'));
}

/** Path of a bundled entry. */
export const scriptIn = (folder: string, entry: string): string => join(folder, 'dist', `${entry}.js`);

const isExecutable = (what: Executable['entries'] | Executable): what is Executable =>
  typeof what['entries'] === 'object';
