import { keyOf, type Applied, type KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';
import type { Cache } from '../cache/types.ts';
import type { KubeClient } from '../client/client.ts';
import { contentHash } from './canonical.ts';
import { differencesOf } from './difference.ts';
import { idOf, storeOf } from './live-object.ts';
import type { ApplierOptions, Preview } from './types.ts';

/** Most previews remembered; the one not asked for longest goes first. */
const mostRemembered = 10_000;

type PreviewerOptions = {
  readonly client: KubeClient;
  readonly cache?: Cache;
  readonly recordIn?: (fieldManager: string) => string;
};
type Asked<T extends KubeObject> = { resource: Resource<T>; desired: Applied<T> };

/** Answers what an apply would change by asking the server for a dry run, once per wish and version of the live object. */
export class Previewer {
  readonly #options: PreviewerOptions;
  readonly #remembered = new Map<string, { basis: string; preview: Preview }>();

  constructor(options: PreviewerOptions) {
    this.#options = options;
  }

  async preview<T extends KubeObject>(asked: Asked<T>, options: ApplierOptions): Promise<Preview> {
    const id = `${idOf(asked.resource, keyOf(asked.desired))} ${options.fieldManager}`;
    const basis = this.#basis(asked);
    const known = this.#remembered.get(id);
    if (known !== undefined && known.basis === basis) return known.preview;
    const preview = await this.#ask(asked, options);
    this.#remembered.delete(id);
    if (basis !== undefined) this.#remembered.set(id, { basis, preview });
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size <= mostRemembered) break;
      this.#remembered.delete(oldest);
    }
    return preview;
  }

  /** What an earlier answer stands on: the wish and the version of the live object. Undefined where nobody tells when that changes. */
  #basis<T extends KubeObject>(asked: Asked<T>): string | undefined {
    const store = storeOf(this.#options.cache, asked);
    if (store === undefined) return undefined;
    const live = store.get(keyOf(asked.desired))?.metadata;
    return `${contentHash(asked.desired)} ${live?.uid ?? ''} ${live?.resourceVersion ?? ''}`;
  }

  async #ask<T extends KubeObject>({ resource, desired }: Asked<T>, options: ApplierOptions): Promise<Preview> {
    const signal = options.signal === undefined ? {} : { signal: options.signal };
    // From the server: a cache may have dropped fields.
    const { client, recordIn } = this.#options;
    const live = await client.find(resource, keyOf(desired), signal);
    const result = await client.apply(resource, desired, { ...options, dryRun: true });
    const told = (object: object): object => meant(object, recordIn?.(options.fieldManager));
    if (live === undefined)
      return { change: 'create', differences: differencesOf(resource.kind, undefined, told(desired)) };
    const differences = differencesOf(resource.kind, told(live), told(result));
    return { change: differences.fields.length === 0 ? 'none' : 'update', differences };
  }
}

/** What people mean by an object: without the server's bookkeeping and our `record`, and without status, which an apply does not touch. */
function meant(object: object, record = ''): object {
  const {
    apiVersion: _version,
    kind: _kind,
    status: _status,
    metadata = {},
    ...rest
  } = object as Record<string, unknown>;
  const {
    managedFields: _managed,
    resourceVersion: _resourceVersion,
    generation: _generation,
    uid: _uid,
    creationTimestamp: _created,
    name: _name,
    namespace: _namespace,
    annotations = {},
    ...others
  } = metadata as Record<string, unknown>;
  const { [record]: _record, ...told } = annotations as Record<string, unknown>;
  const meta = Object.keys(told).length === 0 ? others : { ...others, annotations: told };
  return Object.keys(meta).length === 0 ? rest : { metadata: meta, ...rest };
}
