import type { Cluster } from '@tagservice/cluster';
import { sampleName, sampleNamespace } from '@tagservice/workspace/up';
import { inParallel, ServiceApi } from '../api.ts';
import { check, type CaseContext, type E2eCase } from '../e2e-case.ts';
import { inSeconds, listObjects, within } from '../kube.ts';
import { freshPages } from '../pages.ts';

const urls = 2000;
const width = 64;
const upWithinSeconds = 30;
const downWithinSeconds = 420;
const allWithinSeconds = 300;
const workers = ['--selector', `tagservice.dev/service=${sampleName},app.kubernetes.io/component=compute`];

/** Workers of all revisions; outside a rollout there is one. */
async function replicas(cluster: Cluster): Promise<number> {
  const found = await listObjects(cluster, sampleNamespace, ['deployments', ...workers]);
  return found.reduce((sum, { spec }) => sum + ((spec?.['replicas'] as number | undefined) ?? 0), 0);
}

async function submitAll(api: ServiceApi, pages: readonly string[]): Promise<ReadonlyMap<string, string | undefined>> {
  const outcomes = new Map<string, string | undefined>();
  await inParallel(pages, width, async (page) => {
    const outcome = await api.accepted(page, { respondAsync: true });
    if (outcome !== undefined) outcomes.set(page, outcome.kind === 'accepted' ? outcome.location : undefined);
  });
  return outcomes;
}

async function allTagged(api: ServiceApi, accepted: ReadonlyMap<string, string | undefined>): Promise<number> {
  let tagged = 0;
  await inParallel([...accepted], width / 4, async ([, location]) => {
    const job = location === undefined ? { status: 'done' } : await api.ended(location, allWithinSeconds);
    if (job?.status === 'done') tagged += 1;
  });
  return tagged;
}

async function showEvents({ cluster, say }: CaseContext): Promise<void> {
  const about = `involvedObject.kind=HorizontalPodAutoscaler,involvedObject.name=${sampleName}-compute`;
  const args = [
    'get',
    'events',
    '--namespace',
    sampleNamespace,
    '--field-selector',
    about,
    '--sort-by',
    '.lastTimestamp',
  ];
  say((await cluster.kubectl(args)).stdout.trimEnd());
}

async function run(context: CaseContext): Promise<void> {
  const { cluster, say } = context;
  const api = new ServiceApi(cluster, sampleNamespace, sampleName);
  const before = await replicas(cluster);
  const started = performance.now();
  const submitted = submitAll(api, freshPages(urls));
  const grown = within(
    { seconds: upWithinSeconds, everyMs: 500 },
    `compute grows beyond ${String(before)}`,
    async () => {
      const now = await replicas(cluster);
      return now > before ? now : undefined;
    },
  );
  const [accepted, up] = await Promise.all([submitted, grown]);
  say(`compute ${String(before)} -> ${String(up.found)} replicas after ${inSeconds(up.seconds)}`);
  const tagged = await allTagged(api, accepted);
  say(`${String(tagged)} of ${String(urls)} tagged after ${inSeconds((performance.now() - started) / 1000)}`);
  await api.close();
  await showEvents(context);
  check(tagged === urls, `${String(urls - tagged)} pages were not tagged`);
  const down = await within(
    { seconds: downWithinSeconds, everyMs: 2000 },
    `compute shrinks to ${String(before)}`,
    async () => ((await replicas(cluster)) <= before ? true : undefined),
  );
  say(`compute back at ${String(before)} replicas ${inSeconds(down.seconds)} later`);
  await showEvents(context);
}

export const burst: E2eCase = {
  name: 'burst',
  summary: `${String(urls)} URLs at once: lag scales compute up within ${String(upWithinSeconds)} s and down afterwards, all are tagged`,
  run,
};
