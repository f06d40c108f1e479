import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { KubeconfigError } from './errors.ts';

/** Where an API server is and how to come in. */
export type BackendConfig = {
  readonly server: URL;
  readonly tls: {
    readonly ca?: Buffer;
    readonly cert?: Buffer;
    readonly key?: Buffer;
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
  /** Value of the Authorization header, read anew for each request: token files change. */
  readonly authorization: () => string | undefined;
};

type Fields = Readonly<Record<string, unknown>>;

/** Reads the server and the identity of a kubeconfig's current (or the named) context. Plugins (`exec`) are not supported. */
export function readKubeconfig(path: string, context?: string): BackendConfig {
  const { cluster, user, server } = chosen(path, context);
  if ('exec' in user || 'auth-provider' in user)
    throw new KubeconfigError(`${path}: credentials by plugin are not supported; use a certificate or a token.`);
  const material = (fields: Fields, key: string): Buffer | undefined => readMaterial(fields, key, dirname(path));
  return {
    server: new URL(server),
    tls: present({
      ca: material(cluster, 'certificate-authority'),
      cert: material(user, 'client-certificate'),
      key: material(user, 'client-key'),
      servername: text(cluster, 'tls-server-name'),
      rejectUnauthorized: cluster['insecure-skip-tls-verify'] === true ? false : undefined,
    }),
    authorization: () => authorizationOf(user, dirname(path)),
  };
}

/** Cluster and user of a context. */
function chosen(path: string, context: string | undefined): { cluster: Fields; user: Fields; server: string } {
  const config = parseFile(path);
  const name = context ?? text(config, 'current-context') ?? '';
  const pair = fieldsOf(named(config, 'contexts', name), 'context');
  const cluster = fieldsOf(named(config, 'clusters', text(pair, 'cluster') ?? ''), 'cluster');
  const user = fieldsOf(named(config, 'users', text(pair, 'user') ?? ''), 'user');
  const server = text(cluster, 'server');
  if (server === undefined) throw new KubeconfigError(`${path} names no server for the context "${name}".`);
  return { cluster, user, server };
}

function fieldsOf(entry: Fields, key: string): Fields {
  const value = entry[key];
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** What a kubeconfig for an entrance says. `ca` is PEM; a token stands in it and in a file: clients differ in what they read again. */
export type EntranceAccess = {
  name: string;
  url: string;
  ca?: string | undefined;
  user?: { token: string; tokenFile: string } | undefined;
};

/** A kubeconfig (JSON is YAML) that leads to an entrance. */
export function renderKubeconfig(access: EntranceAccess): string {
  const { name, url, ca, user = {} } = access;
  // Clients refuse plain HTTP unless they need not verify the server.
  const trust =
    ca === undefined
      ? { 'insecure-skip-tls-verify': true }
      : { 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server: url, ...trust } }],
      users: [{ name, user }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    },
    undefined,
    2,
  )}\n`;
}

function parseFile(path: string): Fields {
  try {
    const parsed: unknown = parse(readFileSync(path, 'utf8'));
    if (typeof parsed === 'object' && parsed !== null) return parsed as Fields;
  } catch (error) {
    throw new KubeconfigError(`The kubeconfig ${path} cannot be read: ${String(error)}`, { cause: error });
  }
  throw new KubeconfigError(`${path} is no kubeconfig.`);
}

function named(config: Fields, list: string, name: string): Fields {
  const entries = config[list];
  const found = Array.isArray(entries) ? (entries as Fields[]).find((entry) => entry['name'] === name) : undefined;
  return found ?? {};
}

/** `KEY-data` holds it in base64, `KEY` is the path of a file beside the kubeconfig. */
function readMaterial(fields: Fields, key: string, folder: string): Buffer | undefined {
  const inline = text(fields, `${key}-data`);
  if (inline !== undefined) return Buffer.from(inline, 'base64');
  const file = text(fields, key);
  return file === undefined ? undefined : read(resolve(folder, file));
}

function authorizationOf(user: Fields, folder: string): string | undefined {
  const file = text(user, 'tokenFile');
  const token = file === undefined ? text(user, 'token') : read(resolve(folder, file)).toString('utf8').trim();
  if (token !== undefined) return `Bearer ${token}`;
  const name = text(user, 'username');
  if (name === undefined) return undefined;
  return `Basic ${Buffer.from(`${name}:${text(user, 'password') ?? ''}`).toString('base64')}`;
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new KubeconfigError(`A file of the kubeconfig cannot be read: ${String(error)}`, { cause: error });
  }
}

function text(fields: Fields, key: string): string | undefined {
  const value = fields[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function present<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
