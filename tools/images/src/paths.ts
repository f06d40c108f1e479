import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir } from '@tagservice/cluster';

/** Root of the checkout: the build context of every image. */
export const workspaceRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** Everything that outlives a run and can be made again. */
export function cacheRoot(): string {
  return cacheDir();
}

/** Folder of the image archives (`docker save` format), one file per content address. */
export function archiveFolder(): string {
  return join(cacheDir(), 'images');
}
