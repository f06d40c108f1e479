import type { Applied, KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';

/** `unchanged`: nothing was sent. `applied`: a write was sent (the server may still have found nothing to change). */
export interface ApplyOutcome<T extends KubeObject> {
  outcome: 'unchanged' | 'applied';
  /** The object as the server answered it, or as the cache has it; undefined if our own write has not reached the cache yet. */
  object: T | undefined;
}

export interface ApplierOptions {
  fieldManager: string;
  force?: boolean;
  signal?: AbortSignal;
}

/**
 * Server-side apply that writes only when needed: if the last write of this manager to this very object (uid) had the same content, and
 * the live object still has the values that the write produced, nothing is sent. The first apply of a process always goes out, so fields
 * that an older version of the program left behind are given up.
 */
export interface Applier {
  apply<T extends KubeObject>(
    resource: Resource<T>,
    desired: Applied<T>,
    options: ApplierOptions,
  ): Promise<ApplyOutcome<T>>;
  applyStatus<T extends KubeObject>(
    resource: Resource<T>,
    desired: Applied<T>,
    options: ApplierOptions,
  ): Promise<ApplyOutcome<T>>;
  /** Forgets an object, for example after it was deleted. */
  forget(resource: Resource, key: { namespace: string; name: string }): void;
}
