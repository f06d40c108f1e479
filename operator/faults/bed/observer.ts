import {
  keyOf,
  keyText,
  resourceId,
  type KubeClient,
  type KubeObject,
  type ObjectKey,
  type Resource,
} from '@tagservice/controller-runtime';
import { follow, type Sight } from './follow.ts';

/** One version of an object, as the API server told it. */
export type Version = { readonly at: number; readonly object: KubeObject; readonly gone: boolean };

type Listener = (resource: Resource, sight: Sight<KubeObject>) => void;

/** Everything that stands in the cluster, kept up to date by watches of our own that pass no proxy. */
export class Observer {
  readonly #client: KubeClient;
  readonly #ending = new AbortController();
  readonly #listeners = new Set<Listener>();
  /** kind -> namespace -> name */
  readonly #stores = new Map<string, Map<string, Map<string, KubeObject>>>();
  readonly #recorded = new Map<string, Version[]>();
  readonly #remembers: (resource: Resource) => boolean;

  /** `remembers` tells of which kinds every version is kept. */
  constructor(client: KubeClient, remembers: (resource: Resource) => boolean) {
    this.#client = client;
    this.#remembers = remembers;
  }

  /** Begins to follow kinds; resolves when each has been listed. */
  async follow(resources: readonly Resource[]): Promise<void> {
    await Promise.all(
      resources.map((resource) =>
        follow({
          client: this.#client,
          resource,
          signal: this.#ending.signal,
          see: (sight) => {
            this.#see(resource, sight);
          },
        }),
      ),
    );
  }

  /** Told of every change from now on, and first of all that is there. Answers a function that ends it. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  get<T extends KubeObject>(resource: Resource<T>, { namespace, name }: ObjectKey): T | undefined {
    return this.#namespace(resource, namespace).get(name) as T | undefined;
  }

  list<T extends KubeObject>(resource: Resource<T>, namespace: string): T[] {
    return [...this.#namespace(resource, namespace).values()] as T[];
  }

  /** Every version of one object, and of those of this name that came after it, from its creation on. */
  versions(resource: Resource, key: ObjectKey): readonly Version[] {
    return this.#recorded.get(`${resourceId(resource)} ${keyText(key)}`) ?? [];
  }

  /** Every version of every object of a kind in a namespace. */
  versionsIn(resource: Resource, namespace: string): readonly Version[] {
    const prefix = `${resourceId(resource)} ${namespace}/`;
    return [...this.#recorded].filter(([text]) => text.startsWith(prefix)).flatMap(([, versions]) => versions);
  }

  /** Lets go of the former versions of all objects of a namespace. */
  forget(namespace: string): void {
    for (const text of this.#recorded.keys())
      if (text.split(' ')[1]?.startsWith(`${namespace}/`)) this.#recorded.delete(text);
  }

  stop(): void {
    this.#ending.abort();
    this.#listeners.clear();
  }

  #namespace(resource: Resource, namespace: string): Map<string, KubeObject> {
    const store = this.#stores.get(resourceId(resource)) ?? new Map<string, Map<string, KubeObject>>();
    this.#stores.set(resourceId(resource), store);
    const objects = store.get(namespace) ?? new Map<string, KubeObject>();
    store.set(namespace, objects);
    return objects;
  }

  #see(resource: Resource, sight: Sight<KubeObject>): void {
    const { object, gone } = sight;
    const key = keyOf(object);
    const objects = this.#namespace(resource, key.namespace);
    if (gone) objects.delete(key.name);
    else objects.set(key.name, object);
    if (this.#remembers(resource)) {
      const text = `${resourceId(resource)} ${keyText(key)}`;
      const versions = this.#recorded.get(text) ?? [];
      this.#recorded.set(text, versions);
      versions.push({ at: performance.now(), object, gone });
    }
    for (const listener of this.#listeners) listener(resource, sight);
  }
}
