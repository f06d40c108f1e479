import { keyOf, keyText, type Applied, type KubeObject, type ObjectKey } from '../api/object.ts';
import { resourceId, type Resource } from '../api/resource.ts';
import type { Cache, Store } from '../cache/types.ts';

/**
 * Where the live object of a wish can be looked up; undefined if only the server knows: a kind that is not cached (yet), and an object that an
 * informer may leave out, so that it is not told when it changes.
 */
export function storeOf<T extends KubeObject>(
  cache: Cache | undefined,
  { resource, desired }: { resource: Resource<T>; desired: Applied<T> },
): Store<T> | undefined {
  const informer = cache?.existing(resource);
  if (informer?.store.hasSynced() !== true) return undefined;
  const labels = (desired.metadata.labels ?? {}) as Record<string, string>;
  const isFollowed = informer.selects(labels) === true || informer.store.get(keyOf(desired)) !== undefined;
  return isFollowed ? informer.store : undefined;
}

/** What names an object among all kinds. */
export function idOf(resource: Resource, key: ObjectKey): string {
  return `${resourceId(resource)}/${keyText(key)}`;
}
