import { isDeepStrictEqual } from 'node:util';
import { keyOf, keyText, type Applier } from '@tagservice/controller-runtime';
import type { TagServiceStatus } from '@tagservice/crd';
import { TagServices, type TagServiceObject } from '../resource.ts';

/**
 * Writes status, and remembers what it wrote: the cache may still show an older one, and comparing with that would move transition times or
 * write the same twice.
 */
export class StatusWriter {
  readonly #applier: Applier;
  readonly #written = new Map<string, { uid: string; status: TagServiceStatus }>();

  constructor(applier: Applier) {
    this.#applier = applier;
  }

  /** The status as it was written last, by this process or a former one. */
  last(object: TagServiceObject): TagServiceStatus | undefined {
    const written = this.#written.get(keyText(keyOf(object)));
    return written?.uid === object.metadata.uid ? written.status : object.status;
  }

  /** Writes `status` unless it is what stands there. Answers whether it wrote. */
  async write(object: TagServiceObject, status: TagServiceStatus, signal: AbortSignal): Promise<boolean> {
    const { namespace = '', name, uid } = object.metadata;
    // The last one in memory and the one in the cache: drift made by somebody else is undone, and no equal status is written twice.
    if (isSame(this.last(object), status) && isSame(object.status, status)) return false;
    const desired = { metadata: { namespace, name }, status };
    const options = { fieldManager: 'tagservice-operator/status', signal };
    const { outcome } = await this.#applier.applyStatus(TagServices, desired, options);
    this.#written.set(keyText(keyOf(object)), { uid, status });
    return outcome === 'applied';
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
