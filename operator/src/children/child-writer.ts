import {
  controllerOf,
  controllerReference,
  isControlledBy,
  type Applied,
  type Applier,
  type Cache,
  type KubeClient,
  type KubeObject,
  type Resource,
} from '@tagservice/controller-runtime';
import { ForeignObjectError, FormerChildError } from '../step/outcome.ts';
import { MANAGER } from './labels.ts';

/** Writes the children of one TagService on behalf of one concern. */
export interface ChildWriter {
  /**
   * Makes a child so, and answers it as the API server has it now; undefined while our own write is not seen yet. Writes nothing when
   * nothing differs. Throws {@link ForeignObjectError} for an object of that name that is not ours.
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
  /** Sets the number of pods of a child by its `scale`; nobody owns the number afterwards. */
  scale(resource: Resource, child: KubeObject, replicas: number): Promise<void>;
}

/** A merge patch of a child. */
export type ChildChange = { readonly patch: Readonly<Record<string, unknown>>; readonly subresource?: string };

export type ChildWriterOptions = {
  readonly client: KubeClient;
  readonly cache: Cache;
  readonly applier: Applier;
  readonly owner: KubeObject;
  readonly concern: string;
  readonly signal: AbortSignal;
};

/** The writer of one concern for one TagService. */
export function childWriter(options: ChildWriterOptions): ChildWriter {
  const { client, applier, owner, signal } = options;
  const namespace = owner.metadata.namespace ?? '';
  const fieldManager = `${MANAGER}/${options.concern}`;
  const owned = <T extends KubeObject>(desired: Applied<T>): Applied<T> => ({
    ...desired,
    metadata: { ...desired.metadata, namespace, ownerReferences: [controllerReference(owner)] },
  });

  async function live<T extends KubeObject>(resource: Resource<T>, name: string): Promise<T | undefined> {
    const cached = options.cache.store(resource).get({ namespace, name });
    // The cache holds only objects with our label: what is not in it may still be there, and be somebody else's.
    const found = cached ?? (await client.find(resource, { namespace, name }, { signal }));
    if (found !== undefined) refuseForeign(resource.kind, found, owner);
    return found;
  }

  return {
    async apply(resource, desired) {
      await live(resource, desired.metadata.name);
      return (await applier.apply(resource, owned(desired), { fieldManager, signal })).object;
    },
    async createOnce(resource, name, make) {
      return (await live(resource, name)) ?? (await client.create(resource, owned(make()), { fieldManager, signal }));
    },
    async patch(resource, child, { patch, subresource }) {
      const { name, uid, resourceVersion } = child.metadata;
      const options = {
        patch: { ...patch, metadata: { uid, resourceVersion } },
        fieldManager,
        signal,
        ...(subresource !== undefined && { subresource }),
      };
      return client.patch(resource, { namespace, name }, options);
    },
    async scale(resource, child, replicas) {
      const { name, resourceVersion } = child.metadata;
      const patch = { metadata: { resourceVersion }, spec: { replicas } };
      await client.patch(resource, { namespace, name }, { patch, subresource: 'scale', fieldManager, signal });
    },
    async remove(resource, name) {
      const found = await live(resource, name);
      if (found === undefined) return true;
      if (found.metadata.deletionTimestamp === undefined)
        await client.delete(
          resource,
          { namespace, name },
          { uid: found.metadata.uid, propagation: 'Background', signal },
        );
      applier.forget(resource, { namespace, name });
      return false;
    },
  };
}

/** Only a controller reference of ours makes an object ours; one without a controller is somebody's own. */
function refuseForeign(kind: string, object: KubeObject, owner: KubeObject): void {
  if (isControlledBy(object, owner)) return;
  const controller = controllerOf(object);
  const former = controller?.kind === owner.kind && controller.name === owner.metadata.name;
  throw former ? new FormerChildError(kind, object.metadata.name) : new ForeignObjectError(kind, object.metadata.name);
}
