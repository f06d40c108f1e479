import { join } from 'node:path';
import { step, until, type Cluster, type Report } from '@tagservice/cluster';
import { workspaceRoot } from '../paths.ts';
import { chooseCluster } from './choose-cluster.ts';
import { ensureImages, type ImageReferences } from './load-images.ts';
import type { UpOptions } from './options.ts';
import {
  ensureRelease,
  operatorNamespace,
  releasesOf,
  removeRelease,
  sampleName,
  sampleNamespace,
} from './releases.ts';
import { tagsOf, type TagsAnswer } from './tag-client.ts';
import { waitReady } from './wait-ready.ts';

/** How long a started installation may take to be Ready; pods, volumes, topics and probes together need about 30 s on two cores. */
const readyWithinSeconds = 300;
const crdWithinSeconds = 60;
const imagesWithinMs = 120_000;

/** A page of the sample site as pods of the cluster reach it. */
export function samplePage(path: string): string {
  return `http://sample-site.${sampleNamespace}.svc/${path}`;
}

/** What `up` found and did. */
export interface UpResult {
  readonly cluster: Cluster;
  /** False when the cluster, the images and both releases were already as they should be. */
  readonly changed: boolean;
}

/** Brings everything up to a Ready TagService, doing only what is missing. */
export async function bringUp(options: UpOptions, report: Report): Promise<UpResult> {
  const cluster = await chooseCluster(options, report);
  try {
    return await bringUpOn(cluster, report);
  } catch (error) {
    throw new UpFailed(cluster, error);
  }
}

/** `up` could not go on. Carries the cluster, so that the state it was left in can be shown. */
export class UpFailed extends Error {
  override readonly name = 'UpFailed';
  readonly cluster: Cluster;

  constructor(cluster: Cluster, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.cluster = cluster;
  }
}

async function bringUpOn(cluster: Cluster, report: Report): Promise<UpResult> {
  const started = await cluster.up();
  const images = await ensureImages(cluster, report);
  await ensureNamespaces(cluster);
  const [operator, sample] = releasesOf(images);
  const operatorChanged = await ensureRelease(cluster, operator, report);
  const crd = ['wait', '--for', 'condition=established', 'crd/tagservices.tagservice.dev'];
  await cluster.kubectl([...crd, '--timeout', `${String(crdWithinSeconds)}s`]);
  const sampleChanged = await ensureRelease(cluster, sample, report);
  await waitRollout(cluster, [operatorNamespace, 'deployment/tagservice-operator'], report);
  await waitImages(cluster, images.apps, report);
  await waitReady(cluster, { namespace: sampleNamespace, name: sampleName, seconds: readyWithinSeconds }, report);
  await waitRollout(cluster, [sampleNamespace, 'deployment/sample-site'], report);
  return { cluster, changed: started.changed || images.changed || operatorChanged || sampleChanged };
}

/** The namespaces carry the labels of pod security; helm would make them without. */
async function ensureNamespaces(cluster: Cluster): Promise<void> {
  const files = ['manifests/install/namespace.yaml', 'manifests/samples/namespace.yaml'];
  const named = files.flatMap((file) => ['--filename', join(workspaceRoot, file)]);
  await cluster.kubectl(['apply', '--server-side', '--field-manager', 'tagservice-up', ...named]);
}

/** The operator did not take over the images that it was installed with. */
export class ImagesNotTaken extends Error {
  override readonly name = 'ImagesNotTaken';
}

/** After a change of the code Ready may still be that of the old images: waits until the Deployments name the new ones. */
async function waitImages(cluster: Cluster, apps: ImageReferences['apps'], report: Report): Promise<void> {
  const path = 'jsonpath={.items[*].spec.template.spec.containers[*].image}';
  const args = ['get', 'deployments', '--namespace', sampleNamespace, '--output', path];
  await step(report, `the operator uses ${apps.api} and ${apps.compute}`, async () => {
    const taken = await until({ timeoutMs: imagesWithinMs, everyMs: 250 }, async () => {
      const { stdout } = await cluster.kubectl(args, { allowFailure: true });
      return stdout.includes(apps.api) && stdout.includes(apps.compute);
    });
    if (!taken)
      throw new ImagesNotTaken(`The Deployments of ${sampleName} do not use ${apps.api} and ${apps.compute}.`);
  });
}

async function waitRollout(
  cluster: Cluster,
  [namespace, what]: readonly [string, string],
  report: Report,
): Promise<void> {
  const args = ['rollout', 'status', what, '--namespace', namespace, '--timeout', `${String(readyWithinSeconds)}s`];
  await step(report, `${namespace}/${what} is rolled out`, () => cluster.kubectl(args));
}

/** Tags one page of the sample site through the API of the sample service; answers with the tags and how long it took. */
export async function firstTags(cluster: Cluster, path: string): Promise<{ answer: TagsAnswer; milliseconds: number }> {
  const api = await cluster.forward({ namespace: sampleNamespace, service: `${sampleName}-api`, port: 80 });
  try {
    const started = performance.now();
    const answer = await tagsOf(api.url, samplePage(path));
    return { answer, milliseconds: performance.now() - started };
  } finally {
    await api.close();
  }
}

/** Removes the cluster, or from a cluster that is not ours what `up` has installed. Answers whether there was anything to remove. */
export async function takeDown(options: UpOptions, report: Report): Promise<boolean> {
  const cluster = await chooseCluster(options, report);
  if (cluster.provider !== 'context') return (await cluster.down()).changed;
  await removeRelease(cluster, { name: sampleName, namespace: sampleNamespace }, report);
  await removeRelease(cluster, { name: 'tagservice-operator', namespace: operatorNamespace }, report);
  return true;
}
