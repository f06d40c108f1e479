import type { KubeObject, Pod } from '@tagservice/controller-runtime';
import { maskAll } from './mask.ts';

/** Pods are alike: their names are chance, and what counts is how many of each sort are ready. */
export function podCounts(pods: readonly KubeObject[]): Record<string, number> {
  const sorts = Map.groupBy(pods as Pod[], sortOf);
  return Object.fromEntries([...sorts].map(([sort, list]) => [sort, list.length]));
}

function sortOf(pod: Pod): string {
  const component = pod.metadata.labels?.['app.kubernetes.io/component'] ?? 'foreign';
  const images = (pod.spec?.containers ?? []).map(({ image }) => image).join(',');
  return maskAll(`${component} ${images} ${stateOf(pod)}`);
}

function stateOf({ metadata, status }: Pod): string {
  if (metadata.deletionTimestamp !== undefined) return 'leaving';
  return status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true
    ? 'ready'
    : 'waiting';
}
