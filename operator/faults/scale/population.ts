import { type Applied } from '@tagservice/controller-runtime';
import type { TagServiceSpecInput } from '@tagservice/crd';
import { TagServices, type TagServiceObject } from '../../src/resource.ts';
import { until } from '../bed/until.ts';
import type { World } from '../bed/world.ts';
import { inParallel } from '../plans/suite.ts';
import { conditionsText, isReady } from '../runs/stage.ts';

/** One of many. */
export type Member = { readonly namespace: string; readonly name: string };

const PER_NAMESPACE = 20;
const WRITERS = 8;

/** Names for so many TagServices, some to a namespace. */
export function membersOf(count: number, prefix: string): Member[] {
  return Array.from({ length: count }, (_, index) => ({
    namespace: `${prefix}-${String(Math.floor(index / PER_NAMESPACE))}`,
    name: `tags-${String(index)}`,
  }));
}

/** The least that is a whole service: one pod of each sort, one partition of each topic. */
export function smallSpec(broker: string, more: Partial<TagServiceSpecInput> = {}): TagServiceSpecInput {
  const topic = { partitions: 1, replicationFactor: 1, minInSyncReplicas: 1 };
  return {
    kafka: { brokers: [broker], requests: topic, results: topic, deadLetters: topic },
    redis: { replicas: 1 },
    scaling: { api: { min: 1, max: 2 }, compute: { min: 1, max: 2 } },
    ...more,
  };
}

/** Declares one as a user does. */
export async function declareMember(
  { client, kafka }: Pick<World, 'client' | 'kafka'>,
  member: Member,
  more: Partial<TagServiceSpecInput> = {},
): Promise<TagServiceObject> {
  const desired = { metadata: member, spec: smallSpec(kafka.address, more) };
  return client.apply(TagServices, desired as unknown as Applied<TagServiceObject>, { fieldManager: 'kubectl' });
}

/** Waits until one is ready as it is declared now. `check` throws when there is no use in waiting. */
export async function untilReady(world: World, member: Member, check: () => void): Promise<void> {
  const service = (): TagServiceObject | undefined => world.observer.get(TagServices, member);
  const ready = (): boolean => {
    check();
    return isReady(service());
  };
  const what = `readiness of ${member.namespace}/${member.name}`;
  await until(ready, { what, limitMs: READY_LIMIT_MS, found: () => conditionsText(service()) });
}

const READY_LIMIT_MS = 120_000;
const TOLD_EVERY_MS = 30_000;

/** `tell` hears now and then how many are ready; `check` throws when there is no use in waiting. */
export type PopulateOptions = {
  readonly limitMs: number;
  readonly tell: (ready: number) => void;
  readonly check: () => void;
};

/** Declares all, and waits until all are ready. */
export async function populate(
  world: World,
  members: readonly Member[],
  { limitMs, tell, check }: PopulateOptions,
): Promise<void> {
  const ready = (): number => members.filter((member) => isReady(world.observer.get(TagServices, member))).length;
  const teller = setInterval(() => {
    tell(ready());
  }, TOLD_EVERY_MS);
  try {
    await declareAll(world, members);
    const allReady = (): boolean => {
      check();
      return ready() === members.length;
    };
    await until(allReady, {
      what: `readiness of ${String(members.length)} TagServices`,
      limitMs,
      everyMs: 500,
      found: () => `${String(ready())} are ready`,
    });
  } finally {
    clearInterval(teller);
  }
}

async function declareAll(world: World, members: readonly Member[]): Promise<void> {
  for (const namespace of new Set(members.map((member) => member.namespace))) await world.makeNamespace(namespace);
  await inParallel(members, WRITERS, async (member) => {
    await declareMember(world, member);
  });
}
