import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { poll } from '@tagservice/cluster';
import { defineResource, type Applied, type KubeClient, type KubeObject } from '@tagservice/controller-runtime';
import { API_VERSION, KIND, PLURAL, type TagServiceStatus } from '@tagservice/crd';
import { startWorld } from '@tagservice/operator/faults/world';
import { executables } from '@tagservice/workspace';
import { BenchFailure } from '../errors.ts';
import type { BenchCase, Measure } from '../measure.ts';
import { bundleInto, scriptIn } from '../process/bundles.ts';
import { looks, startOperatorProcess } from '../operator/process.ts';
import { median } from '../statistics.ts';

const services = 10;
const starts = 5;
const namespace = 'bench-operator';

type Service = KubeObject & { spec: object; status?: TagServiceStatus };
const TagServices = defineResource<Service>({
  apiVersion: API_VERSION,
  kind: KIND,
  plural: PLURAL,
  namespaced: true,
});

/** The operator itself, as bundled for its image: real API server, real Kafka, simulated nodes. Nothing comparable exists to set beside it. */
export const operatorProcessCase: BenchCase = {
  name: 'operator-process',
  summary: 'our operator’s start and memory with ten services; no reference',
  run: async ({ scale }) => {
    const folder = await mkdtemp(join(tmpdir(), 'tagservice-bench-'));
    await bundleOperator(folder);
    const world = await startWorld();
    const script = scriptIn(folder, 'main');
    const start = () => startOperatorProcess(script, { kubeconfig: world.kubeconfig, namespace });
    try {
      await world.makeNamespace(namespace);
      for (let n = 0; n < services; n += 1) await declare(world.client, n, world.kafka.address);
      // The first one brings the services up; those that are timed find them running, as after a node was drained.
      await (await broughtUp(await start(), world.client)).stop();
      const readyMs: number[] = [];
      for (let n = 1; n < starts; n += 1) {
        const operator = await start();
        readyMs.push(operator.readyMs);
        await operator.stop();
      }
      const resting = await broughtUp(await start(), world.client);
      readyMs.push(resting.readyMs);
      const used = await looks(resting, Math.max(2, Math.round(10 * scale)), 3_000);
      await resting.stop();
      return measuresOf(readyMs, used);
    } finally {
      await world.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function bundleOperator(folder: string): Promise<void> {
  const operator = executables.find(({ name }) => name === 'operator');
  if (operator === undefined) throw new BenchFailure('The operator is not among the executables.');
  await bundleInto(folder, operator);
}

async function declare(client: KubeClient, n: number, broker: string): Promise<void> {
  const topic = { partitions: 2, replicationFactor: 1, minInSyncReplicas: 1 };
  const spec = {
    kafka: { brokers: [broker], requests: topic, results: topic, deadLetters: topic },
    redis: { replicas: 2 },
  };
  const desired: Applied<Service> = { metadata: { namespace, name: `service-${String(n)}` }, spec };
  await client.apply(TagServices, desired, { fieldManager: 'bench' });
}

type Operator = Awaited<ReturnType<typeof startOperatorProcess>>;

async function broughtUp(operator: Operator, client: KubeClient): Promise<Operator> {
  const up = await poll({ timeoutMs: 120_000, everyMs: 250 }, async () => {
    const { items } = await client.list(TagServices, { namespace });
    return items.length === services && items.every(isReady) ? true : undefined;
  });
  if (up === true) return operator;
  await operator.stop();
  const { items } = await client.list(TagServices, { namespace });
  throw new BenchFailure(`Not all services are ready after two minutes:\n${items.map(readiness).join('\n')}`);
}

function readiness({ metadata, status }: Service): string {
  const told = (status?.conditions ?? []).filter(({ type, status: value }) => type === 'Ready' || value !== 'True');
  return `${metadata.name}: ${told.map(({ type, status: value, reason, message }) => `${type}=${value} ${reason} (${message})`).join('; ')}`;
}

const isReady = ({ metadata, status }: Service): boolean =>
  (status?.conditions ?? []).some(
    ({ type, status: value, observedGeneration }) =>
      type === 'Ready' && value === 'True' && observedGeneration === metadata.generation,
  );

function measuresOf(
  readyMs: readonly number[],
  used: readonly { rssMiB: number; anonymousMiB: number; cpuSeconds: number }[],
): Measure[] {
  const [first, last] = [used[0], used.at(-1)];
  const restMinutes = ((used.length - 1) * 3) / 60;
  const cpu =
    last === undefined || first === undefined ? Number.NaN : (last.cpuSeconds - first.cpuSeconds) / restMinutes;
  return [
    { name: 'operator-process.ready', unit: 'ms', value: median(readyMs), goal: { atMost: 1_500 } },
    { name: 'operator-process.ready.slowest', unit: 'ms', value: Math.max(...readyMs) },
    {
      name: 'operator-process.rss',
      unit: 'MiB',
      value: median(used.map(({ rssMiB }) => rssMiB)),
      goal: { atMost: 120 },
    },
    { name: 'operator-process.heap', unit: 'MiB', value: median(used.map(({ anonymousMiB }) => anonymousMiB)) },
    { name: 'operator-process.rest.cpu', unit: 's/min', value: cpu },
  ];
}
