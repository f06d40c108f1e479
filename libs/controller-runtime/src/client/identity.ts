import { readFileSync } from 'node:fs';
import { ConfigurationError } from './errors.ts';
import { ExecPlugin } from './exec-plugin.ts';
import type { Kubeconfig, KubeconfigUser } from './kubeconfig.ts';

/** TLS and identity as they are right now. */
export interface Identity {
  readonly tls: Readonly<{
    ca?: Buffer;
    cert?: Buffer | string;
    key?: Buffer | string;
    rejectUnauthorized?: boolean;
    servername?: string;
  }>;
  readonly headers: Readonly<Record<string, string | string[]>>;
}

/** Answers a function that reads files, and asks plugins, each time it is called. It throws ConfigurationError. */
export function identityOf({ cluster, user }: Kubeconfig): () => Promise<Identity> {
  const provider = user['auth-provider']?.name;
  if (provider !== undefined)
    throw new ConfigurationError(
      `auth-provider ${provider} is not supported: use a plugin (exec) that gives its tokens.`,
    );
  const plugin = user.exec === undefined ? undefined : new ExecPlugin(user.exec, cluster);
  return async () => {
    const told = (await plugin?.credential()) ?? {};
    const ca = read(cluster['certificate-authority'], cluster['certificate-authority-data']);
    const cert = told.clientCertificateData ?? read(user['client-certificate'], user['client-certificate-data']);
    const key = told.clientKeyData ?? read(user['client-key'], user['client-key-data']);
    const servername = cluster['tls-server-name'];
    return {
      tls: {
        ...(ca !== undefined && { ca }),
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key }),
        ...(servername !== undefined && { servername }),
        ...(cluster['insecure-skip-tls-verify'] === true && { rejectUnauthorized: false }),
      },
      headers: { ...authorization(user, told.token), ...impersonation(user) },
    };
  };
}

/** In the order in which client-go looks for them. */
function authorization(user: KubeconfigUser, told: string | undefined): Record<string, string> {
  // A token file often ends in a newline, which no header may hold.
  const token = (read(user.tokenFile, undefined)?.toString('utf8') ?? user.token ?? told)?.trim();
  if (token !== undefined && token !== '') return { authorization: `Bearer ${token}` };
  if (user.username === undefined) return {};
  const pair = Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}

function impersonation(user: KubeconfigUser): Record<string, string | string[]> {
  const { as, 'as-uid': uid, 'as-groups': groups = [] } = user;
  return {
    ...(as !== undefined && { 'impersonate-user': as }),
    ...(uid !== undefined && { 'impersonate-uid': uid }),
    ...(groups.length > 0 && { 'impersonate-group': groups }),
  };
}

function read(file: string | undefined, data: string | undefined): Buffer | undefined {
  // Data goes before a file of the same purpose.
  if (data !== undefined && data !== '') return Buffer.from(data, 'base64');
  if (file === undefined || file === '') return undefined;
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ConfigurationError(`A file of the credentials cannot be read: ${String(error)}`, { cause: error });
  }
}
