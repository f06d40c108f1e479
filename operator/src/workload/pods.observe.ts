import { Pod, type Cache } from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import { COMPONENT_LABEL, SERVICE_LABEL, type Component } from '../children/labels.ts';

/** Name of the index of pods by service and component; the composition root declares it. */
export const POD_INDEX = 'component';

/** Under which value a pod is filed. */
export function podIndex(pod: Pod): readonly string[] {
  const { namespace = '', labels = {} } = pod.metadata;
  const [service, component] = [labels[SERVICE_LABEL], labels[COMPONENT_LABEL]];
  return service === undefined || component === undefined ? [] : [`${namespace}/${service}/${component}`];
}

/** The pods of one component, as the cache has them. */
export function podsOf(cache: Cache, service: TagService, component: Component): Pod[] {
  const { namespace, name } = service.metadata;
  return cache.store(Pod).byIndex(POD_INDEX, `${namespace}/${name}/${component}`);
}

/** Ready, and not on its way out. */
export function isReady(pod: Pod): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}
