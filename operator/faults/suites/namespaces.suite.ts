import { Namespace } from '@tagservice/controller-runtime';
import type { TagServiceSpecInput } from '@tagservice/crd';
import { until } from '../bed/until.ts';
import type { World } from '../bed/world.ts';
import type { Options } from '../options.ts';
import { baseSpec, declare } from '../runs/runs.ts';
import { Stage } from '../runs/stage.ts';
import type { Counts, Say } from './suite.ts';

/** How long a namespace may take to go once the operator is there: the finalizer's budget, and what the cluster needs itself. */
const BUDGET_MS = 60_000;

type Case = {
  readonly name: string;
  readonly policy: 'Retain' | 'Delete';
  readonly operatorDown: boolean;
  readonly kafkaDown: boolean;
};

const CASES: readonly Case[] = [
  { name: 'ns-operator-down-retain', policy: 'Retain', operatorDown: true, kafkaDown: false },
  { name: 'ns-operator-down-delete', policy: 'Delete', operatorDown: true, kafkaDown: false },
  { name: 'ns-kafka-down-retain', policy: 'Retain', operatorDown: false, kafkaDown: true },
  { name: 'ns-kafka-down-delete', policy: 'Delete', operatorDown: false, kafkaDown: true },
  { name: 'ns-both-down-delete', policy: 'Delete', operatorDown: true, kafkaDown: true },
];

/** `kubectl delete namespace` with the operator away, and with Kafka away: it goes, and the topics stay. */
export async function namespacesSuite(world: World, _options: Options, say: Say): Promise<Counts> {
  let failed = 0;
  for (const one of CASES) {
    const problem = await playCase(world, one, say).catch((error: unknown) => String(error));
    if (problem !== undefined) {
      failed += 1;
      say(`FAILED ${one.name}: ${problem}`);
    }
  }
  return { passed: CASES.length - failed, failed };
}

async function playCase(world: World, one: Case, say: Say): Promise<string | undefined> {
  const stage = new Stage(world, one.name);
  try {
    await stage.open();
    await declare(stage, specOf(stage, one));
    await stage.ready();
    if (one.operatorDown) await stage.current.stop();
    if (one.kafkaDown) world.kafka.pause();
    await world.client.delete(Namespace, { namespace: '', name: one.name });
    if (one.operatorDown) await stage.startOperator();
    const begun = Date.now();
    await until(async () => (await world.client.find(Namespace, { namespace: '', name: one.name })) === undefined, {
      what: 'the end of the namespace',
      limitMs: BUDGET_MS,
      everyMs: 250,
    });
    say(`${one.name}: gone ${((Date.now() - begun) / 1_000).toFixed(1)} s after the operator was there`);
    world.kafka.resume();
    const { topics } = await stage.snapshot();
    return topics.length === 3 ? undefined : `${String(topics.length)} of 3 topics are left`;
  } finally {
    world.kafka.resume();
    await stage.close();
  }
}

function specOf(stage: Stage, { policy }: Case): TagServiceSpecInput {
  const spec = baseSpec(stage);
  return { ...spec, kafka: { ...spec.kafka, deletionPolicy: policy } };
}
