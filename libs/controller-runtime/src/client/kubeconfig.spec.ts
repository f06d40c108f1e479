import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigurationError } from './errors.ts';
import { openKubeconfig } from './kubeconfig.ts';
import { podAccount } from './pod-account.ts';

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
  await openKubeconfig(write('config', one(user, cluster)), undefined).identity();

describe('a kubeconfig', () => {
  it('says where, as whom and in which namespace', async () => {
    const target = openKubeconfig(write('config', one('{ token: t }', '{ server: "https://a:6443/" }')), undefined);
    expect(target).toMatchObject({ server: 'https://a:6443', namespace: 'n-one', proxy: undefined });
    expect((await target.identity()).headers).toEqual({ authorization: 'Bearer t' });
  });

  it('is put together from several files', async () => {
    const first = write('first', one('{ token: first }'));
    const second = write('second', one('{ token: second }', undefined, 'two'));
    vi.stubEnv('KUBECONFIG', [first, second].join(delimiter));
    expect((await openKubeconfig(undefined, undefined).identity()).headers).toEqual({ authorization: 'Bearer first' });
    expect((await openKubeconfig(undefined, 'two').identity()).headers).toEqual({ authorization: 'Bearer second' });
  });

  it.each([
    ['no YAML', 'a: [', /config cannot be used/],
    ['nothing', '', /config cannot be used/],
    [
      'no cluster for its context',
      'current-context: a\ncontexts: [{ name: a, context: { cluster: b } }]',
      /no cluster/,
    ],
  ])('with %s is refused in words', (_name, text, message) => {
    expect(() => openKubeconfig(write('config', text), undefined)).toThrow(ConfigurationError);
    expect(() => openKubeconfig(write('config', text), undefined)).toThrow(message);
  });
});

describe('an identity', () => {
  it('reads what lies beside the kubeconfig', async () => {
    for (const name of ['ca', 'cert', 'key']) write(name, name);
    const cluster = '{ server: "https://a", certificate-authority: ca, tls-server-name: b }';
    const { tls } = await identity('{ client-certificate: cert, client-key: key }', cluster);
    expect(tls).toEqual({
      ca: Buffer.from('ca'),
      cert: Buffer.from('cert'),
      key: Buffer.from('key'),
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
    expect((await identity('{ token: t, as: ann, as-groups: [a, b], as-uid: "7" }')).headers).toEqual({
      authorization: 'Bearer t',
      'Impersonate-User': 'ann',
      'Impersonate-Group': ['a', 'b'],
      'Impersonate-Uid': '7',
    });
  });

  it('takes certificates from a plugin, and asks again when they have expired', async () => {
    const expired = new Date(Date.now() - 1_000).toISOString();
    const plugin = write(
      'plugin',
      `#!/bin/sh
echo x >> ${join(home, 'runs')}
printf '{"status":{"clientCertificateData":"%s","clientKeyData":"key","expirationTimestamp":"${expired}"}}' \
  "$(wc -l < ${join(home, 'runs')} | tr -d ' ')"
`,
    );
    chmodSync(plugin, 0o755);
    const target = openKubeconfig(write('config', one(`{ exec: { command: ${plugin} } }`)), undefined);
    expect((await target.identity()).tls).toMatchObject({ cert: '1', key: 'key' });
    expect((await target.identity()).tls.cert).toBe('2');
  });

  it('never shows in an error what a plugin printed', async () => {
    const plugin = write('plugin', '#!/bin/sh\necho "{ token: hunter2"\n');
    chmodSync(plugin, 0o755);
    const failed = await identity(`{ exec: { command: ${plugin} } }`).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ConfigurationError);
    expect(JSON.stringify(failed) + String(failed)).not.toContain('hunter2');
  });
});

describe('the service account of a pod', () => {
  beforeEach(() => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', 'fd00::1');
    vi.stubEnv('KUBERNETES_SERVICE_PORT', '443');
  });

  it('is read anew each time: tokens live for an hour', async () => {
    for (const name of ['ca.crt', 'token', 'namespace']) write(name, `${name}\n`);
    const account = podAccount(home)!;
    expect(account).toMatchObject({ server: 'https://[fd00::1]:443', namespace: 'namespace' });
    expect(await account.identity()).toEqual({
      tls: { ca: Buffer.from('ca.crt\n') },
      headers: { authorization: 'Bearer token' },
    });
    write('token', 'second');
    expect((await account.identity()).headers).toEqual({ authorization: 'Bearer second' });
  });

  it('is none outside of a pod, and says so when its files go', async () => {
    expect(podAccount(home)).toBeUndefined();
    write('token', 't');
    await expect(podAccount(home)?.identity()).rejects.toThrow(ConfigurationError);
    vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined);
    expect(podAccount(home)).toBeUndefined();
  });
});
