import { keyOf, type KubeObject } from '../api/object.ts';
import { resourceId, type Resource } from '../api/resource.ts';
import { ObjectStore } from '../cache/object-store.ts';
import type { Cache, Informer, InformerHandler } from '../cache/types.ts';

/** A cache whose changes a test makes itself, one by one, on any clock. */
export class StubCache implements Cache {
  synced = true;
  stopped = false;
  /** What its informers would select. */
  selects: Informer<KubeObject>['selects'] = () => true;
  /** Resolves `start`; by default it does so at once. */
  ready: Promise<void> = Promise.resolve();
  readonly #kinds = new Map<
    string,
    { informer: Informer<KubeObject>; store: ObjectStore<KubeObject>; handlers: Set<InformerHandler<KubeObject>> }
  >();

  informer<T extends KubeObject>(resource: Resource<T>): Informer<T> {
    return this.#kind(resource).informer as unknown as Informer<T>;
  }

  store<T extends KubeObject>(resource: Resource<T>): ObjectStore<T> {
    return this.#kind(resource).store as unknown as ObjectStore<T>;
  }

  existing<T extends KubeObject>(resource: Resource<T>): Informer<T> {
    return this.informer(resource);
  }

  async start(): Promise<void> {
    await this.ready;
  }

  hasSynced(): boolean {
    return this.synced;
  }

  waitingFor(): string[] {
    return this.synced ? [] : [...this.#kinds.keys()];
  }

  problems(): [] {
    return [];
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.resolve();
  }

  /** How many handlers listen to a kind. */
  listeners(resource: Resource): number {
    return this.#kind(resource).handlers.size;
  }

  put(resource: Resource, object: KubeObject, initial = false): void {
    const { store, handlers } = this.#kind(resource);
    const before = store.get(keyOf(object));
    store.put(object);
    for (const handler of handlers) {
      if (before === undefined) handler.add?.(object, initial);
      else handler.update?.(before, object, initial);
    }
  }

  remove(resource: Resource, object: KubeObject): void {
    const { store, handlers } = this.#kind(resource);
    store.remove(keyOf(object));
    for (const handler of handlers) handler.delete?.(object);
  }

  #kind(resource: Resource) {
    const id = resourceId(resource);
    const known = this.#kinds.get(id);
    if (known !== undefined) return known;
    const store = new ObjectStore<KubeObject>({}, { hasSynced: () => this.synced, resourceVersion: () => '1' });
    const handlers = new Set<InformerHandler<KubeObject>>();
    const informer: Informer<KubeObject> = {
      resource,
      store,
      selects: (labels) => this.selects(labels),
      addHandler: (handler) => {
        handlers.add(handler);
        return () => handlers.delete(handler);
      },
    };
    const kind = { informer, store, handlers };
    this.#kinds.set(id, kind);
    return kind;
  }
}
