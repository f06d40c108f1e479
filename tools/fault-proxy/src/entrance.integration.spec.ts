import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as dial } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, startApiServer, toolPath, type ApiServer } from '@tagservice/cluster';
import { ConfigMap, connect, ConnectionError, type KubeClient } from '@tagservice/controller-runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultProxyClosed, FaultProxyUsageError, KubeconfigError } from './errors.ts';
import { startFaultProxy } from './proxy.ts';
import type { Entrance, FaultProxy, HistoryEntry, OpenOptions } from './types.ts';

let api: ApiServer;
let proxy: FaultProxy;
let direct: KubeClient;
let home: string;
let run = 0;

beforeAll(async () => {
  api = await startApiServer();
  direct = connect({ kubeconfig: api.kubeconfig, userAgent: 'direct/1' });
  proxy = await startFaultProxy({ kubeconfig: api.kubeconfig });
  home = mkdtempSync(join(tmpdir(), 'entrance-spec-'));
});
afterAll(async () => {
  await proxy.close();
  await direct.close();
  await api.stop();
  rmSync(home, { recursive: true, force: true });
});

const patience = { timeout: 10_000, interval: 10 };
const key = (name = 'a') => ({ namespace: 'default', name: `entrance-${String(run)}-${name}` });
const make = (by: KubeClient, name?: string, timeoutMs = 2_000) =>
  by.create(ConfigMap, { metadata: key(name) }, { timeoutMs });
const version = (by: KubeClient, timeoutMs = 2_000) => by.raw<{ major: string }>('/version', { timeoutMs });

/** An entrance of this test alone, and a client that comes in by it. */
async function open(options: OpenOptions = {}): Promise<{ entrance: Entrance; client: KubeClient } & AsyncDisposable> {
  run += 1;
  const entrance = await proxy.open(`entrance-${String(run)}`, options);
  const client = connect({ kubeconfig: entrance.kubeconfig, userAgent: 'test/1' });
  const dispose = async (): Promise<void> => {
    await client.close();
    await entrance.close();
    expect([entrance.active, entrance.state]).toEqual([0, 'closed']);
  };
  return { entrance, client, [Symbol.asyncDispose]: dispose };
}

describe('a partition', () => {
  it('lets nothing through, keeps the connections, and concerns one client only', async () => {
    await using one = await open();
    await using other = await open();
    await version(one.client);
    one.entrance.partition();
    await expect(make(one.client, 'a', 200)).rejects.toMatchObject({ timedOut: true });
    expect(one.entrance.state).toBe('partitioned');
    await version(other.client);
    one.entrance.heal();
    await version(one.client);
    // What the client gave up never arrives.
    expect(await direct.find(ConfigMap, key('a'))).toBeUndefined();
    expect(proxy.history.some(({ name }) => name === key('a').name)).toBe(false);
  });

  it('delivers what waited once it is healed', async () => {
    await using one = await open();
    one.entrance.partition();
    const making = make(one.client, 'a', 10_000);
    const socket = dial(Number(new URL(one.entrance.url).port), '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.destroy();
    expect(proxy.history.some(({ name }) => name === key('a').name)).toBe(false);
    one.entrance.heal();
    await making;
  });

  it('silences watches under way and answers under way', async () => {
    await using one = await open();
    const stop = new AbortController();
    const { resourceVersion } = await one.client.list(ConfigMap, { namespace: 'default' });
    const stream = await one.client.watch(ConfigMap, { namespace: 'default', resourceVersion, signal: stop.signal });
    const told: string[] = [];
    const reading = (async () => {
      for await (const { object } of stream) told.push(object.metadata.name);
    })().catch(() => undefined);
    const hold = one.entrance.faults.add({ match: { verb: 'create' }, fault: { kind: 'hold' } });
    const making = make(one.client, 'answered', 10_000);
    await hold.used();
    one.entrance.partition();
    hold.remove();
    await make(direct, 'silent');
    expect(told).toEqual([]);
    one.entrance.heal();
    await making;
    await expect.poll(() => told, patience).toContain(key('silent').name);
    stop.abort();
    await reading;
  });
});

describe('a cut', () => {
  it('resets what is under way and everything new, until it is healed', async () => {
    await using one = await open();
    const hold = one.entrance.faults.add({ match: { verb: 'create' }, fault: { kind: 'hold' } });
    const making = make(one.client).catch((error: unknown) => error);
    await hold.used();
    one.entrance.cut();
    expect(await making).toBeInstanceOf(ConnectionError);
    await expect(version(one.client)).rejects.toThrow(ConnectionError);
    one.entrance.heal();
    await version(one.client);
    // What the server had begun it completed.
    await expect.poll(async () => direct.find(ConfigMap, key()), patience).toBeDefined();
  });

  it('of the moment leaves the door open', async () => {
    await using one = await open();
    const hold = one.entrance.faults.add({ match: { verb: 'create' }, fault: { kind: 'hold' } });
    const making = make(one.client).catch((error: unknown) => error);
    await hold.used();
    one.entrance.disconnect();
    expect(await making).toBeInstanceOf(ConnectionError);
    await version(one.client);
  });
});

describe('who comes in', () => {
  it('is the proxy’s identity, or the one that is told', async () => {
    await using admin = await open();
    await using nobody = await open({ impersonate: { user: 'nobody', groups: ['system:authenticated'] } });
    await make(admin.client);
    await expect(make(nobody.client, 'b')).rejects.toMatchObject({
      code: 403,
      message: expect.stringContaining('nobody') as string,
    });
  });

  it('must know the token where one is asked for; a client that reads its file again finds the new one', async () => {
    await using one = await open({ tokens: true });
    await version(one.client);
    one.entrance.expireToken();
    await version(one.client);
    one.entrance.expireToken({ renew: false });
    await expect(version(one.client)).rejects.toMatchObject({ code: 401 });
    const anybody = await fetch(`${one.entrance.url}/version`);
    expect([anybody.status, await anybody.json()]).toMatchObject([401, { reason: 'Unauthorized' }]);
  });

  it('may be asked for TLS', async () => {
    const [keyFile, certFile] = [join(home, 'key.pem'), join(home, 'cert.pem')];
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
    await exec('openssl', ['req', '-x509', ...curve, '-keyout', keyFile, '-out', certFile, ...subject]);
    const tls = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
    await using one = await open({ tls });
    expect(one.entrance.url).toMatch(/^https:/);
    await make(one.client);
    const drop = one.entrance.faults.add({ match: {}, fault: { kind: 'drop' }, times: 1 });
    await expect(make(one.client, 'b')).rejects.toThrow(ConnectionError);
    await drop.used();
    one.entrance.cut();
    await expect(version(one.client)).rejects.toThrow(ConnectionError);
  });
});

describe('rules for all entrances', () => {
  it('come after the entrance’s own', async () => {
    await using one = await open();
    await using other = await open();
    const all = proxy.faults.add({ match: { verb: 'create' }, fault: { kind: 'answer', code: 503 } });
    one.entrance.faults.add({ match: { verb: 'create' }, fault: { kind: 'answer', code: 500 } });
    await expect(make(one.client)).rejects.toMatchObject({ code: 500 });
    await expect(make(other.client)).rejects.toMatchObject({ code: 503 });
    all.remove();
    await make(other.client);
  });
});

describe('the proxy', () => {
  it('says what cannot be meant', async () => {
    await using one = await open();
    await expect(proxy.open(one.entrance.name)).rejects.toThrow(FaultProxyUsageError);
    await expect(proxy.open('../x')).rejects.toThrow(FaultProxyUsageError);
    expect(() => {
      one.entrance.expireToken();
    }).toThrow(FaultProxyUsageError);
    await expect(startFaultProxy({ kubeconfig: join(home, 'absent') })).rejects.toThrow(KubeconfigError);
  });

  it('refuses a body that is too long without harm to others', async () => {
    await using one = await open();
    const huge = fetch(`${one.entrance.url}/api/v1/namespaces/default/configmaps`, {
      method: 'POST',
      body: 'x'.repeat(20_000_000),
    });
    await expect(huge).rejects.toThrow();
    await version(one.client);
  });

  it('passes a backend that is away on as a broken connection', async () => {
    const kubeconfig = join(home, 'nobody');
    const dead = { server: 'http://127.0.0.1:9' };
    const config = {
      clusters: [{ name: 'c', cluster: dead }],
      contexts: [{ name: 'x', context: { cluster: 'c' } }],
      'current-context': 'x',
    };
    writeFileSync(kubeconfig, JSON.stringify(config));
    const lonely = await startFaultProxy({ kubeconfig });
    try {
      const entrance = await lonely.open('a');
      await expect(fetch(`${entrance.url}/version`)).rejects.toThrow();
      expect(lonely.history[0]).toMatchObject({ sent: 1, error: expect.stringContaining('ECONNREFUSED') as string });
      await expect(lonely.version()).rejects.toThrow(/ECONNREFUSED/);
    } finally {
      await lonely.close();
    }
  });

  it('ends everything when it is closed: held requests, watches, ports and files', async () => {
    const seen: HistoryEntry[] = [];
    const short = await startFaultProxy({ kubeconfig: api.kubeconfig, observe: (entry) => seen.push(entry) });
    const entrance = await short.open('a');
    const hold = entrance.faults.add({ match: { resource: 'configmaps' }, fault: { kind: 'hold' } });
    const held = fetch(`${entrance.url}/api/v1/configmaps`).catch(() => 'ended');
    const watching = fetch(`${entrance.url}/api/v1/pods?watch=true`)
      .then((answer) => answer.text())
      .catch(() => 'ended');
    await hold.used();
    await expect.poll(() => entrance.active, patience).toBe(2);
    const waiting = hold.used(5).catch((error: unknown) => error);
    await short.close();
    await short.close();
    expect([await held, await watching]).toEqual(['ended', 'ended']);
    expect(await waiting).toBeInstanceOf(FaultProxyClosed);
    await expect.poll(() => seen.length, patience).toBe(2);
    expect(existsSync(entrance.kubeconfig)).toBe(false);
    await expect(short.open('b')).rejects.toThrow(FaultProxyClosed);
    await expect(fetch(`${entrance.url}/version`)).rejects.toThrow();
  });
});

describe('the command line', () => {
  const cli = async (args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> => {
    // One that hangs must not take a processor from all tests after it.
    const child = spawn(process.execPath, [join(import.meta.dirname, 'cli.ts'), ...args], { timeout: 45_000 });
    const parts = { out: '', err: '' };
    child.stdout.on('data', (text: Buffer) => (parts.out += text.toString()));
    child.stderr.on('data', (text: Buffer) => (parts.err += text.toString()));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, ...parts };
  };

  it('runs kubectl through the proxy and prints what it did', async () => {
    run += 1;
    const { name } = key();
    const create = ['--', toolPath('kubectl'), 'create', 'configmap', name, '--from-literal=a=b'];
    const done = await cli(['--kubeconfig', api.kubeconfig, ...create]);
    expect(done).toMatchObject({ code: 0 });
    expect(done.err).toContain(`configmap/${name} created`);
    expect(done.out).toMatch(new RegExp(`client +1 +create +configmaps +default/${name} +kubectl-create +201`));
    const refused = await cli([
      '--kubeconfig',
      api.kubeconfig,
      '--json',
      '--rule',
      'answer 403 for verb=create',
      ...create,
    ]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('is forbidden: the fault proxy says so');
    const calls = refused.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as HistoryEntry);
    expect(calls.find(({ verb }) => verb === 'create')).toMatchObject({ answered: 403, sent: 0 });
  });

  it('helps, and says what is wrong', async () => {
    expect(await cli(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('--rule RULE') as string });
    expect(await cli(['--kubeconfig', 'x', '--rule', 'explode'])).toMatchObject({
      code: 64,
      err: expect.stringContaining('no fault') as string,
    });
    expect(await cli(['--colour'])).toMatchObject({ code: 64 });
    expect(await cli(['--kubeconfig', join(home, 'absent')])).toMatchObject({
      code: 1,
      err: expect.stringContaining('absent') as string,
    });
  });
});
