import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goModulesDir } from './paths.ts';
import { buildOf, cacheKey, kubernetesVersion, lockContents, toolBuilds, type ToolName } from './tool-catalogue.ts';
import { isRecentGo, toolEnvironment, toolPath } from './toolchain.ts';

const names: ToolName[] = [
  'helper',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'kubectl',
  'coredns',
  'helm',
  'kubeconform',
];

describe('the tools', () => {
  it('come from the table, each name from one build', () => {
    const known = toolBuilds.flatMap((build) => (build.aliases.length > 0 ? build.aliases : [build.module]));
    expect([...known].sort()).toEqual([...names].sort());
    for (const name of names) expect(buildOf(name)).toBeDefined();
  });

  it('are pinned by a go.mod and a go.sum, Kubernetes and its staging modules by the same release', () => {
    for (const { module } of toolBuilds) {
      for (const file of ['go.mod', 'go.sum']) expect(existsSync(join(goModulesDir, module, file))).toBe(true);
    }
    const mod = readFileSync(join(goModulesDir, 'kubernetes', 'go.mod'), 'utf8');
    expect(mod).toContain(`k8s.io/kubernetes ${kubernetesVersion}`);
    const staged = [...mod.matchAll(/=> k8s\.io\/\S+ (\S+)/g)].map(([, version]) => version);
    expect(staged.length).toBeGreaterThan(25);
    expect(new Set(staged)).toEqual(new Set([kubernetesVersion.replace('v1.', 'v0.')]));
  });

  it('say the version that their module pins', () => {
    for (const { module, version } of toolBuilds.filter((build) => build.module !== 'helper')) {
      expect(readFileSync(join(goModulesDir, module, 'go.mod'), 'utf8'), module).toContain(` ${version}`);
    }
  });
});

describe('the key of a build in the cache', () => {
  const build = buildOf('helper');

  it('changes with any byte of the lock, with the order of the files, the flags and the kind of machine', () => {
    const key = cacheKey(build, ['a', 'b'], 'x64');
    expect(key).toMatch(/^helper-v\d+-[0-9a-f]{12}$/);
    expect(cacheKey(build, ['b', 'a'], 'x64')).not.toBe(key);
    expect(cacheKey(build, ['a', 'b'], 'arm64')).not.toBe(key);
    expect(cacheKey({ ...build, ldflags: '' }, ['a', 'b'], 'x64')).not.toBe(key);
  });

  it('does not depend on where one file ends and the next begins by chance', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (left, right) => {
        expect(cacheKey(build, [left + right, ''], 'x64')).not.toBe(cacheKey(build, [left, right], 'x64'));
      }),
    );
  });

  it('covers the Go files of a module that lies elsewhere', () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'module-'));
    try {
      writeFileSync(join(elsewhere, 'main.go'), 'package main');
      writeFileSync(join(elsewhere, 'README.md'), 'not part of the build');
      expect(lockContents({ module: 'other', folder: elsewhere })).toEqual(['main.go\npackage main']);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  it('covers every Go file of the module', () => {
    expect(lockContents(buildOf('helper')).join('\n')).toMatch(
      /go\.mod[\s\S]*go\.sum[\s\S]*main\.go[\s\S]*volumes\.go/,
    );
  });
});

describe('finding Go', () => {
  it.each([
    ['go1.26.8', true],
    ['go1.25', true],
    ['go1.25rc1', true],
    ['go2.0', true],
    ['go1.24.9', false],
    ['go1.19.8', false],
    ['devel', false],
    ['', false],
  ])('takes %s: %s', (version, taken) => {
    expect(isRecentGo(version)).toBe(taken);
  });
});

describe('the environment of a cluster', () => {
  it('puts our kubectl and helm before those of the machine and keeps the rest', () => {
    const env = toolEnvironment('/k', { PATH: '/usr/bin', HOME: '/h', TAGSERVICE_CACHE: '/c' });
    expect(env).toMatchObject({ KUBECONFIG: '/k', HOME: '/h' });
    expect(env['PATH']).toMatch(/^\/c\/tools\/kubernetes-[^:]+:\/c\/tools\/helm-[^:]+:\/usr\/bin$/);
  });

  it('knows where a tool will be before it is built', () => {
    expect(toolPath('kubectl')).toMatch(/\/tools\/kubernetes-v1[^/]+\/kubectl$/);
  });
});
