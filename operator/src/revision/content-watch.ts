import {
  ConfigMap,
  createCache,
  Secret,
  type Cache,
  type Clock,
  type KubeClient,
  type KubeObject,
  type Logger,
  type Resource,
} from '@tagservice/controller-runtime';
import { digestOf, type Content } from './inputs.ts';
import type { Reference } from './references.ts';

/**
 * Follows the Secrets and ConfigMaps that resources name. They are not ours and carry no label, so each is followed by its name alone: nobody
 * else's Secret is ever read, a Role with `resourceNames` is enough, and only digests of values stay in memory.
 */
export interface ContentWatch {
  /** Declares which objects a service (`namespace/name`) reads: new ones are followed, others are let go. */
  follow(service: string, namespace: string, references: readonly Pick<Reference, 'kind' | 'name'>[]): void;
  /** What is known of one of them. */
  read(namespace: string, reference: Pick<Reference, 'kind' | 'name'>): Content;
  /** A service is gone. */
  forget(service: string): void;
  stop(): Promise<void>;
}

export type ContentWatchOptions = {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** What a service reads has changed or is known now. */
  readonly changed: (service: string) => void;
};

type Holder = KubeObject & { readonly data?: Readonly<Record<string, string>> };
type Followed = { readonly cache: Cache; readonly kind: Reference['kind']; readonly users: Set<string> };

const resources: Readonly<Record<Reference['kind'], Resource<Holder>>> = {
  Secret: Secret as Resource<Holder>,
  ConfigMap: ConfigMap as Resource<Holder>,
};

/** A watch that follows nothing yet. */
export function contentWatch(options: ContentWatchOptions): ContentWatch {
  return new NamedContentWatch(options);
}

class NamedContentWatch implements ContentWatch {
  readonly #options: ContentWatchOptions;
  readonly #followed = new Map<string, Followed>();

  constructor(options: ContentWatchOptions) {
    this.#options = options;
  }

  follow(service: string, namespace: string, references: readonly Pick<Reference, 'kind' | 'name'>[]): void {
    const wanted = new Set(references.map(({ kind, name }) => idOf(namespace, { kind, name })));
    for (const [id, { users }] of this.#followed) if (!wanted.has(id) && users.delete(service)) this.#letGo(id);
    for (const { kind, name } of references) this.#use(namespace, { kind, name }).users.add(service);
  }

  read(namespace: string, reference: Pick<Reference, 'kind' | 'name'>): Content {
    const followed = this.#followed.get(idOf(namespace, reference));
    if (followed === undefined) return { kind: 'unknown' };
    const { cache, kind } = followed;
    const store = cache.store(resources[kind]);
    if (!store.hasSynced()) return unknownBecause(cache);
    const object = store.get({ namespace, name: reference.name });
    return object === undefined
      ? { kind: 'absent' }
      : { kind: 'known', digests: new Map(Object.entries(object.data ?? {})) };
  }

  forget(service: string): void {
    for (const [id, { users }] of this.#followed) if (users.delete(service)) this.#letGo(id);
  }

  async stop(): Promise<void> {
    const all = [...this.#followed.values()];
    this.#followed.clear();
    await Promise.all(all.map(({ cache }) => cache.stop()));
  }

  #use(namespace: string, { kind, name }: Pick<Reference, 'kind' | 'name'>): Followed {
    const id = idOf(namespace, { kind, name });
    const known = this.#followed.get(id);
    if (known !== undefined) return known;
    const { client, clock, log, changed } = this.#options;
    const cache = createCache({ client, clock, log, namespaces: [namespace] });
    const followed: Followed = { cache, kind, users: new Set() };
    this.#followed.set(id, followed);
    const tell = (): void => {
      for (const service of followed.users) changed(service);
    };
    const informer = cache.informer(resources[kind], {
      fieldSelector: `metadata.name=${name}`,
      transform: digestsOnly,
    });
    informer.addHandler({ add: tell, update: tell, delete: tell });
    // That there is no such object is known only by the end of the first list; a stopped cache never gets there.
    cache.start().then(tell, () => undefined);
    return followed;
  }

  #letGo(id: string): void {
    const followed = this.#followed.get(id);
    if (followed === undefined || followed.users.size > 0) return;
    this.#followed.delete(id);
    followed.cache.stop().catch((error: unknown) => {
      this.#options.log.warn({ err: error, object: id }, 'a watch did not stop cleanly');
    });
  }
}

const idOf = (namespace: string, { kind, name }: Pick<Reference, 'kind' | 'name'>): string =>
  `${kind}/${namespace}/${name}`;

function unknownBecause(cache: Cache): Content {
  const error = cache.problems()[0]?.error;
  if (error === undefined) return { kind: 'unknown' };
  return { kind: 'unknown', problem: error instanceof Error ? error.message : JSON.stringify(error) };
}

/** Keeps digests in the place of values, so that no content stays in memory. */
function digestsOnly({ apiVersion, kind, metadata, data = {} }: Holder): Holder {
  const digests = Object.entries(data).map(([key, value]) => [key, digestOf(value)] as const);
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    apiVersion,
    kind,
    metadata: { name, uid, resourceVersion, ...(namespace !== undefined && { namespace }) },
    data: Object.fromEntries(digests),
  };
}
