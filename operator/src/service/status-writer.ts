import { isDeepStrictEqual } from 'node:util';
import { keyOf, keyText, type KubeClient } from '@tagservice/controller-runtime';
import type { TagServiceStatus } from '@tagservice/crd';
import { TagServices, type TagServiceObject } from '../resource.ts';

/**
 * Writes status, and remembers what it wrote: the cache may still show an older one, and comparing with that would move transition times or
 * write the same twice.
 *
 * Status is written by merge patch and not by server-side apply: when the last field of an object is no longer applied (`scaling.lag` once it is
 * unknown), API servers make the object null, and the schema refuses that.
 */
export class StatusWriter {
  readonly #client: Pick<KubeClient, 'patch'>;
  readonly #written = new Map<string, { uid: string; status: TagServiceStatus }>();

  constructor(client: Pick<KubeClient, 'patch'>) {
    this.#client = client;
  }

  /** The status as it was written last, by this process or a former one. */
  last(object: TagServiceObject): TagServiceStatus | undefined {
    const written = this.#written.get(keyText(keyOf(object)));
    return written?.uid === object.metadata.uid ? written.status : object.status;
  }

  /** Writes `status` unless it is what stands there. Answers whether it wrote. */
  async write(object: TagServiceObject, status: TagServiceStatus, signal: AbortSignal): Promise<boolean> {
    const last = this.last(object);
    // The last one in memory and the one in the cache: drift made by somebody else is undone, and no equal status is written twice.
    if (isSame(last, status) && isSame(object.status, status)) return false;
    // The uid makes the server refuse the status of a former resource of this name.
    const patch = { metadata: { uid: object.metadata.uid }, status: mergePatch([object.status, last], status) };
    const options = { patch, subresource: 'status', fieldManager: 'tagservice-operator/status', signal };
    await this.#client.patch(TagServices, keyOf(object), options);
    this.#written.set(keyText(keyOf(object)), { uid: object.metadata.uid, status });
    return true;
  }

  /** A TagService (`namespace/name`) is gone. */
  forget(key: string): void {
    this.#written.delete(key);
  }
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
