import { answers, run } from './command.ts';
import type { ImageBuilder } from './builder.ts';

/** Builds with the Docker engine that the `docker` command talks to. */
export const dockerBuilder: ImageBuilder = {
  name: 'docker',
  available: () => answers('docker', ['version', '--format', '{{.Server.Version}}']),
  build: async ({ reference, dockerfile, context, secrets = {}, onLine }) => {
    const mounted = Object.entries(secrets).flatMap(([id, file]) => ['--secret', `id=${id},src=${file}`]);
    await run(
      'docker',
      ['build', '--progress', 'plain', ...mounted, '--tag', reference, '--file', dockerfile, context],
      {
        env: { DOCKER_BUILDKIT: '1' },
        ...(onLine === undefined ? {} : { onLine }),
      },
    );
  },
  pull: async (reference, timeoutMs) => {
    await run('docker', ['pull', '--quiet', reference], { timeoutMs });
  },
  identity: async (reference) => (await run('docker', ['image', 'inspect', '--format', '{{.Id}}', reference])).trim(),
  has: (reference) => answers('docker', ['image', 'inspect', '--format', '{{.Id}}', reference]),
  tag: async (from, to) => {
    await run('docker', ['tag', from, to]);
  },
  save: async (references, file) => {
    const [first, ...others] = references;
    for (const other of others) await run('docker', ['tag', first, other]);
    await run('docker', ['save', '--output', file, ...references]);
  },
};
