import {
  Deployment,
  EndpointSlice,
  HorizontalPodAutoscaler,
  isControlledBy,
  PodDisruptionBudget,
  type Cache,
  type KubeObject,
  type Pod,
  type Resource,
} from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import { COMPONENT_LABEL, REVISION_LABEL } from '../children/labels.ts';
import { namesOf, serviceKey } from '../children/names.ts';
import { Operations, Revisions, type OperationObject } from '../revision/revision.resource.ts';
import { isFrozen } from '../step/freeze.ts';
import type { StepContext } from '../step/step.ts';
import { podsOf } from '../workload/pods.observe.ts';
import type { OwnWrites } from './own-writes.ts';
import {
  LEGACY,
  type Bounds,
  type Figures,
  type Followers,
  type OperationState,
  type RevisionState,
  type World,
  type WorkloadComponent,
} from './world.ts';

export type ObserveContext = Pick<StepContext, 'service' | 'owner' | 'cache'> & { readonly writes: OwnWrites };

/** The name of the revision whose last part is `id`. */
const revisionName = (service: TagService, id: string | undefined): string =>
  id === undefined ? LEGACY : `${service.metadata.name}-${id}`;

/** The last part of the name of a revision, as pods carry it; undefined for {@link LEGACY}. */
export function revisionId(service: TagService, name: string): string | undefined {
  return name === LEGACY ? undefined : name.slice(service.metadata.name.length + 1);
}

/** The Deployment of a component of a revision, if it is ours. */
export function deploymentOf(
  context: ObserveContext,
  name: string,
  component: WorkloadComponent,
): Deployment | undefined {
  const id = revisionId(context.service, name);
  return deploymentsOf(context).find(
    ({ metadata: { labels } }) => labels?.[COMPONENT_LABEL] === component && labels[REVISION_LABEL] === id,
  );
}

/** All Deployments of a service, of whatever revision. */
export function deploymentsOf({ service, owner, cache, writes }: ObserveContext): Deployment[] {
  return cache
    .store(Deployment)
    .ownedBy(owner.metadata.uid)
    .filter((one) => one.metadata.deletionTimestamp === undefined && !writes.isRemoved(serviceKey(service), one));
}

/** Everything that decisions about rollouts are made from, as the cache has it. */
export function observeWorld(context: ObserveContext, target: string | undefined, now: number): Omit<World, 'trouble'> {
  const { service } = context;
  const { kafka, revisionHistoryLimit } = service.spec;
  return {
    target,
    revisions: revisionsOf(context),
    operations: operationsOf(context),
    followers: followersOf(context),
    bounds: { api: boundsOf(context, 'api'), compute: boundsOf(context, 'compute') },
    partitions: kafka.requests.partitions,
    frozen: isFrozen(service, 'Rollout'),
    scalingFrozen: isFrozen(service, 'Scaling'),
    historyLimit: revisionHistoryLimit,
    now,
  };
}

function revisionsOf(context: ObserveContext): RevisionState[] {
  const { service, owner, cache, writes } = context;
  const capacities = capacitiesOf(context);
  const endpoints = endpointsOf(context);
  const made = cache
    .store(Revisions)
    .ownedBy(owner.metadata.uid)
    .filter((one) => !writes.isRemoved(serviceKey(service), one))
    .map(({ metadata: { name, creationTimestamp = '' }, spec, status = {} }): RevisionState => ({
      name,
      number: spec.number,
      ...(status.role !== undefined && { role: status.role }),
      promotion: status.promotion ?? 0,
      since: status.since ?? creationTimestamp,
      ...capacities.get(name),
      endpoints: endpoints.get(name) ?? 0,
    }));
  const known = new Set(made.map(({ name }) => name));
  const others = [...capacities].filter(([name]) => !known.has(name));
  return [
    ...made,
    ...others.map(([name, capacity]) => ({
      name,
      number: 0,
      promotion: 0,
      since: '',
      ...capacity,
      endpoints: endpoints.get(name) ?? 0,
    })),
  ];
}

type Capacities = Partial<Record<WorkloadComponent, Figures>>;

function capacitiesOf(context: ObserveContext): Map<string, Capacities> {
  const all = new Map<string, Capacities>();
  for (const live of deploymentsOf(context)) {
    const { [COMPONENT_LABEL]: component, [REVISION_LABEL]: id } = live.metadata.labels ?? {};
    if (component !== 'api' && component !== 'compute') continue;
    const name = revisionName(context.service, id);
    all.set(name, { ...all.get(name), [component]: figuresOf(live) });
  }
  return all;
}

/** Numbers are believed only once the Deployment's controller has seen the current generation; until then they are about the past. */
function figuresOf({ metadata, spec, status = {} }: Deployment): Figures {
  const { observedGeneration = 0, replicas = 0, readyReplicas = 0, updatedReplicas = 0 } = status;
  const wanted = spec?.replicas ?? 1;
  const pods = Math.max(wanted, replicas);
  if (observedGeneration < (metadata.generation ?? 0)) return { wanted, pods, ready: 0 };
  const ready = Math.min(readyReplicas, updatedReplicas);
  return { wanted, pods, ready, ...stuckBecause(status.conditions) };
}

type Conditions = NonNullable<Deployment['status']>['conditions'];

function stuckBecause(conditions: Conditions): Pick<Figures, 'stuck'> {
  const progress = conditions?.find(({ type }) => type === 'Progressing');
  return progress?.reason === 'ProgressDeadlineExceeded' ? { stuck: progress.message ?? progress.reason } : {};
}

/** Ready API pods behind the Service, by revision. */
function endpointsOf({ service, cache }: ObserveContext): Map<string, number> {
  const behind = podsBehindService(cache, service);
  const counts = new Map<string, number>();
  for (const pod of podsOf(cache, service, 'api')) {
    if (!behind.has(pod.metadata.name)) continue;
    const revision = revisionOf(service, pod);
    counts.set(revision, (counts.get(revision) ?? 0) + 1);
  }
  return counts;
}

/** A slice of a Service without pods has `endpoints: null`, whatever its type says. */
function readyEndpoints(slice: EndpointSlice): NonNullable<EndpointSlice['endpoints']> {
  const endpoints = slice.endpoints as EndpointSlice['endpoints'] | null | undefined;
  return (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
}

/** Names of the pods to which the Service of the API sends. A pod may stand in several slices for a moment. */
function podsBehindService(cache: Cache, service: TagService): ReadonlySet<string> {
  const { api } = namesOf(service);
  const ready = cache
    .store(EndpointSlice)
    .list(service.metadata.namespace)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === api)
    .flatMap(readyEndpoints);
  return new Set(ready.flatMap(({ targetRef }) => targetRef?.name ?? []));
}

const revisionOf = (service: TagService, pod: Pod): string =>
  revisionName(service, pod.metadata.labels?.[REVISION_LABEL]);

function operationsOf({ service, owner, cache, writes }: ObserveContext): OperationState[] {
  return cache
    .store(Operations)
    .ownedBy(owner.metadata.uid)
    .filter((one) => !writes.isRemoved(serviceKey(service), one))
    .map(operationState);
}

/** The last part of the name of an operation counts the operations of a service. */
export const operationName = (service: TagService, number: number): string =>
  `${service.metadata.name}-rollout-${number.toString()}`;

function operationState({ metadata: { name }, spec, status = {} }: OperationObject): OperationState {
  return {
    name,
    number: Number(name.slice(name.lastIndexOf('-') + 1)),
    to: spec.to,
    ...(spec.from !== undefined && { from: spec.from }),
    steps: status.steps ?? [],
    measurements: Object.fromEntries((status.measurements ?? []).map((one) => [one.name, one.value])),
    ...(status.outcome !== undefined && { outcome: status.outcome }),
    ...(status.finishedAt !== undefined && { finishedAt: status.finishedAt }),
  };
}

/** An object around a component that keeps the name of the component, if it is ours. */
function follower<T extends KubeObject>(
  { service, owner, cache }: ObserveContext,
  resource: Resource<T>,
  component: WorkloadComponent,
): T | undefined {
  const object = cache
    .store(resource)
    .get({ namespace: service.metadata.namespace, name: namesOf(service)[component] });
  return object !== undefined && isControlledBy(object, owner) ? object : undefined;
}

/**
 * How many pods there may be: as declared, or while scaling is frozen as the autoscaler keeps it. Its maximum may be lower for the time of a
 * rollout; taken for the bound, it would keep the workers that made room from coming back.
 */
function boundsOf(context: ObserveContext, component: WorkloadComponent): Bounds {
  const declared = context.service.spec.scaling[component];
  const held = isFrozen(context.service, 'Scaling')
    ? follower(context, HorizontalPodAutoscaler, component)?.spec
    : undefined;
  if (held === undefined) return declared;
  return { min: held.minReplicas ?? 1, max: Math.max(declared.max, held.maxReplicas) };
}

function followersOf(context: ObserveContext): Followers {
  const { service } = context;
  const scaled = (component: WorkloadComponent): string | undefined =>
    scaledRevision(service, component, follower(context, HorizontalPodAutoscaler, component));
  const guarded = (component: WorkloadComponent): string | undefined => {
    const labels = follower(context, PodDisruptionBudget, component)?.spec?.selector?.matchLabels;
    return labels === undefined ? undefined : revisionName(service, labels[REVISION_LABEL]);
  };
  return {
    scalers: { api: scaled('api'), compute: scaled('compute') },
    budgets: { api: guarded('api'), compute: guarded('compute') },
    computeMaximum: follower(context, HorizontalPodAutoscaler, 'compute')?.spec?.maxReplicas,
  };
}

function scaledRevision(
  service: TagService,
  component: WorkloadComponent,
  scaler: HorizontalPodAutoscaler | undefined,
): string | undefined {
  const name = scaler?.spec?.scaleTargetRef.name;
  const base = namesOf(service)[component];
  if (name === base) return LEGACY;
  return name?.startsWith(`${base}-`) === true ? revisionName(service, name.slice(base.length + 1)) : undefined;
}
