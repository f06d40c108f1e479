import {
  ConfigMap,
  Deployment,
  EndpointSlice,
  HorizontalPodAutoscaler,
  labelledBy,
  NetworkPolicy,
  ownedBy,
  Pod,
  PodDisruptionBudget,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
  versionChanged,
  watching,
  type Cache,
  type KubeObject,
  type WatchSource,
} from '@tagservice/controller-runtime';
import { COMPONENT_LABEL, MANAGED_SELECTOR, SERVICE_LABEL } from '../children/labels.ts';
import { TagServices } from '../resource.ts';
import { Operations, Revisions } from '../revision/revision.resource.ts';
import { PREFIX_INDEX, prefixIndex } from '../service/prefix-claims.ts';
import { POD_INDEX, podIndex } from '../workload/pods.observe.ts';

const OWNED = [
  Deployment,
  StatefulSet,
  Service,
  ServiceAccount,
  ConfigMap,
  Secret,
  HorizontalPodAutoscaler,
  PodDisruptionBudget,
  NetworkPolicy,
] as const;

/** Kinds of which every object is ours, whatever labels somebody takes away. */
const OWN = [Revisions, Operations] as const;

/** The API's endpoints. Slices carry the labels of their Service. */
const API_SLICES = `${MANAGED_SELECTOR},${SERVICE_LABEL},${COMPONENT_LABEL}=api`;

/**
 * Declares everything the operator watches. Only objects with our label are kept in memory, and of pods only what is looked at. Without the
 * TagServices themselves there is nothing to do; without another kind the steps that need it fail and say so in their conditions.
 */
export function declareInformers(cache: Cache): void {
  cache.informer(TagServices, { indexes: { [PREFIX_INDEX]: prefixIndex }, alike });
  const tolerateRefusal = true;
  const options = { labelSelector: MANAGED_SELECTOR, tolerateRefusal, alike };
  for (const resource of OWNED) cache.informer(resource as typeof Deployment, options);
  for (const resource of OWN) cache.informer(resource as typeof Revisions, { tolerateRefusal, alike });
  cache.informer(EndpointSlice, { labelSelector: API_SLICES, tolerateRefusal, alike });
  cache.informer(Pod, { ...options, indexes: { [POD_INDEX]: podIndex }, transform: slimPod });
}

/** Children of different services differ in little more than their names. */
function alike({ metadata: { labels = {} } }: KubeObject): string {
  return labels[COMPONENT_LABEL] ?? '';
}

/** What a change concerns: the owner of a child, the service of a pod. */
export function watches(): WatchSource[] {
  const owned = [...OWNED, ...OWN].map((resource) =>
    watching(resource as typeof Deployment, { map: ownedBy(TagServices), predicate: versionChanged }),
  );
  const labelled = [Pod, EndpointSlice].map((resource) =>
    watching(resource as typeof Pod, { map: labelledBy(SERVICE_LABEL), predicate: versionChanged }),
  );
  return [...owned, ...labelled];
}

function slimPod(pod: Pod): Pod {
  const { containers = [], nodeName } = pod.spec ?? {};
  const spec = { containers: containers.map(({ name, image }) => ({ name, image })), nodeName } as NonNullable<
    Pod['spec']
  >;
  return { ...pod, spec };
}
