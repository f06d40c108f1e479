import { keyOf, type Applied, type KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';
import { compareVersions } from '../api/version.ts';
import type { Cache } from '../cache/types.ts';
import type { KubeClient } from '../client/client.ts';
import { contentHash } from './canonical.ts';
import { differencesOf, noDifferences } from './difference.ts';
import { Previewer } from './preview.ts';
import { project } from './projection.ts';
import { idOf, storeOf } from './live-object.ts';
import type { Applier, ApplierOptions, ApplyCause, ApplyOutcome, Preview } from './types.ts';

export interface CreateApplierOptions {
  client: KubeClient;
  /** Where the live object is looked up; kinds that are not cached are read from the server. */
  cache?: Cache;
  /**
   * The annotation in which a field manager leaves a hash of what it applied, on each object. A process that begins then knows what the one before
   * it wrote, and writes nothing where it would write the same. Without it, the first apply of each object goes out.
   */
  recordIn?: (fieldManager: string) => string;
}

/** Makes an applier. One per process: what it remembers, or finds recorded, is what it saves. */
export function createApplier(options: CreateApplierOptions): Applier {
  return new RememberingApplier(options);
}

/** Most objects remembered: the one written longest ago is written once more when it is applied again. */
const mostObjects = 50_000;

/** What is recorded of a hash: 128 bits. */
const recordOf = (hash: string): string => hash.slice(0, 32);

/** What one manager's last write to one object left behind. */
type Memory = {
  uid: string;
  resourceVersion: string;
  /** Of what was sent. */
  desired: string;
  /** Of the values the server then had in those fields: defaults and canonical quantities are in it. */
  result: string;
};

/** Why the object has to be written; no cause if it is as it is wanted. */
type Finding<T> = { cause: ApplyCause; live: T | undefined } | { cause: undefined; live: T };
type Target<T extends KubeObject> = { resource: Resource<T>; desired: Applied<T>; subresource: 'main' | 'status' };

class RememberingApplier implements Applier {
  readonly #options: CreateApplierOptions;
  /** object -> manager and subresource -> memory */
  readonly #memories = new Map<string, Map<string, Memory>>();
  readonly #previewer: Previewer;

  constructor(options: CreateApplierOptions) {
    this.#options = options;
    this.#previewer = new Previewer(options);
  }

  async apply<T extends KubeObject>(
    resource: Resource<T>,
    desired: Applied<T>,
    options: ApplierOptions,
  ): Promise<ApplyOutcome<T>> {
    return await this.#ensure({ resource, desired, subresource: 'main' }, options);
  }

  async applyStatus<T extends KubeObject>(
    resource: Resource<T>,
    desired: Applied<T>,
    options: ApplierOptions,
  ): Promise<ApplyOutcome<T>> {
    return await this.#ensure({ resource, desired, subresource: 'status' }, options);
  }

  async preview<T extends KubeObject>(
    resource: Resource<T>,
    desired: Applied<T>,
    options: ApplierOptions,
  ): Promise<Preview> {
    return await this.#previewer.preview({ resource, desired }, options);
  }

  forget(resource: Resource, key: { namespace: string; name: string }): void {
    this.#memories.delete(idOf(resource, key));
  }

  async #ensure<T extends KubeObject>(target: Target<T>, options: ApplierOptions): Promise<ApplyOutcome<T>> {
    const { resource, desired, subresource } = target;
    const object = idOf(resource, keyOf(desired));
    const manager = `${options.fieldManager} ${subresource}`;
    const wanted = contentHash(desired);
    const memory = this.#memories.get(object)?.get(manager) ?? this.#recognise(target, options, wanted);
    const reason = await this.#reason(target, memory?.desired === wanted ? memory : undefined, options.signal);
    if (reason.cause === undefined)
      return { outcome: 'unchanged', object: reason.live, cause: undefined, corrected: noDifferences };
    const answer = await this.#write(target, options, wanted);
    const result = project(desired, answer);
    this.#memoriesOf(object).set(manager, {
      uid: answer.metadata.uid,
      resourceVersion: answer.metadata.resourceVersion,
      desired: wanted,
      result: contentHash(result),
    });
    const corrected =
      reason.cause === 'drift' ? differencesOf(resource.kind, project(desired, reason.live), result) : noDifferences;
    const cause = reason.cause === 'first' && memory !== undefined ? 'wish' : reason.cause;
    return { outcome: 'applied', object: answer, cause, corrected };
  }

  /** With the hash of what is applied. */
  #recorded<T extends KubeObject>(
    { desired }: Target<T>,
    { fieldManager }: ApplierOptions,
    wanted: string,
  ): Applied<T> {
    const annotation = this.#options.recordIn?.(fieldManager);
    if (annotation === undefined) return desired;
    const { metadata } = desired;
    return {
      ...desired,
      metadata: { ...metadata, annotations: { ...metadata.annotations, [annotation]: recordOf(wanted) } },
    };
  }

  /** An object that an earlier process wrote and nobody has changed: its record and all values are those that would be written now. */
  #recognise<T extends KubeObject>(
    target: Target<T>,
    { fieldManager }: ApplierOptions,
    wanted: string,
  ): Memory | undefined {
    const { resource, desired, subresource } = target;
    const annotation = this.#options.recordIn?.(fieldManager);
    if (annotation === undefined || subresource === 'status') return undefined;
    const live = storeOf(this.#options.cache, target)?.get(keyOf(desired));
    if (live?.metadata.annotations?.[annotation] !== recordOf(wanted)) return undefined;
    if (contentHash(project(desired, live)) !== wanted) return undefined;
    const { uid, resourceVersion } = live.metadata;
    const memory: Memory = { uid, resourceVersion, desired: wanted, result: wanted };
    this.#memoriesOf(idOf(resource, keyOf(desired))).set(`${fieldManager} ${subresource}`, memory);
    return memory;
  }

  /** What is remembered of an object, as the one used last: names that never come back must not fill the memory. */
  #memoriesOf(object: string): Map<string, Memory> {
    const memories = this.#memories.get(object) ?? new Map<string, Memory>();
    this.#memories.delete(object);
    this.#memories.set(object, memories);
    for (const oldest of this.#memories.keys()) {
      if (this.#memories.size <= mostObjects) break;
      this.#memories.delete(oldest);
    }
    return memories;
  }

  /** Why the object has to be written; no cause if it need not be. `memory` is of a write of this very content. */
  async #reason<T extends KubeObject>(
    target: Target<T>,
    memory: Memory | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Finding<T>> {
    if (memory === undefined) return { cause: 'first', live: undefined };
    const live = await this.#live(target, memory, signal);
    if (live === undefined) return { cause: 'missing', live };
    if (live.metadata.uid !== memory.uid) return { cause: 'replaced', live };
    if (!isUntouched(memory, target.desired, live)) return { cause: 'drift', live };
    // From here on that is what the cache is measured by: a backup brings back older versions.
    memory.resourceVersion = live.metadata.resourceVersion;
    return { cause: undefined, live };
  }

  async #write<T extends KubeObject>(target: Target<T>, options: ApplierOptions, wanted: string): Promise<T> {
    const { client } = this.#options;
    if (target.subresource === 'status') return await client.applyStatus(target.resource, target.desired, options);
    return await client.apply(target.resource, this.#recorded(target, options, wanted), options);
  }

  /** The object as it is now: from the cache, or from the server where the cache has not seen our own last write. */
  async #live<T extends KubeObject>(
    target: Target<T>,
    memory: Memory,
    signal: AbortSignal | undefined,
  ): Promise<T | undefined> {
    const key = keyOf(target.desired);
    const store = storeOf(this.#options.cache, target);
    const cached = store?.get(key);
    const seen = cached?.metadata.resourceVersion ?? store?.resourceVersion();
    if (seen !== undefined && compareVersions(seen, memory.resourceVersion) >= 0) return cached;
    return await this.#options.client.find(target.resource, key, signal === undefined ? {} : { signal });
  }
}

/** True if nobody has changed what we wrote to this object. */
function isUntouched<T extends KubeObject>(memory: Memory, desired: Applied<T>, live: T): boolean {
  return (
    live.metadata.resourceVersion === memory.resourceVersion || contentHash(project(desired, live)) === memory.result
  );
}
