import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { etcdSkipsFsync } from './api-plane.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tagservice-etcd-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** An etcd that says nothing of fsync in its help, as that of Debian 12. */
async function etcd(flags: { readonly takesTheFlag: boolean }): Promise<string> {
  const path = join(folder, 'etcd');
  const refused = flags.takesTheFlag ? '' : 'echo "flag provided but not defined: $1" >&2; exit 2;';
  await writeFile(path, `#!/bin/sh\ncase "$*" in *--unsafe-no-fsync*) ${refused} esac\necho "etcd Version: 3.4.23"\n`);
  await chmod(path, 0o755);
  return path;
}

describe('an etcd', () => {
  it('leaves out fsync where it takes the flag, whatever its help says', async () => {
    expect(await etcdSkipsFsync(await etcd({ takesTheFlag: true }))).toBe(true);
  });

  it('is not given a flag that it refuses', async () => {
    expect(await etcdSkipsFsync(await etcd({ takesTheFlag: false }))).toBe(false);
  });
});
