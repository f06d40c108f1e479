import type { Cache, KubeObject, ObjectKey, Pod, Resource } from '@tagservice/controller-runtime';
import { API_VERSION, parseSpec, type TagService, type TagServiceSpecInput } from '@tagservice/crd';
import { podIndex } from '../src/workload/pods.observe.ts';

/** A TagService as the operator works with it: the given fields, and defaults for all others. */
export function service(more: Partial<TagServiceSpecInput> = {}, name = 'demo'): TagService {
  const parsed = parseSpec({ kafka: { brokers: ['kafka.kafka:9092'] }, ...more });
  if (!parsed.ok) throw new Error(parsed.problems.join('; '));
  const metadata = { name, namespace: 'tags', uid: `uid-of-${name}`, generation: 1 };
  return { apiVersion: API_VERSION, kind: 'TagService', metadata, spec: parsed.spec };
}

/** The instant at which tests play, in milliseconds. */
export const NOW = Date.parse('2026-11-21T12:00:00Z');

type PodOptions = { name?: string; component?: string; ready?: boolean; ageMs?: number; ip?: string; status?: object };

/** A pod of the service `demo`. */
export function pod({
  name = 'demo-api-1',
  component = 'api',
  ready = true,
  ageMs = 60_000,
  ip = '192.0.2.7',
  status = {},
}: PodOptions = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'tags',
      uid: name,
      resourceVersion: '1',
      creationTimestamp: new Date(NOW - ageMs).toISOString(),
      labels: { 'tagservice.dev/service': 'demo', 'app.kubernetes.io/component': component },
    },
    spec: { containers: [{ name: component, image: `tagservice/${component}:1` }] },
    status: { podIP: ip, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }], ...status },
  } as Pod;
}

/** A cache that holds these objects, found by key, and pods by their index. */
export function cacheOf(objects: readonly KubeObject[]): Cache {
  const store = (resource: Resource) => {
    const mine = objects.filter(({ kind }) => kind === resource.kind);
    return {
      get: ({ namespace, name }: ObjectKey) =>
        mine.find(({ metadata }) => metadata.name === name && (metadata.namespace ?? '') === namespace),
      list: () => mine,
      ownedBy: (uid: string) => mine.filter(({ metadata }) => metadata.ownerReferences?.some((one) => one.uid === uid)),
      byIndex: (_index: string, value: string) => mine.filter((object) => podIndex(object as Pod).includes(value)),
    };
  };
  return { store } as unknown as Cache;
}
