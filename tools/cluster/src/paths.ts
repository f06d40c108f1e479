import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from './errors.ts';

/** The folder of the Go modules that the binaries are built from. */
export const goModulesDir = fileURLToPath(new URL('../go', import.meta.url));
/** The kind configuration beside the workspace's package.json. */
export const kindConfigFile = fileURLToPath(new URL('../../../kind-config.yaml', import.meta.url));

/** Binaries and other things worth keeping between clusters. Override: TAGSERVICE_CACHE. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return env['TAGSERVICE_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tagservice');
}

/** Folder of all clusters' state. Override: TAGSERVICE_STATE. */
export function stateRoot(env: NodeJS.ProcessEnv = process.env): string {
  return env['TAGSERVICE_STATE'] ?? join(env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'tagservice');
}

/** Where everything of one cluster lies. `run` holds the sockets: a socket's path may have 107 bytes at most. */
export type ClusterPaths = {
  name: string;
  home: string;
  run: string;
  config: string;
  pki: string;
  logs: string;
  records: string;
  kubeconfig: string;
  volumes: string;
};

/** A name becomes part of namespace names, socket paths and cgroup paths: short, lower case, no surprises. */
export function checkName(name: string): string {
  if (/^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/.test(name)) return name;
  throw new UsageError(
    `"${name}" cannot be the name of a cluster.`,
    'Use 1 to 20 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen, e.g. --name dev.',
  );
}

/** Paths of the cluster `name`; `home` overrides its state folder (temporary clusters of tests). */
export function clusterPaths(name: string, home = join(stateRoot(), 'clusters', checkName(name))): ClusterPaths {
  return {
    name,
    home,
    run: `/run/tsvc/${name}`,
    config: join(home, 'cluster.json'),
    pki: join(home, 'pki'),
    logs: join(home, 'logs'),
    records: join(home, 'records'),
    kubeconfig: join(home, 'kubeconfig'),
    volumes: join(home, 'volumes'),
  };
}
