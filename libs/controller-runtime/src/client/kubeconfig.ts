import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import process from 'node:process';
import { parse } from 'yaml';
import { ConfigurationError } from './errors.ts';

/** A cluster of a kubeconfig, in its own words; paths are absolute. */
export interface KubeconfigCluster {
  server: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
  'proxy-url'?: string;
}

/** A user of a kubeconfig, in its own words; paths are absolute. */
export interface KubeconfigUser {
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  exec?: ExecSettings;
  as?: string;
  'as-uid'?: string;
  'as-groups'?: string[];
  'auth-provider'?: { name?: string };
}

/** A program that tells the credentials. */
export interface ExecSettings {
  apiVersion?: string;
  command: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
  provideClusterInfo?: boolean;
}

/** What is asked where, and as whom. */
export interface Kubeconfig {
  cluster: KubeconfigCluster;
  user: KubeconfigUser;
  namespace: string | undefined;
}

type Context = { cluster?: string; user?: string; namespace?: string };
type Named<Key extends string, T> = { name?: string } & Partial<Record<Key, T | null>>;
type Document = {
  'current-context'?: string;
  clusters?: Named<'cluster', KubeconfigCluster>[] | null;
  users?: Named<'user', KubeconfigUser>[] | null;
  contexts?: Named<'context', Context>[] | null;
} | null;

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';
const clusterPaths = ['certificate-authority'] as const;
const userPaths = ['tokenFile', 'client-certificate', 'client-key'] as const;

/**
 * Finds out what to ask and as whom: from `path`, else from the files that KUBECONFIG names, else from ~/.kube/config, else from the pod's
 * service account. Of entries with one name the first counts, as everywhere. Throws ConfigurationError.
 */
export function loadKubeconfig(path: string | undefined, context: string | undefined): Kubeconfig {
  const files = path === undefined ? defaultFiles() : [path];
  return files.length === 0 ? inCluster() : selected(merged(files), context);
}

function defaultFiles(): string[] {
  const named = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  if (named.length > 0) return named;
  const usual = join(homedir(), '.kube', 'config');
  return existsSync(usual) ? [usual] : [];
}

function inCluster(): Kubeconfig {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  if (host === undefined || port === undefined || !existsSync(join(serviceAccount, 'token')))
    throw new ConfigurationError(
      'There is no kubeconfig (KUBECONFIG, ~/.kube/config), and this is no pod with a token.',
    );
  const namespace = join(serviceAccount, 'namespace');
  return {
    cluster: {
      server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      'certificate-authority': join(serviceAccount, 'ca.crt'),
    },
    user: { tokenFile: join(serviceAccount, 'token') },
    namespace: existsSync(namespace) ? readFileSync(namespace, 'utf8').trim() : undefined,
  };
}

type Entries = {
  current: string | undefined;
  clusters: Map<string, KubeconfigCluster>;
  users: Map<string, KubeconfigUser>;
  contexts: Map<string, Context>;
};

function merged(files: readonly string[]): Entries {
  const all: Entries = { current: undefined, clusters: new Map(), users: new Map(), contexts: new Map() };
  for (const file of files) take(all, dirname(file), read(file) ?? {});
  return all;
}

function take(all: Entries, root: string, document: NonNullable<Document>): void {
  if (document['current-context'] !== '') all.current ??= document['current-context'];
  keep(all.clusters, document.clusters, ({ cluster }) => rooted(root, cluster ?? { server: '' }, clusterPaths));
  keep(all.users, document.users, ({ user }) => rooted(root, user ?? {}, userPaths));
  keep(all.contexts, document.contexts, ({ context }) => context ?? {});
}

function keep<E extends { name?: string }, T>(
  known: Map<string, T>,
  entries: readonly E[] | null | undefined,
  valueOf: (entry: E) => T,
): void {
  for (const entry of entries ?? [])
    if (entry.name !== undefined && !known.has(entry.name)) known.set(entry.name, valueOf(entry));
}

function read(file: string): Document {
  try {
    return parse(readFileSync(file, 'utf8')) as Document;
  } catch (error) {
    throw new ConfigurationError(`${file} cannot be used: ${String(error)}`, { cause: error });
  }
}

/** Paths in a kubeconfig are relative to its folder. */
function rooted<T extends object>(root: string, entry: T, paths: readonly (keyof T)[]): T {
  const copy = { ...entry };
  for (const path of paths) {
    const value = copy[path];
    if (typeof value === 'string' && value !== '' && !isAbsolute(value)) copy[path] = join(root, value) as typeof value;
  }
  return copy;
}

function selected({ current, clusters, users, contexts }: Entries, asked: string | undefined): Kubeconfig {
  const name = asked ?? current ?? '';
  const context = contexts.get(name);
  if (context === undefined)
    throw new ConfigurationError(`There is no context ${name}; the kubeconfig has ${[...contexts.keys()].join(', ')}.`);
  const cluster = clusters.get(context.cluster ?? '');
  if (cluster === undefined || cluster.server === '')
    throw new ConfigurationError(`The kubeconfig names no cluster for its context ${name}.`);
  return { cluster, user: users.get(context.user ?? '') ?? {}, namespace: context.namespace };
}
