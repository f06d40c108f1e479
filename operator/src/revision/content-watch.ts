import {
  ConfigMap,
  createCache,
  pause,
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

type Named = Pick<Reference, 'kind' | 'name'>;

/** Secrets and ConfigMaps as one part of the operator reads them. */
export interface ContentWatch {
  /** Declares which objects a service (`namespace/name`) reads: new ones are followed, others are let go. */
  follow(service: string, namespace: string, references: readonly Named[]): void;
  /**
   * Resolves when all that a service reads was looked at once, or cannot be; at the latest after a second. So a start of the operator, which knows
   * nothing yet, makes no service unready for that moment.
   */
  settled(service: string, signal: AbortSignal): Promise<void>;
  /** What is known of one of them. */
  read(namespace: string, reference: Named): Content;
  /** A service is gone. */
  forget(service: string): void;
}

/**
 * Follows the Secrets and ConfigMaps that resources name. They are not ours and carry no label, so each is followed by its name alone: nobody
 * else's Secret is ever read, and only digests of values stay in memory. However many services and parts of the operator read an object, it has
 * one watch (docs/adr/0013).
 */
export interface ContentWatches {
  /** The view of one part of the operator. What one part declares to read is no matter of another. */
  of(part: string): ContentWatch;
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
type Followed = {
  readonly cache: Cache;
  readonly kind: Reference['kind'];
  /** Resolves when the object was looked at once, or is no longer followed. */
  readonly looked: Promise<void>;
  /** Services by `part service`. */
  readonly users: Map<string, string>;
};

/** Quiet objects, each with a watch: they are opened anew seldom. What falls silent is noticed by its bookmarks all the same. */
const timing = { minWatchSeconds: 1_800, maxWatchSeconds: 3_600 };

/** A first look takes some 20 ms. */
const PATIENCE_MS = 1_000;

const resources: Readonly<Record<Reference['kind'], Resource<Holder>>> = {
  Secret: Secret as Resource<Holder>,
  ConfigMap: ConfigMap as Resource<Holder>,
};

/** Watches that follow nothing yet. */
export function contentWatches(options: ContentWatchOptions): ContentWatches {
  const all = new NamedContents(options);
  return {
    of: (part) => ({
      follow: (service, namespace, references) => {
        all.follow({ id: `${part} ${service}`, service }, namespace, references);
      },
      settled: (service, signal) => all.settled(`${part} ${service}`, signal),
      read: (namespace, reference) => all.read(namespace, reference),
      forget: (service) => {
        all.forget(`${part} ${service}`);
      },
    }),
    stop: () => all.stop(),
  };
}

type User = { readonly id: string; readonly service: string };

class NamedContents {
  readonly #options: ContentWatchOptions;
  readonly #followed = new Map<string, Followed>();

  constructor(options: ContentWatchOptions) {
    this.#options = options;
  }

  follow(user: User, namespace: string, references: readonly Named[]): void {
    const wanted = new Set(references.map((one) => idOf(namespace, one)));
    for (const [id, { users }] of this.#followed) if (!wanted.has(id) && users.delete(user.id)) this.#letGo(id);
    for (const one of references) this.#open(namespace, one).users.set(user.id, user.service);
  }

  async settled(user: string, signal: AbortSignal): Promise<void> {
    const open = [...this.#followed.values()].filter((one) => one.users.has(user) && isStillOpen(one));
    if (open.length === 0) return;
    const over = new AbortController();
    const limit = pause(this.#options.clock, PATIENCE_MS, AbortSignal.any([signal, over.signal]));
    await Promise.race([Promise.all(open.map(({ looked }) => looked)), limit]);
    over.abort();
  }

  read(namespace: string, reference: Named): Content {
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

  forget(user: string): void {
    for (const [id, { users }] of this.#followed) if (users.delete(user)) this.#letGo(id);
  }

  async stop(): Promise<void> {
    const all = [...this.#followed.values()];
    this.#followed.clear();
    await Promise.all(all.map(({ cache }) => cache.stop()));
  }

  #open(namespace: string, { kind, name }: Named): Followed {
    const id = idOf(namespace, { kind, name });
    const known = this.#followed.get(id);
    if (known !== undefined) return known;
    const { client, clock, log, changed } = this.#options;
    const cache = createCache({ client, clock, log, timing, namespaces: [namespace] });
    const users: Followed['users'] = new Map();
    const tell = (): void => {
      for (const service of new Set(users.values())) changed(service);
    };
    const informer = cache.informer(resources[kind], {
      fieldSelector: `metadata.name=${name}`,
      transform: digestsOnly,
    });
    informer.addHandler({ add: tell, update: tell, delete: tell });
    // That there is no such object is known only by the end of the first list; a stopped cache never gets there.
    const looked = cache.start().then(tell, () => undefined);
    const followed: Followed = { cache, kind, looked, users };
    this.#followed.set(id, followed);
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

const idOf = (namespace: string, { kind, name }: Named): string => `${kind}/${namespace}/${name}`;

/** Not looked at yet, and nothing tells that it cannot be. */
function isStillOpen({ cache, kind }: Followed): boolean {
  return !cache.store(resources[kind]).hasSynced() && cache.problems().length === 0;
}

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
