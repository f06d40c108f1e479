import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster, RunResult } from '@tagservice/cluster';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { workspaceRoot } from '../paths.ts';
import { ensureRelease, releaseDigest, releasesOf } from './releases.ts';

const images = {
  apps: {
    operator: 'tagservice/operator:1',
    api: 'tagservice/api:2',
    compute: 'tagservice/compute:3',
    'sample-site': 'tagservice/sample-site:4',
  },
  redis: 'redis:7',
  kafka: 'apache/kafka:4.1.0',
  changed: false,
};

/** A cluster that only knows helm: keeps one release and counts upgrades. */
class HelmOnly {
  status: string | undefined;
  labels: Record<string, string> = {};
  readonly commands: string[] = [];

  helm(args: readonly string[]): Promise<RunResult> {
    const [verb = ''] = args;
    if (verb === 'get') {
      const found = this.status !== undefined;
      return Promise.resolve({
        exitCode: found ? 0 : 1,
        stdout: JSON.stringify({ status: this.status, labels: this.labels }),
        stderr: '',
      });
    }
    this.commands.push(verb);
    this.status = verb === 'uninstall' ? undefined : 'deployed';
    const label = args[args.indexOf('--labels') + 1] ?? '';
    if (verb === 'upgrade') this.labels = Object.fromEntries([label.split('=') as [string, string]]);
    return Promise.resolve({ exitCode: 0, stdout: '', stderr: '' });
  }
}

const silent = (): void => undefined;

describe('the releases', () => {
  const [operator, sample] = releasesOf(images);

  it('are charts of this checkout, installed with the images that were built', () => {
    for (const release of [operator, sample])
      expect(existsSync(join(workspaceRoot, release.chart, 'Chart.yaml'))).toBe(true);
    expect(operator.values).toMatchObject({
      image: { repository: 'tagservice/operator', tag: '1' },
      serviceImages: { api: 'tagservice/api:2' },
    });
    expect(sample.values).toMatchObject({
      kafka: { enabled: true, image: 'apache/kafka:4.1.0' },
      sampleSite: { image: 'tagservice/sample-site:4' },
    });
  });

  it('split a reference at its tag, not at the port of a registry', () => {
    const [release] = releasesOf({
      ...images,
      apps: { ...images.apps, operator: 'localhost:5000/tagservice/operator:1' },
    });
    expect(release.values['image']).toEqual({ repository: 'localhost:5000/tagservice/operator', tag: '1' });
  });
});

describe('installing a release', () => {
  const [operator] = releasesOf(images);
  const install = async (helm: HelmOnly, release = operator): Promise<boolean> =>
    await ensureRelease(helm as unknown as Cluster, release, silent);

  it('happens once: with the same chart and values nothing is done', async () => {
    const helm = new HelmOnly();
    expect(await install(helm)).toBe(true);
    expect(await install(helm)).toBe(false);
    expect(helm.commands).toEqual(['upgrade']);
  });

  it('happens again when an image has changed', async () => {
    const helm = new HelmOnly();
    await install(helm);
    const [changed] = releasesOf({ ...images, apps: { ...images.apps, api: 'tagservice/api:9' } });
    expect(await install(helm, changed)).toBe(true);
  });

  it.each([
    ['pending-install', ['uninstall', 'upgrade']],
    ['pending-upgrade', ['rollback', 'upgrade']],
    ['failed', ['upgrade']],
  ])('goes on after a run that ended in %s', async (status, commands) => {
    const helm = new HelmOnly();
    helm.status = status;
    expect(await install(helm)).toBe(true);
    expect(helm.commands).toEqual(commands);
  });
});

describe('the digest of a release', () => {
  let root = '';
  const [operator] = releasesOf(images);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'releases-'));
    cpSync(join(workspaceRoot, operator.chart), join(root, operator.chart), { recursive: true });
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it('changes with a file of the chart and with a value, and fits into a label', () => {
    const before = releaseDigest(root, operator);
    expect(before).toMatch(/^[0-9a-f]{20}$/);
    expect(releaseDigest(root, { ...operator, values: { more: 1 } })).not.toBe(before);
    writeFileSync(join(root, operator.chart, 'Chart.yaml'), 'changed');
    expect(releaseDigest(root, operator)).not.toBe(before);
  });
});
