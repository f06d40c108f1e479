import {
  controllerReference,
  isNotFound,
  type Applied,
  type Applier,
  type ApplyOutcome,
  type Cache,
  type KubeClient,
  type KubeObject,
  type Resource,
} from '@tagservice/controller-runtime';
import type { Correction } from '../step/step.ts';
import { MANAGER } from './labels.ts';
import { refuseForeign } from './ownership.ts';
import type { Refusals } from './refusals.ts';

/** Writes the children of one TagService on behalf of one concern. In mode Plan the same calls change nothing and are recorded instead. */
export interface ChildWriter {
  /**
   * Makes a child so, and answers it as the API server has it now; undefined while our own write is not seen yet. Writes nothing when
   * nothing differs. Throws {@link ForeignObjectError} for an object of that name that is not ours, and {@link InvalidChildError} when the API
   * server finds it invalid.
   */
  apply<T extends KubeObject>(resource: Resource<T>, desired: Applied<T>): Promise<T | undefined>;
  /** Creates a child if there is none and never changes it afterwards. Answers the one there is. */
  createOnce<T extends KubeObject>(resource: Resource<T>, name: string, make: () => Applied<T>): Promise<T>;
  /** Deletes a child if it is ours; true when nothing is left. */
  remove(resource: Resource, name: string): Promise<boolean>;
  /**
   * Changes this very version of a child (or its `subresource`) by merge patch, and answers it as the API server has it now. Rejects with a
   * conflict (409) when it has changed since: what was decided was decided about something else.
   */
  patch<T extends KubeObject>(resource: Resource<T>, child: T, change: ChildChange): Promise<T>;
  /** Sets the number of pods of this very version of a child by its `scale`. Answers the version that came of it. */
  scale(resource: Resource, child: KubeObject, replicas: number): Promise<{ readonly resourceVersion: string }>;
}

/** A merge patch of a child. */
export type ChildChange = {
  readonly patch: Readonly<Record<string, unknown>> & { readonly metadata?: object };
  readonly subresource?: string;
};

export type ChildWriterOptions = {
  readonly client: KubeClient;
  readonly cache: Cache;
  readonly applier: Applier;
  readonly refusals: Refusals;
  readonly owner: KubeObject;
  readonly concern: string;
  readonly signal: AbortSignal;
  /** Told of every child that somebody else had changed or removed and that is as declared again. */
  readonly corrected: (correction: Correction) => void;
};

/** The child with what makes it ours. */
export function ownedBy<T extends KubeObject>(owner: KubeObject, desired: Applied<T>): Applied<T> {
  const namespace = owner.metadata.namespace ?? '';
  return {
    ...desired,
    metadata: { ...desired.metadata, namespace, ownerReferences: [controllerReference(owner)] },
  };
}

export const fieldManagerOf = (concern: string): string => `${MANAGER}/${concern}`;

/** The annotation of a child in which a concern records what it applied. */
export const recordOf = (fieldManager: string): string => `${RECORDS}${fieldManager.slice(MANAGER.length + 1)}`;

/** What the names of these annotations begin with. */
export const RECORDS = 'tagservice.dev/applied-by-';

type Lookup = Pick<ChildWriterOptions, 'client' | 'cache' | 'owner' | 'signal'>;

/** The object of that name, which is then ours; undefined if there is none. */
export async function findOwn<T extends KubeObject>(
  { client, cache, owner, signal }: Lookup,
  resource: Resource<T>,
  name: string,
): Promise<T | undefined> {
  const key = { namespace: owner.metadata.namespace ?? '', name };
  const cached = cache.store(resource).get(key);
  // The cache holds only objects with our label: what is not in it may still be there, and be somebody else's.
  const found = cached ?? (await client.find(resource, key, { signal }));
  if (found !== undefined) refuseForeign(resource.kind, found, owner);
  return found;
}

/** The writer of one concern for one TagService. */
export function childWriter(options: ChildWriterOptions): ChildWriter {
  const { client, applier, refusals, owner, concern, signal } = options;
  const namespace = owner.metadata.namespace ?? '';
  const fieldManager = fieldManagerOf(concern);
  return {
    async apply(resource, desired) {
      const wanted = ownedBy(owner, desired);
      const attempt = refusals.attempt({ resource, wanted, concern, owner });
      await findOwn(options, resource, desired.metadata.name);
      const outcome = await attempt(() => applier.apply(resource, wanted, { fieldManager, signal }));
      tellCorrection(options, `${resource.kind} ${desired.metadata.name}`, outcome);
      return outcome.object;
    },
    async createOnce(resource, name, make) {
      const found = await findOwn(options, resource, name);
      return found ?? (await client.create(resource, ownedBy(owner, make()), { fieldManager, signal }));
    },
    async patch(resource, child, { patch, subresource }) {
      const { name, uid, resourceVersion } = child.metadata;
      const change = {
        patch: { ...patch, metadata: { ...patch.metadata, uid, resourceVersion } },
        fieldManager,
        signal,
        ...(subresource !== undefined && { subresource }),
      };
      return client.patch(resource, { namespace, name }, change);
    },
    async scale(resource, child, replicas) {
      const { name, resourceVersion } = child.metadata;
      const patch = { metadata: { resourceVersion }, spec: { replicas } };
      const change = { patch, subresource: 'scale', fieldManager, signal };
      return (await client.patch(resource, { namespace, name }, change)).metadata;
    },
    async remove(resource, name) {
      const found = await findOwn(options, resource, name);
      if (found === undefined) return true;
      if (found.metadata.deletionTimestamp === undefined)
        await client
          .delete(resource, { namespace, name }, { uid: found.metadata.uid, propagation: 'Background', signal })
          .catch((error: unknown) => {
            // A cache that lags behind shows what is gone already. A conflict proves nothing: what is to be removed may still be there.
            if (!isNotFound(error)) throw error;
          });
      applier.forget(resource, { namespace, name });
      return false;
    },
  };
}

function tellCorrection(
  { corrected }: ChildWriterOptions,
  object: string,
  { cause, corrected: differences }: ApplyOutcome<KubeObject>,
): void {
  if (cause === 'drift' || cause === 'missing' || cause === 'replaced')
    corrected({ object, cause, fields: differences.fields });
}
