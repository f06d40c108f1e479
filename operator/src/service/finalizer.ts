import {
  Deployment,
  HorizontalPodAutoscaler,
  isConflict,
  isNotFound,
  keyOf,
  PersistentVolumeClaim,
  StatefulSet,
  type Cache,
  type KubeClient,
  type KubeObject,
} from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import type { ChildWriter } from '../children/child-writer.ts';
import { COMPONENT_LABEL, MANAGER, SERVICE_LABEL } from '../children/labels.ts';
import { namesOf } from '../children/names.ts';
import type { KafkaWork } from '../kafka/kafka-work.ts';
import { isDataClaim } from '../redis/redis.claims.ts';
import { TagServices, type TagServiceObject } from '../resource.ts';
import { waiting, type Outcome } from '../step/outcome.ts';
import type { StepReport } from '../step/step.ts';
import { podsOf } from '../workload/pods.observe.ts';

/**
 * Present only while `kafka.deletionPolicy` is `Delete`: only then something outside the cluster's garbage collection has to be
 * removed. With `Retain` a resource goes at once, with the operator away and with Kafka away.
 */
export const FINALIZER = 'tagservice.dev/data';

/** Another writer may have been quicker; then its version is read and changed instead. */
const ATTEMPTS = 3;

/**
 * Adds or removes the finalizer so that it fits the policy. Answers the resource as it is then, at least as new as the one given; undefined when it
 * is gone. Of a living resource that declares something else by now (see its generation) nothing is written: what was decided is about the former.
 */
export async function alignFinalizer(
  client: Pick<KubeClient, 'patch' | 'find'>,
  object: TagServiceObject,
  wanted: boolean,
): Promise<TagServiceObject | undefined> {
  const { uid } = object.metadata;
  const key = keyOf(object);
  let current: TagServiceObject | undefined = object;
  for (let attempt = 1; current?.metadata.uid === uid; attempt++) {
    const finalizers = alignedFinalizers(current, wanted);
    if (finalizers === undefined || declaresOther(object, current)) return current;
    const { resourceVersion } = current.metadata;
    const patch = { metadata: { finalizers, uid, resourceVersion } };
    try {
      return await client.patch(TagServices, key, { patch, fieldManager: `${MANAGER}/finalizer` });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
      current = await client.find(TagServices, key);
    }
  }
  return undefined;
}

/** The finalizers to write; undefined when they fit. */
function alignedFinalizers({ metadata: { finalizers = [] } }: TagServiceObject, wanted: boolean): string[] | undefined {
  if (finalizers.includes(FINALIZER) === wanted) return undefined;
  const others = finalizers.filter((finalizer) => finalizer !== FINALIZER);
  return wanted ? [...others, FINALIZER] : others;
}

const declaresOther = ({ metadata }: TagServiceObject, current: TagServiceObject): boolean =>
  metadata.deletionTimestamp === undefined && metadata.generation !== current.metadata.generation;

export type FinaliseOptions = {
  readonly service: TagService;
  readonly client: KubeClient;
  readonly cache: Cache;
  readonly children: ChildWriter;
  readonly kafka: KafkaWork;
  readonly signal: AbortSignal;
  /** The topics belong to another TagService. */
  readonly keepTopics: boolean;
};

/**
 * Removes what `Delete` promises to remove, in an order in which nothing is lost and nothing comes back: first the API, so that no work comes in;
 * then, once the workers have done what is queued and nobody else reads the topics, the workers, the topics, the volumes. Undefined when all is
 * gone; else what is being waited for.
 */
export async function finalise(options: FinaliseOptions): Promise<StepReport | undefined> {
  const { service, kafka, keepTopics } = options;
  const waits =
    (await removePods(options, 'api')) ??
    (keepTopics || isDrained(service) ? undefined : await kafka.obstacle(service)) ??
    (await removePods(options, 'compute'));
  if (waits !== undefined) return { outcomes: { TopicsReady: waits } };
  const removal = keepTopics ? ({ kind: 'gone' } as const) : await kafka.deleteTopics(service);
  if (removal.kind === 'waits')
    return {
      outcomes: { TopicsReady: removal.outcome },
      ...(removal.topics !== undefined && { status: { topics: [...removal.topics] } }),
    };
  await removeVolumes(options);
  return undefined;
}

/** The end offsets are recorded once the workers are gone: from then on only Kafka is waited for. */
const isDrained = ({ status }: TagService): boolean => status?.topics?.some(({ ends }) => ends !== undefined) === true;

async function removePods(
  { service, children, cache }: FinaliseOptions,
  component: 'api' | 'compute',
): Promise<Outcome | undefined> {
  const { uid } = service.metadata;
  const mine = <T extends KubeObject>(owned: readonly T[]): readonly T[] =>
    owned.filter(({ metadata }) => metadata.labels?.[COMPONENT_LABEL] === component);
  for (const { metadata } of mine(cache.store(HorizontalPodAutoscaler).ownedBy(uid)))
    await children.remove(HorizontalPodAutoscaler, metadata.name);
  for (const { metadata } of mine(cache.store(Deployment).ownedBy(uid)))
    await children.remove(Deployment, metadata.name);
  const left = podsOf(cache, service, component);
  if (left.length === 0) return undefined;
  return waiting(
    'Deleting',
    `waiting for ${left.length} pods to stop before their topics are deleted, ${left[0]?.metadata.name ?? ''} among them; set spec.kafka.deletionPolicy to Retain to leave topics and volumes and not to wait`,
  );
}

async function removeVolumes({ service, client, children, signal }: FinaliseOptions): Promise<void> {
  const { namespace, name } = service.metadata;
  await children.remove(StatefulSet, namesOf(service).redis);
  const labelSelector = `${SERVICE_LABEL}=${name},${COMPONENT_LABEL}=redis`;
  const claims = await client.list(PersistentVolumeClaim, { namespace, labelSelector, signal });
  for (const { metadata } of claims.items) {
    // Claims of a StatefulSet have no owner, and labels are soon copied: a backup of the data is not ours.
    if (metadata.deletionTimestamp !== undefined || !isDataClaim(service, metadata.name)) continue;
    await client.delete(PersistentVolumeClaim, { namespace, name: metadata.name }, { uid: metadata.uid, signal });
  }
  // Claims that pods still hold go by themselves once those have stopped; their deletion is recorded, which is all that is needed.
}
