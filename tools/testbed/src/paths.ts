import { mkdtemp } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** What outlives a run and can be made again: `$TAGSERVICE_CACHE`, else `$XDG_CACHE_HOME/tagservice`, else `~/.cache/tagservice`. */
export function cacheRoot(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env['TAGSERVICE_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tagservice');
}

/** A folder of its own for one server; whoever made it removes it. */
export async function serverFolder(kind: string): Promise<string> {
  return await mkdtemp(join(tmpdir(), `tagservice-${kind}-`));
}
