import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fullReference } from './catalogue.ts';
import { answers, run, type CommandOptions } from './command.ts';
import { renameInArchive } from './archive.ts';
import { cacheRoot } from './paths.ts';
import type { BuildRequest, ImageBuilder } from './builder.ts';

/** Where buildah keeps layers between builds: wholly inside the cache, so that removing the cache removes it all. */
function storage(): { readonly root: string; readonly runroot: string; readonly tmp: string; readonly config: string } {
  const folder = join(cacheRoot(), 'buildah');
  return {
    root: join(folder, 'root'),
    runroot: join(folder, 'run'),
    tmp: join(folder, 'tmp'),
    config: join(folder, 'config'),
  };
}

/** The machine may have no configuration of containers at all: builds use ours, whatever the machine's says. */
function writeConfiguration(): Readonly<Record<string, string>> {
  const { tmp, config } = storage();
  mkdirSync(tmp, { recursive: true });
  mkdirSync(config, { recursive: true });
  writeFileSync(join(config, 'policy.json'), JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
  writeFileSync(join(config, 'registries.conf'), 'unqualified-search-registries = ["docker.io"]\n');
  writeFileSync(join(config, 'storage.conf'), '[storage]\ndriver = "overlay"\n');
  return {
    TMPDIR: tmp,
    CONTAINERS_REGISTRIES_CONF: join(config, 'registries.conf'),
    CONTAINERS_STORAGE_CONF: join(config, 'storage.conf'),
    BUILDAH_ISOLATION: 'chroot',
  };
}

/**
 * Runs buildah in a mount namespace of its own: the storage driver mounts its folder and leaves it mounted,
 * which no one would ever clean up in the namespace of the machine.
 */
async function buildah(args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { root, runroot } = storage();
  const env = writeConfiguration();
  const global = ['--root', root, '--runroot', runroot, '--storage-driver', 'overlay'];
  return await run('unshare', ['--mount', '--', 'buildah', ...global, ...args], {
    ...options,
    env: { ...env, ...options.env },
  });
}

const policy = (): readonly string[] => ['--signature-policy', join(storage().config, 'policy.json')];

async function build(request: BuildRequest): Promise<void> {
  const secrets = Object.entries(request.secrets ?? {}).flatMap(([id, file]) => ['--secret', `id=${id},src=${file}`]);
  const args = [
    'bud',
    ...policy(),
    '--isolation',
    'chroot',
    '--format',
    'docker',
    '--layers',
    '--pull-never',
    ...secrets,
  ];
  await buildah([...args, '--tag', fullReference(request.reference), '--file', request.dockerfile, request.context], {
    ...(request.onLine === undefined ? {} : { onLine: request.onLine }),
  });
}

/** Builds without a daemon and without privileges beyond root's: chroot isolation, network of the machine. */
export const buildahBuilder: ImageBuilder = {
  name: 'buildah',
  available: () => answers('buildah', ['--version']),
  build,
  pull: async (reference, timeoutMs) => {
    await buildah(['pull', ...policy(), fullReference(reference)], { timeoutMs });
  },
  identity: async (reference) => {
    const format = '{{.FromImageID}}';
    return (await buildah(['inspect', '--type', 'image', '--format', format, fullReference(reference)])).trim();
  },
  has: async (reference) => {
    try {
      await buildah(['inspect', '--type', 'image', '--format', '{{.FromImageID}}', fullReference(reference)]);
      return true;
    } catch {
      return false;
    }
  },
  tag: async (from, to) => {
    await buildah(['tag', fullReference(from), fullReference(to)]);
  },
  save: async (references, file) => {
    await buildah([
      'push',
      ...policy(),
      fullReference(references[0]),
      `docker-archive:${file}:${fullReference(references[0])}`,
    ]);
    if (references.length > 1) await renameInArchive(file, references);
  },
};
