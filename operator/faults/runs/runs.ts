import { Secret, type Applied } from '@tagservice/controller-runtime';
import type { TagServiceSpecInput } from '@tagservice/crd';
import { TagServices, type TagServiceObject } from '../../src/resource.ts';
import { until } from '../bed/until.ts';
import { SERVICE, type Stage } from './stage.ts';

/** One story of a TagService. Faults happen only while `act` and what follows from it is under way. */
export type Run = {
  readonly name: RunName;
  readonly summary: string;
  /** What has to be there before; it is waited for until the operator rests. */
  readonly prepare: (stage: Stage) => Promise<void>;
  readonly act: (stage: Stage) => Promise<void>;
};

export const RUN_NAMES = ['create', 'recreate', 'scale', 'change', 'rotate', 'topics'] as const;
export type RunName = (typeof RUN_NAMES)[number];

/** Of every topic of {@link baseSpec}. */
export const PARTITIONS = 2;

/** A spec that fits one broker and needs no autoscaler to become ready. */
export function baseSpec(stage: Stage): TagServiceSpecInput {
  const topic = { partitions: PARTITIONS, replicationFactor: 1, minInSyncReplicas: 1 };
  return {
    kafka: { brokers: [stage.world.kafka.address], requests: topic, results: topic, deadLetters: topic },
    redis: { replicas: 2 },
    scaling: { api: { min: 1, max: 4 }, compute: { min: 1, max: 4 } },
  };
}

/** Declares the TagService as a user does. */
export async function declare(stage: Stage, spec: TagServiceSpecInput): Promise<void> {
  const desired = { metadata: { namespace: stage.namespace, name: SERVICE }, spec };
  await stage.world.client.apply(TagServices, desired as unknown as Applied<TagServiceObject>, {
    fieldManager: 'kubectl',
  });
}

const QUIET_MS = 400;

async function nothing(stage: Stage): Promise<void> {
  const { manager } = stage.current.operator;
  await until(() => manager.health().synced, { what: 'caches of the operator', limitMs: 30_000 });
}

const declared =
  (specOf: (stage: Stage) => TagServiceSpecInput = baseSpec) =>
  async (stage: Stage): Promise<void> => {
    await declare(stage, specOf(stage));
    await stage.ready();
    await stage.quiet(QUIET_MS);
  };

/** With topics and volumes, so that the finalizer has all its work to do. */
function disposable(stage: Stage): TagServiceSpecInput {
  const spec = baseSpec(stage);
  return { ...spec, kafka: { ...spec.kafka, deletionPolicy: 'Delete' } };
}

async function deleteAndDeclare(stage: Stage): Promise<void> {
  const uid = stage.service?.metadata.uid;
  await stage.world.client.delete(TagServices, stage.key);
  await until(() => stage.service?.metadata.uid !== uid, { what: 'deletion of the TagService', limitMs: 90_000 });
  await declare(stage, disposable(stage));
}

async function scale(stage: Stage): Promise<void> {
  const scaling = { api: { min: 2, max: 5 }, compute: { min: 2, max: 6 } };
  await declare(stage, { ...baseSpec(stage), redis: { replicas: 3 }, scaling });
}

async function change(stage: Stage): Promise<void> {
  const images = { api: 'tagservice/api:next', compute: 'tagservice/compute:next' };
  const compute = { concurrency: 8, fetch: { timeout: '8s' } };
  const redis = { replicas: 2, maxMemory: '128Mi' };
  const network = { policies: false };
  await declare(stage, { ...baseSpec(stage), images, api: { deadline: '4s' }, compute, redis, network });
}

/** Passwords of a person: 43 letters, as the operator's own. */
const password = (letter: string): string => Buffer.from(letter.repeat(43)).toString('base64');
const NEW_PASSWORDS = {
  password: password('n'),
  'replication-password': password('r'),
  'probe-password': password('p'),
};

async function rotate(stage: Stage): Promise<void> {
  const where = { namespace: stage.namespace, name: `${SERVICE}-redis-auth` };
  stage.knownSecrets = [where.name, `${SERVICE}-redis-access`];
  await stage.world.client.patch(Secret, where, { patch: { data: NEW_PASSWORDS }, fieldManager: 'kubectl' });
}

async function changeTopics(stage: Stage): Promise<void> {
  const spec = baseSpec(stage);
  const { kafka } = spec;
  await declare(stage, {
    ...spec,
    kafka: {
      ...kafka,
      requests: { ...kafka.requests, retention: '3h' },
      results: { ...kafka.results, retention: '2h' },
      deadLetters: { ...kafka.deadLetters, partitions: 3 },
    },
  });
}

/** The reference runs. */
export const RUNS: readonly Run[] = [
  {
    name: 'create',
    summary: 'a TagService is declared',
    prepare: nothing,
    act: (stage) => declare(stage, baseSpec(stage)),
  },
  {
    name: 'recreate',
    summary: 'it is deleted with its topics and volumes, and declared again at once',
    prepare: declared(disposable),
    act: deleteAndDeclare,
  },
  { name: 'scale', summary: 'more copies of Redis, other bounds of the autoscalers', prepare: declared(), act: scale },
  { name: 'change', summary: 'other images and settings', prepare: declared(), act: change },
  { name: 'rotate', summary: 'all passwords of Redis are replaced', prepare: declared(), act: rotate },
  {
    name: 'topics',
    summary: 'retention changes, and a topic gets a partition',
    prepare: declared(),
    act: changeTopics,
  },
];
