import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import process from 'node:process';
// By its own file: the package's root would load still more. This module itself is loaded only where there is a kubeconfig.
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { parse } from 'yaml';
import { ConfigurationError } from './errors.ts';
import type { Identity, Target } from './identity.ts';

/** Fields of a user that the official loader does not know. */
type Further = { tokenFile?: string; 'as-uid'?: string; 'as-groups'?: string[] };
type Document = { users?: ({ name?: string; user?: Further | null } | null)[] | null } | null;

/** What the official loader makes of its credentials. */
type Resolved = {
  ca?: Buffer | string;
  cert?: Buffer | string;
  key?: Buffer | string;
  rejectUnauthorized?: boolean;
  servername?: string;
  auth?: string;
  headers: Record<string, string>;
};

/**
 * A kubeconfig as the official client loads it (several files, tokens, certificates, plugins, auth providers), from `path`, else from KUBECONFIG,
 * else from ~/.kube/config. Throws ConfigurationError.
 */
export function openKubeconfig(path: string | undefined, context: string | undefined): Target {
  const config = load(path);
  select(config, context);
  const cluster = config.getCurrentCluster();
  const name = config.getCurrentContext();
  if (cluster === null) throw new ConfigurationError(`The kubeconfig names no cluster for its context ${name}.`);
  // The loader refuses plain HTTP unless verification is off; there is nothing to verify on plain HTTP.
  if (cluster.server.startsWith('http:')) Object.assign(cluster, { skipTLSVerify: true });
  return {
    server: cluster.server.replace(/\/+$/, ''),
    namespace: config.getContextObject(name)?.namespace,
    proxy: cluster.proxyUrl,
    identity: async () => identityOf(await resolve(config)),
  };
}

/** The official loader, and what it leaves out: `tokenFile` (before `token`, read each time), and groups and uid to act as. */
class Loader extends KubeConfig {
  readonly #further = new Map<string, Further>();

  override loadFromString(config: string, options?: Parameters<KubeConfig['loadFromString']>[1]): void {
    super.loadFromString(config, options);
    for (const entry of (parse(config) as Document)?.users ?? [])
      if (entry?.name !== undefined) this.#further.set(entry.name, { ...entry.user });
  }

  override makePathsAbsolute(root: string): void {
    super.makePathsAbsolute(root);
    for (const user of this.#further.values())
      if (user.tokenFile !== undefined && !isAbsolute(user.tokenFile)) user.tokenFile = join(root, user.tokenFile);
  }

  /** Headers for the current user besides those of the official loader. */
  furtherHeaders(): Record<string, string> {
    const {
      tokenFile,
      'as-uid': uid,
      'as-groups': groups,
    } = this.#further.get(this.getCurrentUser()?.name ?? '') ?? {};
    return {
      ...(tokenFile !== undefined && { Authorization: `Bearer ${readFileSync(tokenFile, 'utf8')}` }),
      ...(uid !== undefined && { 'Impersonate-Uid': uid }),
      ...(groups !== undefined && { 'Impersonate-Group': groups as unknown as string }),
    };
  }
}

function load(path: string | undefined): Loader {
  const config = new Loader();
  try {
    // The context of the first file counts, as everywhere.
    if (path === undefined) config.loadFromDefault(undefined, true);
    else config.loadFromFile(path);
    return config;
  } catch (error) {
    const where = path ?? process.env['KUBECONFIG'] ?? 'the default kubeconfig';
    throw new ConfigurationError(`${where} cannot be used: ${String(error)}`, { cause: error });
  }
}

function select(config: Loader, context: string | undefined): void {
  const name = context ?? config.getCurrentContext();
  if (config.getContextObject(name) === null) {
    const known = config.getContexts().map((entry) => entry.name);
    throw new ConfigurationError(`There is no context ${name}; the kubeconfig has ${known.join(', ')}.`);
  }
  config.setCurrentContext(name);
}

async function resolve(config: Loader): Promise<Resolved> {
  const target: Resolved = { headers: {} };
  try {
    await config.applyToHTTPSOptions(target);
    Object.assign(target.headers, config.furtherHeaders());
    return target;
  } catch (error) {
    // The message of a parser quotes what it could not read, which may be a credential.
    if (error instanceof SyntaxError) throw new ConfigurationError('The credential plugin did not answer JSON.');
    throw new ConfigurationError(`The credentials cannot be read: ${String(error)}`, { cause: error });
  }
}

function identityOf({ ca, cert, key, rejectUnauthorized, servername, auth, headers }: Resolved): Identity {
  const { Authorization: bearer, ...others } = headers;
  const basic = auth === undefined ? undefined : `Basic ${Buffer.from(auth).toString('base64')}`;
  // A token file often ends in a newline, which no header may hold.
  const authorization = bearer?.trim() ?? basic;
  return {
    tls: Object.fromEntries(
      Object.entries({ ca, cert, key, rejectUnauthorized, servername }).filter(([, value]) => value !== undefined),
    ),
    headers: { ...others, ...(authorization !== undefined && { authorization }) },
  };
}
