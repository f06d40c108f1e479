import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@tagservice/testbed';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { service } from '../../test/fixtures.ts';
import { makePasswords, replicationConf, usersAcl } from './redis.access.ts';
import { liveScript, readyScript, redisConf, startScript } from './redis.config.ts';

/** Real servers started by the scripts of the pods; only paths and ports are others than in a pod. */
type Node = { readonly process: ChildProcess; readonly home: string; readonly port: number };

const passwords = makePasswords();
const within = { timeout: 20_000, interval: 100 };
let home: string;
let primary: Node;
let copy: Node;

function start(name: string, port: number, primaryPort: number): Node {
  const folder = join(home, name);
  mkdirSync(join(folder, 'data'), { recursive: true });
  const here = (text: string): string =>
    text
      .replaceAll('/etc/redis-access', folder)
      .replaceAll('/etc/redis', folder)
      .replace('dir /data', `dir ${folder}/data`)
      .replaceAll(`"$PRIMARY_HOST" 6379`, `127.0.0.1 ${String(primaryPort)}`)
      .replaceAll('6379', String(port));
  const files = {
    'redis.conf': redisConf(service({ redis: { replicas: 2 } }).spec.redis).replace('bind * -::*', 'bind 127.0.0.1'),
    'users.acl': usersAcl(passwords),
    'replication.conf': replicationConf(passwords),
    'start.sh': startScript,
    'ready.sh': readyScript,
    'live.sh': liveScript,
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), here(text));
  const env = { ...process.env, POD_NAME: `demo-redis-${name}`, PRIMARY_HOST: '127.0.0.1' };
  const child = spawn('/bin/sh', [join(folder, 'start.sh')], { env, stdio: 'ignore' });
  return { process: child, home: folder, port };
}

const probe = ({ home: folder }: Node, script: 'ready' | 'live') =>
  spawnSync('/bin/sh', [join(folder, `${script}.sh`)], {
    env: { ...process.env, REDISCLI_AUTH: passwords['probe-password'], PRIMARY_HOST: '127.0.0.1' },
    encoding: 'utf8',
  });

type Login = { readonly user: string; readonly password: string };

function cli({ port }: Node, { user, password }: Login, command: readonly string[]): string {
  const env = { ...process.env, REDISCLI_AUTH: password };
  return spawnSync('redis-cli', ['--user', user, '-p', String(port), ...command], {
    env,
    encoding: 'utf8',
  }).stdout.trim();
}

const app = (node: Node, ...command: string[]): string =>
  cli(node, { user: 'app', password: passwords.password }, command);

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'tagservice-redis-'));
  const [first = 0, second = 0] = await freePorts(2);
  primary = start('0', first, first);
  copy = start('1', second, first);
  await vi.waitFor(() => {
    expect([probe(primary, 'ready').status, probe(copy, 'ready').status]).toEqual([0, 0]);
  }, within);
});

afterAll(async () => {
  for (const { process: child } of [copy, primary]) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(home, { recursive: true, force: true });
});

describe('the configuration that pods get', () => {
  it('makes pod 0 the primary and the other its copy', () => {
    expect(app(primary, 'role')).toMatch(/^master/);
    expect(app(copy, 'role')).toMatch(/^slave/);
  });

  it('copies what the application writes', async () => {
    // A copy counts from its first acknowledgement on, up to a second after it is linked.
    await vi.waitFor(() => {
      expect(app(primary, 'set', 'page', 'tags')).toBe('OK');
    }, within);
    expect(app(primary, 'wait', '1', '2000')).toBe('1');
    expect(app(copy, 'get', 'page')).toBe('tags');
  });

  it('lets the application run scripts and listen to channels', () => {
    expect(app(primary, 'eval', "return redis.call('set', KEYS[1], 'x')", '1', 'scripted')).toBe('OK');
    expect(app(primary, 'publish', 'wake:one', 'job')).toBe('0');
    expect(app(primary, 'info', 'server')).toContain('redis_version:7');
  });

  it.each([
    [['config', 'set', 'maxmemory', '1']],
    [['replicaof', 'no', 'one']],
    [['flushall']],
    [['flushdb']],
    [['keys', '*']],
    [['shutdown']],
    [['acl', 'list']],
    [['debug', 'sleep', '1']],
    [['script', 'flush']],
  ])('does not let the application %j', (command) => {
    // The server itself refuses DEBUG, before it looks at the access list.
    expect(app(primary, ...command)).toMatch(/NOPERM|not allowed/);
  });

  it('lets nobody in without a password', () => {
    expect(spawnSync('redis-cli', ['-p', String(primary.port), 'ping'], { encoding: 'utf8' }).stdout).toContain(
      'NOAUTH',
    );
    expect(cli(primary, { user: 'app', password: 'wrong' }, ['ping'])).not.toContain('PONG');
  });

  it('lets the probe ask, and nothing else', () => {
    expect(cli(primary, { user: 'probe', password: passwords['probe-password'] }, ['get', 'page'])).toContain('NOPERM');
    expect(probe(primary, 'live').status).toBe(0);
  });

  it('refuses writes once the copy is away, and takes the copy for not ready when the primary is', async () => {
    copy.process.kill('SIGSTOP');
    await vi.waitFor(() => {
      expect(app(primary, 'set', 'page', 'other')).toContain('NOREPLICAS');
    }, within);
    copy.process.kill('SIGCONT');
    await vi.waitFor(() => {
      expect(app(primary, 'set', 'page', 'again')).toBe('OK');
    }, within);
    primary.process.kill('SIGKILL');
    await once(primary.process, 'exit');
    await vi.waitFor(() => {
      expect(probe(copy, 'ready')).toMatchObject({
        status: 1,
        stdout: expect.stringContaining('not linked to the primary'),
      });
    }, within);
    expect(probe(copy, 'live').status).toBe(0);
    expect(probe(primary, 'live').status).not.toBe(0);
  });

  it('keeps what a script wrote when the primary dies and comes back', async () => {
    primary = start('0', primary.port, primary.port);
    await vi.waitFor(() => {
      expect(
        app(
          primary,
          'eval',
          "redis.call('set', KEYS[1], '1') return redis.call('set', KEYS[2], '2')",
          '2',
          'one',
          'two',
        ),
      ).toBe('OK');
    }, within);
    expect(app(primary, 'wait', '1', '2000')).toBe('1');
    primary.process.kill('SIGKILL');
    await once(primary.process, 'exit');
    primary = start('0', primary.port, primary.port);
    await vi.waitFor(() => {
      expect(app(primary, 'mget', 'one', 'two', 'page').split('\n')).toEqual(['1', '2', 'again']);
    }, within);
  });
});
