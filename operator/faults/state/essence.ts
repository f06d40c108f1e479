import type { KubeObject } from '@tagservice/controller-runtime';
import { RECORDS } from '../../src/children/child-writer.ts';

type Json = Record<string, unknown>;

/** An object as any server gives it: fields that are read are checked where they are read. */
type Loose = KubeObject & { spec?: Json; status?: Json; data?: Record<string, string> };

/** What of an object belongs to the state that is to be reached: no versions, no times, nothing that other controllers count. */
export function essenceOf(object: KubeObject): Json {
  const { kind, metadata: _metadata, apiVersion: _version, ...rest } = object as Loose;
  const shape = SHAPES[kind] ?? keepAll;
  return { kind, metadata: essentialMetadata(object), ...shape(rest as Json, object as Loose) };
}

function essentialMetadata({ kind, metadata }: KubeObject): Json {
  const { name, labels, annotations, finalizers, ownerReferences, deletionTimestamp, managedFields, uid } = metadata;
  return {
    name,
    ...(kind === 'TagService' && { uid, generation: metadata.generation }),
    ...(labels !== undefined && { labels }),
    ...(annotations !== undefined && { annotations: ownAnnotations(annotations) }),
    ...(finalizers !== undefined && { finalizers }),
    ...(ownerReferences !== undefined && { ownerReferences }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    managers: [...new Set((managedFields ?? []).map(({ manager = '' }) => manager))].filter(isOperator).sort(),
  };
}

const isOperator = (manager: string): boolean => manager.startsWith('tagservice-operator');

/** Without the counters of the Deployment controller, and without hashes of what was applied: names and uids are in it. */
function ownAnnotations(annotations: Readonly<Record<string, string>>): Json {
  const own = Object.entries(annotations).filter(
    ([key]) => !key.startsWith('deployment.kubernetes.io/') && !key.startsWith(RECORDS),
  );
  return Object.fromEntries(own);
}

type Shape = (rest: Json, object: Loose) => Json;

const keepAll: Shape = (rest) => rest;
const specOnly: Shape = ({ spec }) => ({ spec });

/** Of a workload: what is wanted, and whether it runs. */
const workload: Shape = ({ spec }, { status, metadata }) => ({
  spec,
  status: {
    seen: status?.['observedGeneration'] === metadata.generation,
    replicas: status?.['replicas'] ?? 0,
    ready: status?.['readyReplicas'] ?? 0,
    updated: status?.['updatedReplicas'] ?? 0,
  },
});

/** Of a Service: all but the addresses that the server chose. */
const service: Shape = ({ spec }) => {
  const { clusterIP, clusterIPs: _all, ...rest } = spec as Json;
  return { spec: { ...rest, clusterIP: clusterIP === 'None' ? 'None' : 'assigned' } };
};

/** Of a claim: without the volume. */
const claim: Shape = ({ spec }) => {
  const { volumeName: _volume, ...rest } = spec as Json;
  return { spec: rest };
};

const tagService: Shape = ({ spec, status }) => ({ spec, status: withoutTopicIds(status as Json | undefined) });

/** Kafka gives topics identities of its own. */
function withoutTopicIds(status: Json | undefined): Json | undefined {
  const topics = status?.['topics'];
  if (!Array.isArray(topics)) return status;
  const conditions = status?.['conditions'];
  return {
    ...status,
    ...(Array.isArray(conditions) && { conditions: byKey(conditions as Json[], 'type') }),
    topics: (topics as Json[]).map(({ id: _id, ...topic }) => topic),
  };
}

/** Of a record of an act: what was done and how it ended. How long it waited for what is chance. */
const operation: Shape = ({ spec, status }) => {
  const { outcome, steps } = (status ?? {}) as { outcome?: string; steps?: readonly Json[] };
  return { spec, status: { outcome, steps: (steps ?? []).map(({ name }) => name) } };
};

const byKey = (list: readonly Json[], key: string): Json[] =>
  list.toSorted((left, right) => (String(left[key]) < String(right[key]) ? -1 : 1));

const SHAPES: Readonly<Record<string, Shape>> = {
  Deployment: workload,
  StatefulSet: workload,
  Service: service,
  HorizontalPodAutoscaler: specOnly,
  PodDisruptionBudget: specOnly,
  NetworkPolicy: specOnly,
  PersistentVolumeClaim: claim,
  TagService: tagService,
  TagServiceOperation: operation,
};
