import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApiServer } from './api-server.ts';
import { openCluster } from './open.ts';
import { isAlive, readRecord } from './process.ts';
import { exec, outputOf } from './run.ts';
import { ensureTool } from './toolchain.ts';
import type { Cluster } from './types.ts';

let kubectl: string;

beforeAll(async () => {
  kubectl = await ensureTool('kubectl');
}, 900_000);

const ask = (kubeconfig: string, ...args: string[]): Promise<string> =>
  outputOf(kubectl, ['--kubeconfig', kubeconfig, ...args]);
const recordsOf = (kubeconfig: string): string => join(dirname(kubeconfig), 'records');

describe('an API server for tests', () => {
  it('stores what it is told, beside another one, and leaves nothing', async () => {
    const [one, two] = await Promise.all([startApiServer(), startApiServer()]);
    await ask(one.kubeconfig, 'create', 'configmap', 'mine', '--from-literal=a=b');
    expect(await ask(one.kubeconfig, 'get', 'configmap', 'mine', '-o', 'jsonpath={.data.a}')).toBe('b');
    expect(await ask(two.kubeconfig, 'get', 'configmaps', '-o', 'name')).not.toContain('mine');
    const server = readRecord(recordsOf(one.kubeconfig), 'kube-apiserver');
    expect(isAlive(server)).toBe(true);
    await Promise.all([one.stop(), two.stop()]);
    await one.stop();
    expect(isAlive(server)).toBe(false);
    expect([one, two].map(({ kubeconfig }) => existsSync(dirname(kubeconfig)))).toEqual([false, false]);
  });

  it('collects what belonged to a deleted object, with the controller-manager', async () => {
    const server = await startApiServer({ controllerManager: true });
    try {
      await ask(server.kubeconfig, 'create', 'deployment', 'web', '--image=none');
      const sets = (): Promise<string> => ask(server.kubeconfig, 'get', 'replicasets', '-o', 'name');
      await expect.poll(sets, { timeout: 20_000 }).toMatch(/^replicaset/);
      await ask(server.kubeconfig, 'delete', 'deployment', 'web');
      await expect.poll(sets, { timeout: 20_000 }).toBe('');
    } finally {
      await server.stop();
    }
  });

  it('ends with a program that was killed, and the next one removes its folder', async () => {
    const module = new URL('./api-server.ts', import.meta.url).href;
    const program = `import { startApiServer } from ${JSON.stringify(module)}; const { kubeconfig } = await startApiServer(); console.log(kubeconfig); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const kubeconfig = await new Promise<string>((resolve) => {
      child.stdout.once('data', (chunk: Buffer) => {
        resolve(chunk.toString().trim());
      });
    });
    const parts = readdirSync(recordsOf(kubeconfig)).map((name) => readRecord(recordsOf(kubeconfig), name));
    expect(parts.map(isAlive)).toEqual([true, true]);
    child.kill('SIGKILL');
    await expect.poll(() => parts.some(isAlive), { timeout: 10_000 }).toBe(false);
    const next = await startApiServer();
    await next.stop();
    expect(existsSync(dirname(kubeconfig))).toBe(false);
  });
});

describe('a cluster of the profile "api"', () => {
  let state: string;
  let before: string | undefined;
  let cluster: Cluster;

  beforeAll(() => {
    before = process.env['TAGSERVICE_STATE'];
    state = mkdtempSync(join(tmpdir(), 'tagservice-state-'));
    process.env['TAGSERVICE_STATE'] = state;
    cluster = openCluster({ name: 'spec', profile: 'api' });
  });

  afterAll(async () => {
    await cluster.down();
    if (before === undefined) delete process.env['TAGSERVICE_STATE'];
    else process.env['TAGSERVICE_STATE'] = before;
    rmSync(state, { recursive: true, force: true });
  });

  const records = (): string => recordsOf(cluster.kubeconfig);

  it('comes up once, and says that it runs when asked again', async () => {
    expect((await cluster.up()).changed).toBe(true);
    expect((await cluster.up()).changed).toBe(false);
    expect(await cluster.status()).toMatchObject({ state: 'up', profile: 'api', nodes: [] });
  });

  it('answers kubectl from the cache and a plain program with its environment', async () => {
    expect((await cluster.kubectl(['get', 'namespace', 'default', '-o', 'name'])).stdout).toBe('namespace/default\n');
    const plain = await exec('sh', ['-c', 'kubectl get namespace default -o name'], { env: cluster.env });
    expect(plain.stdout).toBe('namespace/default\n');
  });

  it('keeps its data when a part was killed and it is brought up again', async () => {
    await cluster.kubectl(['create', 'namespace', 'kept']);
    const etcd = readRecord(records(), 'etcd');
    process.kill(etcd?.pid ?? 0, 'SIGKILL');
    await expect.poll(async () => (await cluster.status()).state).toBe('degraded');
    expect((await cluster.up()).changed).toBe(true);
    expect((await cluster.kubectl(['get', 'namespace', 'kept', '-o', 'name'])).stdout).toBe('namespace/kept\n');
  });

  it('gains a controller-manager when one is asked for later', async () => {
    await openCluster({ name: 'spec', profile: 'api', controllerManager: true }).up();
    const { components } = await cluster.status();
    expect(components.map(({ name, running }) => [name, running])).toContainEqual(['kube-controller-manager', true]);
  });

  it('can be used by anyone as "the cluster of this context", which is never changed', async () => {
    const kept = process.env['KUBECONFIG'];
    process.env['KUBECONFIG'] = cluster.kubeconfig;
    try {
      const foreign = openCluster({ provider: 'context', context: 'tagservice-spec' });
      expect((await foreign.up()).changed).toBe(false);
      expect((await foreign.kubectl(['get', 'namespace', 'kept', '-o', 'name'])).stdout).toBe('namespace/kept\n');
      expect((await foreign.down()).changed).toBe(false);
      await expect(foreign.stopNode('node-0')).rejects.toThrow('with the provider context');
      const other = openCluster({ provider: 'context', context: 'elsewhere' });
      await expect(other.up()).rejects.toThrow('does not answer');
    } finally {
      if (kept === undefined) delete process.env['KUBECONFIG'];
      else process.env['KUBECONFIG'] = kept;
    }
    expect((await cluster.status()).state).toBe('up');
  });

  it('refuses what it has not', async () => {
    await expect(cluster.stopNode('node-0')).rejects.toThrow('has no nodes');
    await expect(cluster.load(['x.tar'])).rejects.toThrow('has no nodes');
    await expect(cluster.kubectl(['get', 'nothing'])).rejects.toThrow('the server doesn');
    expect((await cluster.kubectl(['get', 'nothing'], { allowFailure: true })).exitCode).toBe(1);
  });

  it('goes down without a trace, and a second time says that there is nothing', async () => {
    expect((await cluster.down()).changed).toBe(true);
    expect((await cluster.down()).changed).toBe(false);
    expect(existsSync(join(state, 'clusters'))).toBe(false);
    expect((await cluster.status()).state).toBe('down');
    await expect(cluster.kubectl(['get', 'nodes'])).rejects.toThrow('does not run');
  });
});
