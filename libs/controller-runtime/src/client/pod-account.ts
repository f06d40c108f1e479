import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { ConfigurationError } from './errors.ts';
import type { Target } from './identity.ts';

/** Where a pod finds its service account. */
const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The API server of the cluster that this pod runs in, as its service account; undefined outside of one. Token and certificate authority are
 * read anew each time they are asked for. No library is needed for that, and none is loaded.
 */
export function podAccount(folder = accountFolder): Target | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  if (host === undefined || port === undefined || !existsSync(join(folder, 'token'))) return undefined;
  const namespace = join(folder, 'namespace');
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    namespace: existsSync(namespace) ? readFileSync(namespace, 'utf8').trim() : undefined,
    proxy: undefined,
    // A file that is gone rejects instead of throwing.
    identity: async () =>
      await Promise.resolve().then(() => ({
        tls: { ca: read(folder, 'ca.crt') },
        headers: { authorization: `Bearer ${read(folder, 'token').toString('utf8').trim()}` },
      })),
  };
}

function read(folder: string, name: string): Buffer {
  try {
    return readFileSync(join(folder, name));
  } catch (error) {
    throw new ConfigurationError(`The service account cannot be read: ${String(error)}`, { cause: error });
  }
}
