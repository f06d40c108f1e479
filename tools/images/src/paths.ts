import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the checkout: the build context of every image. */
export const workspaceRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** Everything that outlives a run and can be made again: `$TAGSERVICE_CACHE`, else `$XDG_CACHE_HOME/tagservice`, else `~/.cache/tagservice`. */
export function cacheRoot(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env['TAGSERVICE_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tagservice');
}

/** Folder of the image archives (`docker save` format), one file per content address. */
export function archiveFolder(): string {
  return join(cacheRoot(), 'images');
}
