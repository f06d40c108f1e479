import {
  compareVersions,
  keyOf,
  keyText,
  type Cache,
  type KubeObject,
  type ObjectKey,
  type Resource,
} from '@tagservice/controller-runtime';

type Written = { readonly resource: Resource; readonly key: ObjectKey; readonly resourceVersion: string };

/** The cache is behind by a few objects at most; what was removed before that it shows no more. */
const REMOVALS_KEPT = 100;

/**
 * What this process wrote last, so that it can tell when the cache does not show it yet. A decision made from before one's own write would
 * do it a second time.
 */
export class OwnWrites {
  /** service -> object -> write */
  readonly #written = new Map<string, Map<string, Written>>();
  readonly #removed = new Map<string, Set<string>>();

  /** A write was answered with this object. */
  note(service: string, resource: Resource, object: KubeObject): void {
    const all = this.#written.get(service) ?? new Map<string, Written>();
    this.#written.set(service, all);
    const key = keyOf(object);
    all.set(`${resource.kind}/${keyText(key)}`, { resource, key, resourceVersion: object.metadata.resourceVersion });
  }

  /** The deletion of the object with this uid was accepted. */
  noteRemoval(service: string, uid: string): void {
    const all = this.#removed.get(service) ?? new Set<string>();
    this.#removed.set(service, all.add(uid));
    const [oldest] = all;
    if (all.size > REMOVALS_KEPT && oldest !== undefined) all.delete(oldest);
  }

  /** True for an object that the cache still shows although its deletion was accepted. */
  isRemoved(service: string, { metadata }: KubeObject): boolean {
    return this.#removed.get(service)?.has(metadata.uid) ?? false;
  }

  /** The cache does not show every write of ours yet. */
  isBehind(service: string, cache: Cache): boolean {
    const all = this.#written.get(service);
    if (all === undefined) return false;
    for (const [id, { resource, key, resourceVersion }] of all) {
      const store = cache.store(resource);
      const seen = store.get(key)?.metadata.resourceVersion ?? store.resourceVersion() ?? '0';
      if (compareVersions(seen, resourceVersion) < 0) return true;
      all.delete(id);
    }
    return false;
  }

  /** A service (`namespace/name`) is gone. */
  forget(service: string): void {
    this.#written.delete(service);
    this.#removed.delete(service);
  }
}
