import type { Applied, KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';

/** One field that is not as it is wanted. */
export interface FieldDifference {
  /** As `spec.template.spec.containers[name=api].image`; empty for the object as a whole. */
  readonly path: string;
  /** The live value as JSON, cut at 200 characters; undefined: the field is not there. Values of Secrets read `(secret)`. */
  readonly found: string | undefined;
  /** The value that is wanted, in the same form; undefined: the field is not wanted any more. */
  readonly wanted: string | undefined;
}

/** What was, or would be, different; at most 50 fields are named. */
export interface FieldDifferences {
  readonly fields: readonly FieldDifference[];
  /** How many more there are. */
  readonly omitted: number;
}

/**
 * Why a write was sent: `first` of this process for this object and manager, and no record tells what was there; `wish`: other content
 * than last time; `drift`: somebody changed what we had written; `missing`: somebody deleted it; `replaced`: another object has its name.
 */
export type ApplyCause = 'first' | 'wish' | 'drift' | 'missing' | 'replaced';

/** `unchanged`: nothing was sent. `applied`: a write was sent (the server may still have found nothing to change). */
export interface ApplyOutcome<T extends KubeObject> {
  readonly outcome: 'unchanged' | 'applied';
  /** The object as the server answered it, or as the cache has it. */
  readonly object: T;
  /** Undefined if nothing was sent. */
  readonly cause: ApplyCause | undefined;
  /** For `drift`: what was found, and what it is again now. Empty otherwise. */
  readonly corrected: FieldDifferences;
}

/** What an apply would do, told by the server itself (a dry run), so defaults, webhooks and field ownership are taken into account. */
export interface Preview {
  readonly change: 'create' | 'update' | 'none';
  /** Live against result: fields of every manager that would change. A create names the fields that would be set by the caller. */
  readonly differences: FieldDifferences;
}

export interface ApplierOptions {
  fieldManager: string;
  force?: boolean;
  signal?: AbortSignal;
}

/**
 * Server-side apply that writes only when needed: if the last write of this manager to this very object (uid) had the same content, and
 * the live object still has the values that the write produced, nothing is sent. The first apply of a process goes out as well, so
 * fields that an older version of the program left behind are given up, unless the object carries the record of an apply of the same content.
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
  /**
   * What `apply` would change, without changing it. Asks the server only when the wish or the live object differ from the last preview, so
   * it may be called in every reconcile. Rejects as `apply` would, for example with what the server finds invalid.
   */
  preview<T extends KubeObject>(resource: Resource<T>, desired: Applied<T>, options: ApplierOptions): Promise<Preview>;
  /** Forgets an object, for example after it was deleted. */
  forget(resource: Resource, key: { namespace: string; name: string }): void;
}
