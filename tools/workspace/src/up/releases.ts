import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { step, type Cluster, type Report } from '@tagservice/cluster';
import { workspaceRoot } from '../paths.ts';
import type { ImageReferences } from './load-images.ts';

/** A chart of this checkout, installed under a name with values. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  /** Folder relative to the root. */
  readonly chart: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export const operatorNamespace = 'tagservice-system';
export const sampleNamespace = 'tags';
export const sampleName = 'demo';

/** Small enough for a laptop, with scaling that can be watched. */
const sampleSpec = {
  // Open, so that a first look needs no token. The default is not.
  api: {
    auth: { mode: 'Anonymous' },
    pod: { resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } } },
  },
  compute: {
    // The sample site belongs to the sample and may be asked as fast as it goes.
    fetch: { perHostConcurrency: 64, perHostInterval: '0s' },
    pod: { resources: { requests: { cpu: '50m', memory: '160Mi' }, limits: { memory: '768Mi' } } },
  },
  redis: { storage: { size: '1Gi' } },
  // Workers take a core each: more of them than the machine has cores only make every page slower.
  scaling: { compute: { max: 4 } },
};

function splitReference(reference: string): { repository: string; tag: string } {
  const colon = reference.lastIndexOf(':');
  return { repository: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}

/** What `up` installs, in this order. */
export function releasesOf(images: ImageReferences): readonly [operator: Release, sample: Release] {
  const { apps, redis, kafka } = images;
  const operator: Release = {
    name: 'tagservice-operator',
    namespace: operatorNamespace,
    chart: 'charts/tagservice-operator',
    values: { image: splitReference(apps.operator), serviceImages: { api: apps.api, compute: apps.compute, redis } },
  };
  const sample: Release = {
    name: sampleName,
    namespace: sampleNamespace,
    chart: 'charts/tagservice',
    values: {
      kafka: { enabled: true, image: kafka },
      sampleSite: { enabled: true, image: apps['sample-site'] },
      spec: sampleSpec,
    },
  };
  return [operator, sample];
}

/** Hash of a chart's files and the values: the same inputs need no upgrade. 20 hex digits, short enough for a label. */
export function releaseDigest(root: string, release: Release): string {
  const hash = createHash('sha256').update(JSON.stringify(release.values));
  const files = globSync('**/*', { cwd: join(root, release.chart) }).sort();
  for (const file of files) {
    const path = join(root, release.chart, file);
    if (statSync(path).isFile()) hash.update(`${file}\0`).update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 20);
}

const digestLabel = 'tagservice-inputs';

interface ReleaseMetadata {
  readonly status?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

async function installed(cluster: Cluster, release: Release): Promise<ReleaseMetadata> {
  const args = ['get', 'metadata', release.name, '--namespace', release.namespace, '--output', 'json'];
  const { exitCode, stdout } = await cluster.helm(args, { allowFailure: true });
  return exitCode === 0 ? (JSON.parse(stdout) as ReleaseMetadata) : {};
}

/** A helm that was ended in the middle leaves a release that refuses every later upgrade: its record is taken back first. */
async function clearInterrupted(cluster: Cluster, release: Release, status: string | undefined): Promise<void> {
  const where = ['--namespace', release.namespace];
  if (status === 'pending-install') await cluster.helm(['uninstall', release.name, ...where]);
  if (status === 'pending-upgrade' || status === 'pending-rollback')
    await cluster.helm(['rollback', release.name, ...where]);
}

/** Installs or upgrades a release unless the same chart is there with the same values. Answers whether it changed anything. */
export async function ensureRelease(cluster: Cluster, release: Release, report: Report): Promise<boolean> {
  const digest = releaseDigest(workspaceRoot, release);
  const present = await installed(cluster, release);
  if (present.status === 'deployed' && present.labels?.[digestLabel] === digest) return false;
  const { name, namespace, chart, values } = release;
  await step(report, `helm upgrade --install ${name} (${chart}, namespace ${namespace})`, async () => {
    await clearInterrupted(cluster, release, present.status);
    const where = [
      '--namespace',
      namespace,
      '--create-namespace',
      '--values',
      '-',
      '--labels',
      `${digestLabel}=${digest}`,
    ];
    await cluster.helm(['upgrade', '--install', name, join(workspaceRoot, chart), ...where], {
      input: JSON.stringify(values),
    });
  });
  return true;
}

/** Removes a release if it is there. */
export async function removeRelease(
  cluster: Cluster,
  release: Pick<Release, 'name' | 'namespace'>,
  report: Report,
): Promise<void> {
  await step(report, `helm uninstall ${release.name} (namespace ${release.namespace})`, async () => {
    await cluster.helm(['uninstall', release.name, '--namespace', release.namespace, '--ignore-not-found', '--wait']);
  });
}
