import { isDeepStrictEqual } from 'node:util';
import {
  compareVersions,
  isConflict,
  isNotFound,
  keyOf,
  keyText,
  type KubeClient,
} from '@tagservice/controller-runtime';
import type { TagServiceStatus } from '@tagservice/crd';
import { TagServices, type TagServiceObject } from '../resource.ts';

/**
 * `unchanged`: it stood there already. `written`. `outdated`: the resource is another by now, so what was found is not about it any more; look
 * again.
 */
export type WriteResult = 'unchanged' | 'written' | 'outdated';

type Written = { readonly uid: string; readonly resourceVersion: string; readonly status: TagServiceStatus };
type Known = { readonly resourceVersion: string; readonly status: TagServiceStatus | undefined };

/**
 * Writes status, and remembers what it wrote: the cache may still show an older one, and comparing with that would move transition times or
 * write the same twice.
 *
 * Each write says to which version of the resource it belongs. So a process that was stopped for long, or whose cache is behind, can neither
 * write a status twice nor take `observedGeneration` back.
 *
 * Status is written by merge patch and not by server-side apply: when the last field of an object is no longer applied (`scaling.lag` once it is
 * unknown), API servers make the object null, and the schema refuses that.
 */
export class StatusWriter {
  readonly #client: Pick<KubeClient, 'patch' | 'find'>;
  readonly #written = new Map<string, Written>();

  constructor(client: Pick<KubeClient, 'patch' | 'find'>) {
    this.#client = client;
  }

  /** The status as it stands: as we wrote it while the cache does not show that yet, else as the cache has it. */
  last(object: TagServiceObject): TagServiceStatus | undefined {
    return this.#known(object).status;
  }

  /** Writes `status` unless it is what stands there. What somebody else changed in it is undone. */
  async write(object: TagServiceObject, status: TagServiceStatus, signal: AbortSignal): Promise<WriteResult> {
    const known = this.#known(object);
    if (isSame(known.status, status)) return 'unchanged';
    try {
      return await this.#patch(object, { known, status, signal });
    } catch (error) {
      if (!isConflict(error)) throw error;
      return this.#writeToNewest(object, status, signal);
    }
  }

  /** A TagService (`namespace/name`) is gone. */
  forget(key: string): void {
    this.#written.delete(key);
  }

  #known({ metadata, status }: TagServiceObject): Known {
    const written = this.#written.get(keyText(keyOf({ metadata })));
    const isBehind =
      written?.uid === metadata.uid && compareVersions(metadata.resourceVersion, written.resourceVersion) < 0;
    return isBehind ? written : { resourceVersion: metadata.resourceVersion, status };
  }

  /** The resource has a newer version than we know. If only its status or labels changed, what was found still holds. */
  async #writeToNewest(object: TagServiceObject, status: TagServiceStatus, signal: AbortSignal): Promise<WriteResult> {
    const newest = await this.#client.find(TagServices, keyOf(object), { signal });
    const isSameSpec =
      newest?.metadata.uid === object.metadata.uid && newest.metadata.generation === object.metadata.generation;
    if (newest === undefined || !isSameSpec) return 'outdated';
    const honest = withTimesOf(newest.status, status);
    if (isSame(newest.status, honest)) {
      this.#remember(newest, honest);
      return 'unchanged';
    }
    const known = { resourceVersion: newest.metadata.resourceVersion, status: newest.status };
    return this.#patch(newest, { known, status: honest, signal });
  }

  async #patch(
    object: TagServiceObject,
    { known, status, signal }: { known: Known; status: TagServiceStatus; signal: AbortSignal },
  ): Promise<WriteResult> {
    const { uid } = object.metadata;
    const metadata = { uid, resourceVersion: known.resourceVersion };
    const patch = { metadata, status: mergePatch([known.status], status) };
    const options = { patch, subresource: 'status', fieldManager: 'tagservice-operator/status', signal };
    try {
      this.#remember(await this.#client.patch(TagServices, keyOf(object), options), status);
      return 'written';
    } catch (error) {
      // It was deleted meanwhile; the watch tells next.
      if (isNotFound(error)) return 'outdated';
      throw error;
    }
  }

  #remember({ metadata }: TagServiceObject, status: TagServiceStatus): void {
    const { uid, resourceVersion } = metadata;
    this.#written.set(keyText(keyOf({ metadata })), { uid, resourceVersion, status });
  }
}

/**
 * A status whose transitions were counted from an older one than stands there (our write was done and its answer was lost): conditions that have
 * not changed since keep their times, and no transition is dated before the one that it follows.
 */
function withTimesOf(newest: TagServiceStatus | undefined, status: TagServiceStatus): TagServiceStatus {
  if (status.conditions === undefined) return status;
  const conditions = status.conditions.map((condition) => {
    const former = newest?.conditions?.find(({ type }) => type === condition.type);
    if (former === undefined) return condition;
    const isNewer = former.status !== condition.status && condition.lastTransitionTime > former.lastTransitionTime;
    return isNewer ? condition : { ...condition, lastTransitionTime: former.lastTransitionTime };
  });
  return { ...status, conditions };
}

/** Conditions are told apart by type: the server may keep them in another order. */
function isSame(one: TagServiceStatus | undefined, other: TagServiceStatus): boolean {
  const ordered = (status: TagServiceStatus) => ({
    ...status,
    conditions: status.conditions?.toSorted((left, right) => (left.type < right.type ? -1 : 1)),
  });
  return one !== undefined && isDeepStrictEqual(ordered(one), ordered(other));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The merge patch (RFC 7386) that makes any of `before` into `after`: what is no longer there is null, lists are replaced. */
export function mergePatch(before: readonly unknown[], after: object): Record<string, unknown> {
  const former = before.filter(isObject);
  const gone = former.flatMap((one) => Object.keys(one)).filter((key) => !(key in after));
  const kept = Object.entries(after).map(([key, value]: [string, unknown]) => {
    const inner = former.map((one) => one[key]);
    return [key, isObject(value) ? mergePatch(inner, value) : value] as const;
  });
  return { ...Object.fromEntries(gone.map((key) => [key, null])), ...Object.fromEntries(kept) };
}
