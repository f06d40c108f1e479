import type { Applied, KubeObject, ObjectKey } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';

/** What every call takes. */
export interface CallOptions {
  /** Ends the call; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Time limit of this request in milliseconds, instead of the client's own (5 s). */
  timeoutMs?: number;
  /** Send this write even when the fence is closed: for the lease itself and for events. */
  unfenced?: boolean;
  /** Never wait for a free connection: for the lease, whose renewal must not queue behind slow work. */
  urgent?: boolean;
}

/** What narrows a collection. */
export interface Selection {
  /** Absent or empty: all namespaces. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}

export interface ListOptions extends CallOptions, Selection {
  /** Objects a page (500). 0 asks for everything in one answer. */
  limit?: number;
  /** Oldest version the answer may show: '0' is any (served from the server's watch cache); absent is the newest. */
  resourceVersion?: string;
}

/** A whole collection as of one resourceVersion. */
export interface ObjectList<T extends KubeObject> {
  items: T[];
  resourceVersion: string;
}

export interface WatchOptions extends Selection {
  resourceVersion: string;
  /** The server closes the stream after so many seconds. */
  timeoutSeconds?: number;
  signal?: AbortSignal;
}

/** One line of a watch. `BOOKMARK` carries only a resourceVersion; `ERROR` is thrown as an ApiError instead of being delivered. */
export interface WatchEvent<T extends KubeObject> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: T;
}

export interface ApplyOptions extends CallOptions {
  /** Name under which the server records which fields are ours. One per concern. */
  fieldManager: string;
  /** Take over fields that another manager owns (default true: a controller is sure of what it owns). */
  force?: boolean;
  /** Validate and answer with the result, but store nothing. */
  dryRun?: boolean;
}

export interface WriteOptions extends CallOptions {
  fieldManager?: string;
  dryRun?: boolean;
}

export interface DeleteOptions extends CallOptions {
  /** Delete only this very object: another one of the same name answers 409. */
  uid?: string;
  /** Delete only this version of it. */
  resourceVersion?: string;
  propagation?: 'Background' | 'Foreground' | 'Orphan';
  gracePeriodSeconds?: number;
}

export interface RawOptions extends CallOptions {
  method?: string;
  query?: Readonly<Record<string, string | undefined>>;
  body?: unknown;
  contentType?: string;
}

/** What the server has answered about one object, to a write or to a read by its name. */
export interface Answered {
  readonly resource: Resource;
  readonly key: ObjectKey;
  /** The object as it is now; undefined if there is none of that name (any more). */
  readonly object: KubeObject | undefined;
  /** The uid of an object that is gone, if the server named it. */
  readonly uid: string | undefined;
}

/** Told of what goes on between a client and its server. Must not throw. */
export interface ClientListener {
  /** Called before the caller goes on. Dry runs are no writes. */
  answered?(answer: Answered): void;
  /**
   * Answers come again after requests had got none. `silent`: at least one of them ran into its time limit, so connections that still
   * seem open may be dead.
   */
  recovered?(silent: boolean): void;
}

/**
 * A typed client on one pooled set of connections. Rejects with ApiError (the server refused), ConnectionError (no answer) or the
 * reason of the caller's signal. Requests are not retried, except once after 401 with newly read credentials, after 429 and 503 with a
 * Retry-After while the time limit allows it, and reads once after a broken connection: what to do about an error is the reconcile's business.
 */
export interface KubeClient {
  /**
   * Where the API server is, and the namespace of the context or of the pod. Rejects with ConfigurationError when there is no usable
   * kubeconfig: every request would do the same.
   */
  target(): Promise<{ server: string; namespace: string | undefined }>;
  get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options?: CallOptions): Promise<T>;
  /** Like `get`, but undefined instead of 404. */
  find<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options?: CallOptions): Promise<T | undefined>;
  /** Reads the whole collection page by page; a continue token that expires is answered by one unpaged list. */
  list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<ObjectList<T>>;
  create<T extends KubeObject>(resource: Resource<T>, object: Applied<T>, options?: WriteOptions): Promise<T>;
  /** Replaces the whole object; refused with 409 if `metadata.resourceVersion` is not the newest. */
  update<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  /** JSON merge patch (RFC 7386) of the object or one of its subresources. */
  patch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options: WriteOptions & { patch: object; subresource?: string },
  ): Promise<T>;
  /** Server-side apply: creates the object or makes the given fields so, and drops fields this manager no longer gives. */
  apply<T extends KubeObject>(resource: Resource<T>, object: Applied<T>, options: ApplyOptions): Promise<T>;
  /** Server-side apply on the status subresource; 404 if the object is gone. */
  applyStatus<T extends KubeObject>(resource: Resource<T>, object: Applied<T>, options: ApplyOptions): Promise<T>;
  /** Resolves when the server has accepted; rejects with 404 when there is nothing to delete and 409 when a precondition fails. */
  delete(resource: Resource, key: ObjectKey, options?: DeleteOptions): Promise<void>;
  /** Opens one watch. The stream ends when the server closes it; it throws on an ERROR event, a broken line or a lost connection. */
  watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions): Promise<AsyncIterable<WatchEvent<T>>>;
  /** Any other path, for example an aggregated API or `/version`. Answers parsed JSON, or text. */
  raw<T = unknown>(path: string, options?: RawOptions): Promise<T>;
  /**
   * Asks `mayWrite` before every write from now on, and refuses with FencedError when it says no: a process that was stopped past its
   * lease must not act on what it planned before. The manager sets it to "holds the lease".
   */
  fence(mayWrite: (() => boolean) | undefined): void;
  /** Tells `listener` from now on; answers a function that ends it. */
  listen(listener: ClientListener): () => void;
  /** Ends every request and connection. */
  close(): Promise<void>;
}
