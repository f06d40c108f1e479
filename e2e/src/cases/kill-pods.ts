import type { Cluster } from '@tagservice/cluster';
import { operatorNamespace, sampleName, sampleNamespace } from '@tagservice/workspace/up';
import { ServiceApi } from '../api.ts';
import { check, CheckFailed, type CaseContext, type E2eCase } from '../e2e-case.ts';
import { inSeconds, listObjects, within, type KubeObject } from '../kube.ts';
import { freshPages } from '../pages.ts';

interface Victim {
  readonly title: string;
  readonly namespace: string;
  readonly selector: string;
}

const part = (component: string): string =>
  `tagservice.dev/service=${sampleName},app.kubernetes.io/component=${component}`;

const victims: readonly Victim[] = [
  { title: 'API', namespace: sampleNamespace, selector: part('api') },
  { title: 'compute', namespace: sampleNamespace, selector: part('compute') },
  { title: 'Redis', namespace: sampleNamespace, selector: part('redis') },
  { title: 'Kafka', namespace: sampleNamespace, selector: 'app.kubernetes.io/name=kafka' },
  { title: 'operator', namespace: operatorNamespace, selector: 'app.kubernetes.io/name=tagservice-operator' },
];

/** Requests under way at the same time. */
const streams = 3;
const backWithinSeconds = 120;
const endWithinSeconds = 180;

const isReady = (pod: KubeObject): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  (pod.status?.['conditions'] as readonly { type: string; status: string }[] | undefined)?.some(
    (one) => one.type === 'Ready' && one.status === 'True',
  ) === true;

async function podsOf(cluster: Cluster, victim: Victim): Promise<readonly KubeObject[]> {
  return await listObjects(cluster, victim.namespace, ['pods', '--selector', victim.selector]);
}

/** Ends one pod as it would end with its node, and waits until as many are ready as before. */
async function kill(cluster: Cluster, victim: Victim): Promise<number> {
  const before = (await podsOf(cluster, victim)).filter(isReady);
  const [first] = before;
  if (first === undefined)
    throw new CheckFailed(`there is no ready pod of ${victim.title} (${victim.selector}) to kill`);
  const args = ['delete', 'pod', first.metadata.name, '--namespace', victim.namespace];
  await cluster.kubectl([...args, '--grace-period=0', '--force', '--wait=false']);
  const { seconds } = await within({ seconds: backWithinSeconds }, `${victim.title} is back`, async () => {
    const now = (await podsOf(cluster, victim)).filter(isReady);
    const others = now.filter((pod) => pod.metadata.uid !== first.metadata.uid);
    return others.length >= before.length ? true : undefined;
  });
  return seconds;
}

/** A stream of requests for ever new pages; remembers each that was accepted. */
class Stream {
  readonly jobs: { readonly page: string; readonly location: string }[] = [];
  answered = 0;
  #going = true;

  async run(api: ServiceApi, pages: Iterator<string, undefined>): Promise<void> {
    for (let next = pages.next(); this.#going && next.done !== true; next = pages.next()) {
      const outcome = await api.ask(next.value).catch(() => undefined);
      if (outcome?.kind === 'tags') this.answered += 1;
      if (outcome?.kind === 'accepted') this.jobs.push({ page: next.value, location: outcome.location });
    }
  }

  stop(): void {
    this.#going = false;
  }
}

async function run({ cluster, say }: CaseContext): Promise<void> {
  const api = new ServiceApi(cluster, sampleNamespace, sampleName);
  const stream = new Stream();
  const pages = freshPages(50_000)[Symbol.iterator]() as Iterator<string, undefined>;
  const running = Promise.all(Array.from({ length: streams }, () => stream.run(api, pages)));
  try {
    for (const victim of victims) {
      const seconds = await kill(cluster, victim);
      say(`${victim.title} pod killed, replaced and ready after ${inSeconds(seconds)}`);
    }
  } finally {
    stream.stop();
    await running;
  }
  say(`${String(stream.answered)} requests answered at once, ${String(stream.jobs.length)} accepted as jobs`);
  await allEnded(api, stream);
  await api.close();
}

async function allEnded(api: ServiceApi, stream: Stream): Promise<void> {
  check(stream.answered > 0, 'not one request was answered at once');
  const open: string[] = [];
  for (const { page, location } of stream.jobs) {
    const job = await api.ended(location, endWithinSeconds);
    const outcome = job?.status === 'done' ? await api.accepted(page) : undefined;
    if (outcome?.kind !== 'tags') open.push(`${location} (${page}): ${JSON.stringify(job ?? 'no end in time')}`);
  }
  check(open.length === 0, `accepted and never answered:\n${open.slice(0, 10).join('\n')}`);
}

export const killPods: E2eCase = {
  name: 'kill-pods',
  summary: 'pods of API, compute, Redis, Kafka and operator killed during a stream; no accepted request is lost',
  run,
};
