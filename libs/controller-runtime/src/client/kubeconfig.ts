import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
// By its own file: the package's root would load every generated API with it (12 MB more in a bundle).
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { parse } from 'yaml';

type Users = { users?: ({ name?: unknown; user?: { tokenFile?: unknown } | null } | null)[] | null } | null;

/** The official loader, and the field `tokenFile` of users that it does not know: it goes before `token`, and is read again each time. */
export class KubeconfigLoader extends KubeConfig {
  /** user -> path */
  readonly #tokenFiles = new Map<string, string>();

  override loadFromString(config: string, options?: Parameters<KubeConfig['loadFromString']>[1]): void {
    super.loadFromString(config, options);
    for (const entry of (parse(config) as Users)?.users ?? []) {
      const file = entry?.user?.tokenFile;
      if (typeof entry?.name === 'string' && typeof file === 'string') this.#tokenFiles.set(entry.name, file);
    }
  }

  override makePathsAbsolute(root: string): void {
    super.makePathsAbsolute(root);
    for (const [user, file] of this.#tokenFiles) if (!isAbsolute(file)) this.#tokenFiles.set(user, join(root, file));
  }

  /** What the token file of the current user holds right now; undefined if it has none. */
  fileToken(): string | undefined {
    const file = this.#tokenFiles.get(this.getCurrentUser()?.name ?? '');
    return file === undefined ? undefined : readFileSync(file, 'utf8').trim();
  }
}
