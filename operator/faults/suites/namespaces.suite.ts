import { Namespace } from '@tagservice/controller-runtime';
import { defaultTopicPrefix, topicNames } from '@tagservice/contracts';
import type { TagServiceSpecInput } from '@tagservice/crd';
import { kafkaEventBus } from '@tagservice/event-bus';
import { until } from '../bed/until.ts';
import type { World } from '../bed/world.ts';
import type { Options } from '../options.ts';
import { baseSpec, declare } from '../runs/runs.ts';
import { SERVICE, Stage } from '../runs/stage.ts';
import type { Counts, Say } from './suite.ts';

/** How long a namespace may take to go once the operator is there: the finalizer's 30 s, and what the cluster needs itself. */
const BUDGET_MS = 60_000;

/** All topics of a TagService. */
const ALL = 3;

type Case = {
  readonly name: string;
  readonly policy: 'Retain' | 'Delete';
  readonly operatorDown?: true;
  readonly kafkaDown?: true;
  /** Work waits in a topic, and with their namespace the workers go that could do it. */
  readonly workWaits?: true;
  /** So many topics are left. */
  readonly left: number;
};

const CASES: readonly Case[] = [
  { name: 'ns-operator-down-retain', policy: 'Retain', operatorDown: true, left: ALL },
  { name: 'ns-kafka-down-retain', policy: 'Retain', kafkaDown: true, left: ALL },
  { name: 'ns-delete', policy: 'Delete', left: 0 },
  { name: 'ns-operator-down-delete', policy: 'Delete', operatorDown: true, left: 0 },
  { name: 'ns-work-waits-delete', policy: 'Delete', workWaits: true, left: ALL },
  { name: 'ns-kafka-down-delete', policy: 'Delete', kafkaDown: true, left: ALL },
  { name: 'ns-both-down-delete', policy: 'Delete', operatorDown: true, kafkaDown: true, left: ALL },
];

/**
 * `kubectl delete namespace` with the operator away, and with Kafka away: it goes within the budget. Topics go only where that is declared and
 * Kafka lets them; else they stay.
 */
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
    if (one.workWaits === true) await putWork(stage);
    if (one.operatorDown === true) await stage.current.stop();
    if (one.kafkaDown === true) await world.kafka.pause();
    await world.client.delete(Namespace, { namespace: '', name: one.name });
    if (one.operatorDown === true) await stage.startOperator();
    const begun = Date.now();
    await until(async () => (await world.client.find(Namespace, { namespace: '', name: one.name })) === undefined, {
      what: 'the end of the namespace',
      limitMs: BUDGET_MS,
      everyMs: 250,
    });
    const seconds = ((Date.now() - begun) / 1_000).toFixed(1);
    world.kafka.resume();
    const left = (await stage.snapshot()).topics.length;
    say(`${one.name}: gone in ${seconds} s, ${String(left)} topics left`);
    return left === one.left ? undefined : `${String(left)} topics are left instead of ${String(one.left)}`;
  } finally {
    world.kafka.resume();
    await stage.close();
  }
}

async function putWork({ world, namespace }: Stage): Promise<void> {
  const bus = kafkaEventBus({ brokers: [world.kafka.address], clientId: 'faults' });
  const { requests } = topicNames(defaultTopicPrefix(namespace, SERVICE));
  await bus.publish(requests, [{ key: 'a', value: '{}' }]).finally(() => bus.close());
}

function specOf(stage: Stage, { policy }: Case): TagServiceSpecInput {
  const spec = baseSpec(stage);
  return { ...spec, kafka: { ...spec.kafka, deletionPolicy: policy } };
}
