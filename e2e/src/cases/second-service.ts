import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cluster } from '@tagservice/cluster';
import { isReady, readService, sampleName, sampleNamespace, tagsOf } from '@tagservice/workspace/up';
import { ServiceApi } from '../api.ts';
import { check, type CaseContext, type E2eCase } from '../e2e-case.ts';
import { inSeconds, listObjects, within, type KubeObject } from '../kube.ts';
import { freshPages } from '../pages.ts';

const manifest = join(fileURLToPath(new URL('../../../', import.meta.url)), 'manifests/samples/tagservice-second.yaml');
const namespace = 'tags-two';
const name = 'second';
const children =
  'deployments,statefulsets,services,horizontalpodautoscalers,poddisruptionbudgets,serviceaccounts,secrets';
const ours = ['--selector', `tagservice.dev/service=${name}`];

async function childrenOf(cluster: Cluster): Promise<readonly KubeObject[]> {
  return await listObjects(cluster, namespace, [children, ...ours]);
}

/** Names of the topics that a broker of the development Kafka has. */
async function topics(cluster: Cluster): Promise<readonly string[]> {
  const [pod] = await listObjects(cluster, sampleNamespace, ['pods', '--selector', 'app.kubernetes.io/name=kafka']);
  const list = ['/opt/kafka/bin/kafka-topics.sh', '--bootstrap-server', 'localhost:9092', '--list'];
  const args = ['exec', pod?.metadata.name ?? 'kafka-0', '--namespace', sampleNamespace, '--', ...list];
  return (await cluster.kubectl(args)).stdout.split('\n').filter((topic) => topic !== '');
}

async function firstStays({ cluster }: CaseContext): Promise<void> {
  const first = await readService(cluster, sampleNamespace, sampleName);
  check(
    first !== undefined && isReady(first),
    `TagService ${sampleNamespace}/${sampleName} must stay Ready beside the second`,
  );
}

async function run(context: CaseContext): Promise<void> {
  const { cluster, say } = context;
  await cluster.kubectl(['apply', '--filename', manifest]);
  const { seconds } = await within({ seconds: 180 }, 'the second TagService is Ready', async () => {
    const service = await readService(cluster, namespace, name);
    return service !== undefined && isReady(service) ? true : undefined;
  });
  say(`second TagService Ready after ${inSeconds(seconds)}`);
  await firstStays(context);
  const api = new ServiceApi(cluster, namespace, name);
  try {
    const answer = await tagsOf(await api.base(), freshPages(1)[0] ?? '');
    say(`it tags: ${answer.tags.map(({ tag }) => tag).join(', ')}`);
  } finally {
    await api.close();
  }
  await cluster.kubectl(['delete', 'tagservice', name, '--namespace', namespace, '--timeout', '60s']);
  const gone = await within({ seconds: 60 }, 'the objects of the deleted TagService are gone', async () =>
    (await childrenOf(cluster)).length === 0 ? true : undefined,
  );
  say(`deleted, its objects gone after ${inSeconds(gone.seconds)}`);
  const volumes = await listObjects(cluster, namespace, ['persistentvolumeclaims']);
  check(volumes.length > 0, 'the PersistentVolumeClaims of Redis must be kept');
  const kept = (await topics(cluster)).filter((topic) => topic.startsWith(`${namespace}.${name}.`));
  check(kept.length === 3, `all three topics must be kept, found: ${kept.join(', ')}`);
  say(`kept: ${volumes.map((one) => one.metadata.name).join(', ')}; ${kept.join(', ')}`);
  await firstStays(context);
  await cluster.kubectl(['delete', 'namespace', namespace, '--timeout', '90s']);
}

export const secondService: E2eCase = {
  name: 'second-service',
  summary: 'a second TagService in its own namespace; deleting it keeps topics and volumes',
  run,
};
