import type { KubeObject, ObjectKey } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';
import type { StoreRefusedError } from './refusable-store.ts';

/** Computes the values under which an object is found; an object may have none or several. */
export type IndexFunction<T extends KubeObject> = (object: T) => readonly string[];

/**
 * A read-only view of a cache. It may be behind what others do to the API server, but not behind the writes of its own client, once they
 * are answered. Objects in it are shared, so never change one. With `InformerOptions.tolerateRefusal` every way to read objects throws
 * {@link StoreRefusedError} while the kind is refused.
 */
export interface Store<T extends KubeObject> {
  get(key: ObjectKey): T | undefined;
  /** All objects, or those of one namespace. */
  list(namespace?: string): T[];
  /** The objects that index `name` files under `value`. Throws ConfigurationError for an index that was not declared. */
  byIndex(name: string, value: string): T[];
  /** Objects that the object with this uid controls (`ownerReferences[controller]`); always indexed. */
  ownedBy(uid: string): T[];
  readonly size: number;
  /** True once the first complete list has been taken in. */
  hasSynced(): boolean;
  /** The version up to which this cache has seen everything; undefined before the first list. */
  resourceVersion(): string | undefined;
}

/** Told of changes, in order per object. An exception in one handler is logged and reaches neither the others nor the watch. */
export interface InformerHandler<T extends KubeObject> {
  /** `initial`: part of the first list, or there before the handler was: not a change just made. */
  add?(object: T, initial: boolean): void;
  update?(before: T, after: T, initial: boolean): void;
  /** The last state known; the object may have changed further before it went. */
  delete?(object: T): void;
  /** The server does not let us follow the kind any more; undefined: it does again. Only where `tolerateRefusal` is set. */
  refused?(error: StoreRefusedError | undefined): void;
}

export interface InformerOptions<T extends KubeObject> {
  labelSelector?: string;
  fieldSelector?: string;
  /** Further indexes by name. */
  indexes?: Readonly<Record<string, IndexFunction<T>>>;
  /**
   * How many watches follow the kind, each on a connection of its own (1). With 2, one that has gone silent without a word is noticed at
   * the next change, which the other shows at once; it costs the server one more watch, and this process the parsing of every event twice.
   */
  watches?: 1 | 2;
  /**
   * A missing right to list or watch the kind (403) does not hold up `Cache.start`. While it is missing, reading the store throws
   * {@link StoreRefusedError}: what is not known must not look like nothing. The cache keeps trying, and tells handlers of both (false). Not for the kind that a
   * controller is about: without it there is nothing to reconcile.
   */
  tolerateRefusal?: boolean;
  /** Strips what nobody needs before it is stored. `metadata.managedFields` is always dropped. May change its argument. */
  transform?: (object: T) => T;
  /**
   * Names what an object is like. Parts that are equal in objects of the same name are kept in memory once (default: each object has its own):
   * it makes a cache of many small variations of the same objects a fraction as large, and each event dearer by one walk through the object.
   */
  alike?: (object: T) => string;
}

/** One shared list-and-watch of a kind. */
export interface Informer<T extends KubeObject> {
  readonly resource: Resource<T>;
  readonly store: Store<T>;
  /** Existing objects are delivered first, as initial adds. Answers a function that removes the handler. */
  addHandler(handler: InformerHandler<T>): () => void;
  /** Whether an object with these labels would be in the store; undefined: only the server can tell. */
  selects(labels: Readonly<Record<string, string>>): boolean | undefined;
}

/** A kind whose list or watch fails again and again. What the cache shows of it may be out of date. */
export interface CacheProblem {
  /** As `apps/v1/deployments`. */
  resource: string;
  error: unknown;
}

/** All informers of a process: one list-and-watch per kind, whoever asks. */
export interface Cache {
  /**
   * The informer of a kind, started with the cache (or at once, if it runs). Options belong to the first call: a later call may leave
   * them out or add indexes, but a different selector or transform throws ConfigurationError.
   */
  informer<T extends KubeObject>(resource: Resource<T>, options?: InformerOptions<T>): Informer<T>;
  /** Short for `informer(resource).store`. */
  store<T extends KubeObject>(resource: Resource<T>): Store<T>;
  /** The informer if somebody asked for it already. */
  existing<T extends KubeObject>(resource: Resource<T>): Informer<T> | undefined;
  /**
   * Starts every informer; resolves when all have synced, or were refused where that is tolerated. Rejects with the signal's reason if it
   * aborts first.
   */
  start(signal?: AbortSignal): Promise<void>;
  /** Nothing is being waited for. */
  hasSynced(): boolean;
  /** The kinds whose first list has not come yet, as `apps/v1/deployments`; without those whose refusal is known and tolerated. */
  waitingFor(): string[];
  /** The kinds that cannot be followed right now, and why: a missing permission or kind, a server out of reach. */
  problems(): CacheProblem[];
  stop(): Promise<void>;
}
