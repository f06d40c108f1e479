import { createServer } from 'node:net';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommandFailed, PrerequisiteMissing, UsageError } from './errors.ts';
import { explain } from './explain.ts';
import { canonicalImage, imageArchive } from './images.ts';
import { bridgePort, namespaceName, namespacesOf, nodeAddress, podSubnet } from './netns.ts';
import { cacheDir, checkName, clusterPaths, stateRoot } from './paths.ts';
import { forwardedPort } from './port-forward.ts';
import { freePorts, listens } from './ports.ts';
import { describeEvent, step } from './report.ts';
import { requireSpace } from './space.ts';
import { describeStatus } from './status-text.ts';
import type { StepEvent } from './types.ts';

describe('the name of a cluster', () => {
  it.each(['dev', 'a', 'e2e-scaling-1', 'x'.repeat(20)])('may be %s', (name) => {
    expect(checkName(name)).toBe(name);
  });

  it.each(['', 'Dev', '1st', '-a', 'a-', 'a/b', '../etc', 'a b', 'ä', 'x'.repeat(21)])('may not be %j', (name) => {
    expect(() => checkName(name)).toThrow(UsageError);
  });

  it('never reaches out of its folders and never makes a link name too long', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z0-9-]{0,18}[a-z0-9]$/), fc.nat(8), (name, index) => {
        expect(clusterPaths(name).home).toBe(join(stateRoot(), 'clusters', name));
        expect(namespaceName(name, index)).toMatch(/^tsvc-[a-z0-9-]+$/);
        expect(bridgePort(index).length).toBeLessThanOrEqual(15);
      }),
    );
  });
});

describe('namespaces of a cluster', () => {
  it('are not those of a cluster whose name begins alike', () => {
    const all = ['tsvc-a-cp', 'tsvc-a-0', 'tsvc-a-b-cp', 'tsvc-a-b-0', 'tsvc-ab-0', 'other', 'tsvc-a-x'];
    expect(namespacesOf('a', all)).toEqual(['tsvc-a-cp', 'tsvc-a-0']);
    expect(namespacesOf('a-b', all)).toEqual(['tsvc-a-b-cp', 'tsvc-a-b-0']);
  });

  it('have different addresses and pod ranges on each node', () => {
    const nine = Array.from({ length: 9 }, (_, index) => index);
    expect(new Set(nine.map(nodeAddress)).size).toBe(9);
    expect(new Set(nine.map(podSubnet)).size).toBe(9);
    expect(nine.map(nodeAddress)).not.toContain('172.30.0.1');
  });
});

describe('where things lie', () => {
  it('can be said by the user', () => {
    expect(cacheDir({ TAGSERVICE_CACHE: '/c' })).toBe('/c');
    expect(cacheDir({ XDG_CACHE_HOME: '/x' })).toBe('/x/tagservice');
    expect(stateRoot({ TAGSERVICE_STATE: '/s' })).toBe('/s');
    expect(stateRoot({ XDG_STATE_HOME: '/y' })).toBe('/y/tagservice');
  });
});

describe('image names', () => {
  it.each([
    ['redis:7', 'docker.io/library/redis:7'],
    ['redis', 'docker.io/library/redis:latest'],
    ['tagservice/api:1', 'docker.io/tagservice/api:1'],
    ['docker.io/tagservice/api:1', 'docker.io/tagservice/api:1'],
    ['localhost/a:1', 'localhost/a:1'],
    ['localhost:5000/a', 'localhost:5000/a:latest'],
    ['ghcr.io/a/b@sha256:00', 'ghcr.io/a/b@sha256:00'],
  ])('%s is %s', (short, full) => {
    expect(canonicalImage(short)).toBe(full);
    expect(canonicalImage(full)).toBe(full);
  });

  it('are in the archive that tar can read and that is the same every time', () => {
    const dir = mkdtempSync(join(tmpdir(), 'tagservice-image-'));
    try {
      const archive = imageArchive('x/pause:1', Buffer.from('program'));
      writeFileSync(join(dir, 'a.tar'), archive);
      const list = execFileSync('tar', ['-tf', join(dir, 'a.tar')], { encoding: 'utf8' });
      expect(list.split('\n').filter(Boolean)).toEqual(['config.json', 'layer.tar', 'manifest.json']);
      const manifest = execFileSync('tar', ['-xOf', join(dir, 'a.tar'), 'manifest.json'], { encoding: 'utf8' });
      expect(JSON.parse(manifest)).toEqual([{ Config: 'config.json', RepoTags: ['x/pause:1'], Layers: ['layer.tar'] }]);
      expect(imageArchive('x/pause:1', Buffer.from('program')).equals(archive)).toBe(true);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('ports', () => {
  it('are free and different', async () => {
    const ports = await freePorts(8);
    expect(new Set(ports).size).toBe(8);
    expect(await Promise.all(ports.map(listens))).toEqual(ports.map(() => false));
  });

  it('are seen to be taken', async () => {
    const server = createServer();
    const [port = 0] = await freePorts(1);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    expect(await listens(port)).toBe(true);
    await new Promise((resolve) => server.close(resolve));
  });

  it('are read from what kubectl port-forward says', () => {
    expect(forwardedPort('Forwarding from 127.0.0.1:41234 -> 8080')).toBe(41_234);
    expect(forwardedPort('Forwarding from [::1]:41234 -> 8080')).toBeUndefined();
    expect(forwardedPort('Handling connection for 41234')).toBeUndefined();
  });
});

describe('what the user reads', () => {
  it('is how long each step took, and that a long one goes on', async () => {
    const events: StepEvent[] = [];
    const answer = await step(
      (event) => events.push(event),
      'compile',
      (handle) => {
        handle.progress('12 packages');
        handle.detail('40 packages');
        return Promise.resolve(7);
      },
    );
    expect(answer).toBe(7);
    expect(events.map(({ kind }) => kind)).toEqual(['begin', 'progress', 'done']);
    expect(events.map(describeEvent).join('\n')).toMatch(
      /compile: 12 packages \(0 s\)\n +0\.0 s {2}compile \(40 packages\)$/,
    );
  });

  it('is a sentence for a full disk and the stack for a defect', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    expect(explain(full)).toContain('Make room');
    expect(explain(new TypeError('x is not a function'))).toContain('names.spec.ts');
    expect(explain(new PrerequisiteMissing('A is not there.', 'Install A.'))).toBe('A is not there.\nInstall A.');
    expect(explain('odd')).toBe('odd');
  });

  it('is the end of what a failed program said', () => {
    const stderr = Array.from({ length: 40 }, (_, line) => `line ${String(line)}`).join('\n');
    const { message } = new CommandFailed('apt-get install x', { exitCode: 100, stdout: '', stderr });
    expect(message).toContain('apt-get install x ended with exit code 100');
    expect(message).toContain('line 39');
    expect(message).not.toContain('line 3\n');
  });

  it('is the room that is missing, before anything is made', () => {
    const needed = { bytes: 1e18, what: 'Compiling', name: 'TAGSERVICE_CACHE' };
    expect(() => {
      requireSpace('/nowhere/yet', needed);
    }).toThrow(/Compiling needs 1000000000\.0 GB.*TAGSERVICE_CACHE/s);
    expect(() => {
      requireSpace('/nowhere/yet', { ...needed, bytes: 1 });
    }).not.toThrow();
  });

  it('is the state of each part and node', () => {
    const text = describeStatus({
      name: 'dev',
      provider: 'embedded',
      profile: 'full',
      state: 'degraded',
      components: [
        { name: 'etcd', running: true, pid: 42 },
        { name: 'kubelet-1', running: false, detail: 'stopped' },
        { name: 'relay', running: false },
      ],
      nodes: [
        { name: 'node-0', ready: true, zone: 'zone-a' },
        { name: 'node-1', ready: false, zone: 'zone-b', stopped: true },
        { name: 'node-2', ready: false, cut: true },
      ],
    });
    expect(text.split('\n')).toEqual([
      'dev: degraded (provider embedded, profile full)',
      'Parts:',
      '  etcd                      runs (42)',
      '  kubelet-1                 stopped',
      '  relay                     is gone',
      'Nodes:',
      '  node-0                    Ready  zone-a',
      '  node-1                    NotReady, stopped  zone-b',
      '  node-2                    NotReady, cut off',
    ]);
  });
});
