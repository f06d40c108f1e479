import { readService, sampleName, sampleNamespace, samplePage, requestTags } from '@tagservice/workspace/up';
import { ServiceApi } from '../api.ts';
import { check, CheckFailed, type CaseContext, type E2eCase } from '../e2e-case.ts';
import { inSeconds, within } from '../kube.ts';

const namespace = 'tags-bad';
const jobEndsWithinSeconds = 120;

function service(name: string, spec: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    apiVersion: 'tagservice.dev/v1alpha1',
    kind: 'TagService',
    metadata: { name, namespace },
    spec,
  });
}

const wrongUrls: readonly (readonly [url: string, status: number])[] = [
  ['not a url', 400],
  ['', 400],
  ['ftp://example.org/file', 422],
  ['http://user:secret@example.org/', 422],
];

async function refusesUrls(base: string, { say }: CaseContext): Promise<void> {
  for (const [url, status] of wrongUrls) {
    const outcome = await requestTags(base, url);
    if (outcome.kind !== 'refused') throw new CheckFailed(`"${url}" was not refused: ${JSON.stringify(outcome)}`);
    const { code, fix } = outcome.problem;
    check(
      outcome.status === status,
      `"${url}" must be a ${String(status)}, was ${String(outcome.status)} ${JSON.stringify(outcome.problem)}`,
    );
    check(typeof fix === 'string' && fix !== '', `the problem of "${url}" does not say how to fix it`);
    say(`"${url}" -> ${String(outcome.status)} ${String(code)}: ${String(fix)}`);
  }
}

/** What became of a page that cannot be had, in words; fails the case where it was tagged or its job did not fail. */
async function failureOf(api: ServiceApi, page: string): Promise<string> {
  const outcome = await api.ask(page);
  if (outcome.kind === 'tags') throw new CheckFailed(`${page} must not have tags`);
  if (outcome.kind === 'refused') return `${String(outcome.problem['code'])} ${String(outcome.problem['detail'])}`;
  const job = await api.ended(outcome.location, jobEndsWithinSeconds);
  const { code, detail } = job?.error ?? {};
  check(
    job?.status === 'failed' && code !== undefined,
    `the job of ${page} must fail with a reason: ${JSON.stringify(job)}`,
  );
  return `job failed: ${code ?? ''} ${detail ?? ''}`;
}

/** Pages that cannot be had: their jobs must end, and say why. */
async function failsJobs(api: ServiceApi, { say }: CaseContext): Promise<void> {
  const stamp = String(Date.now());
  for (const page of [
    samplePage(`articles/none?run=${stamp}`),
    `http://no-such-host.${sampleNamespace}.svc/?run=${stamp}`,
  ])
    say(`${page} -> ${await failureOf(api, page)}`);
}

const wrongSpecs: readonly (readonly [field: string, spec: Readonly<Record<string, unknown>>])[] = [
  ['spec.kafka.brokers', { kafka: {} }],
  ['spec.kafka.brokers', { kafka: { brokers: ['no-port'] } }],
  ['spec.scaling', { kafka: { brokers: ['kafka.tags.svc:9092'] }, scaling: { compute: { min: 5, max: 2 } } }],
  ['spec.compute.concurrency', { kafka: { brokers: ['kafka.tags.svc:9092'] }, compute: { concurrency: 'many' } }],
];

async function refusesResources({ cluster, say }: CaseContext): Promise<void> {
  for (const [field, spec] of wrongSpecs) {
    const applied = await cluster.kubectl(['apply', '--filename', '-'], {
      input: service('wrong', spec),
      allowFailure: true,
    });
    check(applied.exitCode !== 0, `a TagService with ${JSON.stringify(spec)} must be refused`);
    check(applied.stderr.includes(field), `the refusal must name ${field}: ${applied.stderr}`);
    say(
      applied.stderr
        .split('\n')
        .find((line) => line.includes(field))
        ?.trim() ?? '',
    );
  }
}

/** A broker that does not exist: a condition names the address, and all is well once the address is right. */
async function recoversFromWrongBroker({ cluster, say }: CaseContext): Promise<void> {
  const wrong = 'no-such-kafka.tags.svc:9092';
  const one = { partitions: 1, replicationFactor: 1, minInSyncReplicas: 1 };
  const topics = { requests: one, results: one, deadLetters: one };
  const apply = async (broker: string): Promise<void> => {
    const spec = {
      kafka: { brokers: [broker], ...topics },
      redis: { replicas: 1, storage: { size: '1Gi' } },
      scaling: { api: { min: 1, max: 1 } },
    };
    await cluster.kubectl(['apply', '--filename', '-'], { input: service('astray', spec) });
  };
  const condition = async (type: string): Promise<{ status: string; message?: string } | undefined> =>
    (await readService(cluster, namespace, 'astray'))?.status?.conditions?.find((found) => found.type === type);
  await apply(wrong);
  const told = await within({ seconds: 60 }, `a condition names ${wrong}`, async () => {
    const topicsReady = await condition('TopicsReady');
    return topicsReady?.status !== 'True' && topicsReady?.message?.includes(wrong) === true
      ? topicsReady.message
      : undefined;
  });
  say(`${inSeconds(told.seconds)}: ${told.found}`);
  await apply('kafka.tags.svc:9092');
  const ready = await within({ seconds: 180 }, 'the TagService is Ready after the address was put right', async () =>
    (await condition('Ready'))?.status === 'True' ? true : undefined,
  );
  say(`Ready ${inSeconds(ready.seconds)} after the address was put right`);
}

async function run(context: CaseContext): Promise<void> {
  const { cluster } = context;
  const api = new ServiceApi(cluster, sampleNamespace, sampleName);
  await cluster.kubectl(['create', 'namespace', namespace], { allowFailure: true });
  try {
    await refusesUrls(await api.base(), context);
    await failsJobs(api, context);
    await refusesResources(context);
    await recoversFromWrongBroker(context);
  } finally {
    await api.close();
    await cluster.kubectl(['delete', 'tagservices', '--all', '--namespace', namespace, '--timeout', '60s'], {
      allowFailure: true,
    });
    await cluster.kubectl(['delete', 'namespace', namespace, '--wait=false'], { allowFailure: true });
  }
}

export const badInput: E2eCase = {
  name: 'bad-input',
  summary: 'wrong URLs, unreachable pages, invalid resources and a wrong Kafka address are told, and recovered from',
  run,
};
