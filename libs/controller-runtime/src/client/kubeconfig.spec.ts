import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigurationError } from './errors.ts';
import { identityOf } from './identity.ts';
import { loadKubeconfig } from './kubeconfig.ts';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
  vi.stubEnv('KUBECONFIG', '');
  vi.stubEnv('HOME', home);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

function write(name: string, text: string): string {
  const path = join(home, name);
  writeFileSync(path, text);
  return path;
}

/** A kubeconfig with one context, whose user and cluster are given as YAML flow maps. */
const one = (user: string, cluster = '{ server: "https://a:6443" }', name = 'one'): string => `
current-context: ${name}
clusters: [{ name: ${name}, cluster: ${cluster} }]
users: [{ name: ${name}, user: ${user} }]
contexts: [{ name: ${name}, context: { cluster: ${name}, user: ${name}, namespace: n-${name} } }]
`;
const identity = async (user: string, cluster?: string) =>
  await identityOf(loadKubeconfig(write('config', one(user, cluster)), undefined))();

describe('a kubeconfig', () => {
  it('says what to ask, as whom and in which namespace', () => {
    const loaded = loadKubeconfig(write('config', one('{ token: t }')), undefined);
    expect(loaded).toEqual({ cluster: { server: 'https://a:6443' }, user: { token: 't' }, namespace: 'n-one' });
  });

  it('is put together from several files, of which the first says most', () => {
    const first = write('first', one('{ token: first }'));
    const second = write('second', `${one('{ token: second }')}${''}`);
    const third = write('third', one('{ token: third }', undefined, 'three'));
    vi.stubEnv('KUBECONFIG', [first, second, third].join(delimiter));
    expect(loadKubeconfig(undefined, undefined).user.token).toBe('first');
    expect(loadKubeconfig(undefined, 'three').user.token).toBe('third');
  });

  it.each([
    ['no YAML', 'a: [', /config cannot be used/],
    ['nothing', '', /no context ; the kubeconfig has/],
    [
      'no cluster for its context',
      'current-context: a\ncontexts: [{ name: a, context: { cluster: b } }]',
      /no cluster/,
    ],
  ])('with %s is refused in words', (_name, text, message) => {
    expect(() => loadKubeconfig(write('config', text), undefined)).toThrow(ConfigurationError);
    expect(() => loadKubeconfig(write('config', text), undefined)).toThrow(message);
  });

  it('is not needed in a pod, but somewhere else', () => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined);
    expect(() => loadKubeconfig(undefined, undefined)).toThrow(/no kubeconfig/);
  });
});

describe('an identity', () => {
  it('reads what lies beside the kubeconfig, and data before files', async () => {
    for (const name of ['ca', 'cert', 'key']) write(name, name);
    const cluster = '{ server: "https://a", certificate-authority: ca, tls-server-name: b }';
    const { tls } = await identity('{ client-certificate: cert, client-key: key, client-key-data: b3RoZXI= }', cluster);
    expect(tls).toEqual({
      ca: Buffer.from('ca'),
      cert: Buffer.from('cert'),
      key: Buffer.from('other'),
      servername: 'b',
    });
  });

  it('does not verify the server only if told so', async () => {
    expect((await identity('{}')).tls.rejectUnauthorized).toBeUndefined();
    const cluster = '{ server: "https://a", insecure-skip-tls-verify: true }';
    expect((await identity('{}', cluster)).tls.rejectUnauthorized).toBe(false);
  });

  it('takes a token before name and password', async () => {
    expect((await identity('{ token: t, username: u, password: p }')).headers).toEqual({ authorization: 'Bearer t' });
  });

  it('acts as somebody else if told so', async () => {
    expect((await identity('{ token: t, as: ann, as-groups: [a, b], as-uid: "7" }')).headers).toMatchObject({
      'impersonate-user': 'ann',
      'impersonate-group': ['a', 'b'],
      'impersonate-uid': '7',
    });
  });

  it('refuses a provider that is no more, and says what to use', async () => {
    await expect(identity('{ auth-provider: { name: gcp } }')).rejects.toThrow(/gcp is not supported: use a plugin/);
  });

  it('takes certificates from a plugin, tells it of the cluster, and asks again when they have expired', async () => {
    const expired = new Date(Date.now() - 1_000).toISOString();
    const plugin = write(
      'plugin',
      `#!/bin/sh
echo x >> ${join(home, 'runs')}
printf '{"status":{"clientCertificateData":"%s","clientKeyData":"%s","expirationTimestamp":"${expired}"}}' \
  "$(wc -l < ${join(home, 'runs')} | tr -d ' ')" "$(printf %s "$KUBERNETES_EXEC_INFO" | tr -d '"' | cut -c1-60)"
`,
    );
    chmodSync(plugin, 0o755);
    const load = identityOf(
      loadKubeconfig(write('config', one(`{ exec: { command: ${plugin}, provideClusterInfo: true } }`)), undefined),
    );
    expect((await load()).tls.cert).toBe('1');
    const { cert, key } = (await load()).tls;
    expect(cert).toBe('2');
    expect(key).toContain('client.authentication.k8s.io/v1');
    expect(process.env['KUBERNETES_EXEC_INFO']).toBeUndefined();
  });

  it('never shows in an error what a plugin printed', async () => {
    const plugin = write('plugin', '#!/bin/sh\necho "{ token: hunter2"\n');
    chmodSync(plugin, 0o755);
    const failed = await identity(`{ exec: { command: ${plugin} } }`).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ConfigurationError);
    expect(JSON.stringify(failed) + String(failed)).not.toContain('hunter2');
  });
});
