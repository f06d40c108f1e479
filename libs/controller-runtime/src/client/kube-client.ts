import { keyOf, type Applied, type KubeObject, type ObjectKey } from '../api/object.ts';
import { collectionPath, objectPath, type Resource } from '../api/resource.ts';
import type {
  Answered,
  ApplyOptions,
  CallOptions,
  ClientListener,
  DeleteOptions,
  KubeClient,
  ListOptions,
  ObjectList,
  RawOptions,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from './client.ts';
import type { Credentials } from './credentials.ts';
import { ConnectionError, FencedError, isGone, isNotFound } from './errors.ts';
import type { Outgoing, Transport } from './transport.ts';
import { readWatch } from './watch-stream.ts';

type Query = Readonly<Record<string, string | undefined>>;
type Page<T> = { metadata?: { resourceVersion?: string; continue?: string }; items?: (T | null)[] };

/** Which object a request is about. */
type About = { resource: Resource; key: ObjectKey; dryRun?: boolean | undefined };
/** The answer to a deletion: the object, or a Status that names it. */
type Deleted = {
  kind: string;
  metadata?: { uid?: string; deletionTimestamp?: string };
  details?: { uid?: string };
};
type Fenced = { unfenced?: boolean | undefined };

const json = 'application/json';

/** The client over HTTP. */
export class HttpKubeClient implements KubeClient {
  readonly #transport: Transport;
  readonly #credentials: Credentials;
  #mayWrite: (() => boolean) | undefined;

  readonly #listeners: Set<ClientListener>;

  constructor(transport: Transport, credentials: Credentials, listeners: Set<ClientListener>) {
    this.#transport = transport;
    this.#credentials = credentials;
    this.#listeners = listeners;
  }

  async target(): Promise<{ server: string; namespace: string | undefined }> {
    const { server, namespace } = await this.#credentials.target();
    return { server, namespace };
  }

  async get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options?: CallOptions): Promise<T> {
    return await this.#one<T>(
      { resource, key },
      { method: 'GET', path: objectPath(resource, key), ...limits(options) },
    );
  }

  async find<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options?: CallOptions,
  ): Promise<T | undefined> {
    try {
      return await this.get(resource, key, options);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async list<T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}): Promise<ObjectList<T>> {
    const limit = options.limit ?? 500;
    try {
      return await this.#pages(resource, { ...options, limit });
    } catch (error) {
      // The continue token outlived the server's history: only one answer in one piece is consistent now.
      if (!isGone(error) || limit === 0) throw error;
      return await this.#pages(resource, { ...options, limit: 0 });
    }
  }

  async #pages<T extends KubeObject>(
    resource: Resource<T>,
    options: ListOptions & { limit: number },
  ): Promise<ObjectList<T>> {
    const items: T[] = [];
    let token: string | undefined;
    for (;;) {
      const path = withQuery(collectionPath(resource, options.namespace), pageQuery(options, token));
      const { metadata = {}, items: page } = await this.#json<Page<T>>({ method: 'GET', path, ...limits(options) });
      for (const item of page ?? []) if (item !== null) items.push(named(resource, item));
      if (isEmpty(metadata.continue)) return { items, resourceVersion: metadata.resourceVersion ?? '' };
      token = metadata.continue;
    }
  }

  async create<T extends KubeObject>(
    resource: Resource<T>,
    object: Applied<T>,
    options: WriteOptions = {},
  ): Promise<T> {
    const path = withQuery(collectionPath(resource, object.metadata.namespace), writeQuery(options));
    const body = payload(complete(resource, object), json);
    const about = { resource, key: keyIn(resource, object), dryRun: options.dryRun };
    return await this.#one<T>(about, { method: 'POST', path, ...body, ...limits(options) });
  }

  async update<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const key = keyIn(resource, object);
    const path = withQuery(objectPath(resource, key), writeQuery(options));
    const body = payload(complete(resource, object), json);
    const about = { resource, key, dryRun: options.dryRun };
    return await this.#one<T>(about, { method: 'PUT', path, ...body, ...limits(options) });
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options: WriteOptions & { patch: object; subresource?: string },
  ): Promise<T> {
    const path = withQuery(objectPath(resource, key, options.subresource), writeQuery(options));
    const body = payload(options.patch, 'application/merge-patch+json');
    const about = { resource, key, dryRun: options.dryRun };
    return await this.#one<T>(about, { method: 'PATCH', path, ...body, ...limits(options) });
  }

  async apply<T extends KubeObject>(resource: Resource<T>, object: Applied<T>, options: ApplyOptions): Promise<T> {
    return await this.#apply({ resource, object, subresource: undefined }, options);
  }

  async applyStatus<T extends KubeObject>(
    resource: Resource<T>,
    object: Applied<T>,
    options: ApplyOptions,
  ): Promise<T> {
    return await this.#apply({ resource, object, subresource: 'status' }, options);
  }

  async #apply<T extends KubeObject>(
    target: { resource: Resource<T>; object: Applied<T>; subresource: string | undefined },
    options: ApplyOptions,
  ): Promise<T> {
    const { resource, object, subresource } = target;
    const key = keyIn(resource, object);
    const path = withQuery(objectPath(resource, key, subresource), {
      ...writeQuery(options),
      force: (options.force ?? true).toString(),
    });
    // JSON is YAML; the content type is the one every supported server knows.
    const body = payload(complete(resource, object), 'application/apply-patch+yaml');
    const about = { resource, key, dryRun: options.dryRun };
    return await this.#one<T>(about, { method: 'PATCH', path, ...body, ...limits(options) });
  }

  async delete(resource: Resource, key: ObjectKey, options: DeleteOptions = {}): Promise<void> {
    const { uid, resourceVersion, propagation, gracePeriodSeconds } = options;
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: propagation ?? 'Background',
      gracePeriodSeconds,
      preconditions: uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion },
    };
    const outgoing = { path: objectPath(resource, key), ...payload(body, json), ...limits(options) };
    const answer = await this.#json<Deleted>({ method: 'DELETE', ...outgoing }).catch(this.#missing(resource, key));
    if (isGoing(answer)) this.#tell({ resource, key, object: answer, uid: undefined });
    else this.#tell({ resource, key, object: undefined, uid: answer.metadata?.uid ?? answer.details?.uid ?? uid });
  }

  async watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchOptions,
  ): Promise<AsyncIterable<WatchEvent<T>>> {
    const path = withQuery(collectionPath(resource, options.namespace), {
      ...selectors(options),
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: options.resourceVersion,
      timeoutSeconds: options.timeoutSeconds?.toString(),
    });
    const body = await this.#transport.stream({ method: 'GET', path, signal: options.signal });
    return readWatch<T>(body, `GET ${path}`);
  }

  async raw<T = unknown>(path: string, options: RawOptions = {}): Promise<T> {
    const method = (options.method ?? 'GET') as Outgoing['method'];
    const body = options.body === undefined ? {} : payload(options.body, options.contentType ?? json);
    const outgoing = { method, path: withQuery(path, options.query ?? {}), ...body, ...limits(options) };
    const text = await this.#send(outgoing);
    return /^\s*[[{"]/.test(text) ? parse<T>(outgoing, text) : (text as T);
  }

  fence(mayWrite: (() => boolean) | undefined): void {
    this.#mayWrite = mayWrite;
  }

  listen(listener: ClientListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async close(): Promise<void> {
    await this.#credentials.close();
  }

  /** Sends a request about one object, and tells what its answer says of that. */
  async #one<T extends KubeObject>(about: About, outgoing: Outgoing & Fenced): Promise<T> {
    const { resource, key, dryRun } = about;
    const object = await this.#json<T>(outgoing).catch(this.#missing(resource, key));
    if (dryRun !== true) this.#tell({ resource, key: keyOf(object), object, uid: undefined });
    return object;
  }

  /** Tells of a 404 that there is no object of this name. */
  #missing(resource: Resource, key: ObjectKey): (error: unknown) => never {
    return (error) => {
      if (isNotFound(error)) this.#tell({ resource, key, object: undefined, uid: undefined });
      throw error;
    };
  }

  #tell(answer: Answered): void {
    // Some subresources answer another kind (`scale`): nothing can be said about the object then.
    const { object, resource } = answer;
    if (object !== undefined && object.kind !== resource.kind) return;
    for (const listener of this.#listeners) listener.answered?.(answer);
  }

  async #json<T>(outgoing: Outgoing & Fenced): Promise<T> {
    return parse<T>(outgoing, await this.#send(outgoing));
  }

  async #send(outgoing: Outgoing & Fenced): Promise<string> {
    if (outgoing.method === 'GET' || outgoing.unfenced === true) return await this.#transport.text(outgoing);
    const ask = (): void => {
      if (this.#mayWrite?.() === false) throw new FencedError(`${outgoing.method} ${outgoing.path}`);
    };
    ask();
    // And again when it gets its connection: it may have waited for one, or for a busy server, past the end of the lease.
    return await this.#transport.text({ ...outgoing, ask });
  }
}

/**
 * An object that still waits for its finalizers, or its pod, says since when. One that does not is the last state of what is gone: some
 * kinds (Services, Pods, ServiceAccounts, claims) are answered so, all others by a Status.
 */
function isGoing(answer: Deleted): answer is Deleted & KubeObject {
  return answer.kind !== 'Status' && answer.metadata?.deletionTimestamp !== undefined;
}

/** An answer that is no JSON was cut off on its way. */
function parse<T>({ method, path }: Outgoing, text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new ConnectionError(`${method} ${path}`, { cause: error });
  }
}

/** Call options as the transport takes them. */
function limits(options: CallOptions = {}): Pick<Outgoing, 'signal' | 'timeoutMs' | 'urgent'> & Fenced {
  return { signal: options.signal, timeoutMs: options.timeoutMs, urgent: options.urgent, unfenced: options.unfenced };
}

/** A continue token carries its version: giving both is refused. */
function pageQuery(options: ListOptions & { limit: number }, token: string | undefined): Query {
  return {
    ...selectors(options),
    limit: options.limit === 0 ? undefined : options.limit.toString(),
    resourceVersion: token === undefined ? options.resourceVersion : undefined,
    continue: token,
  };
}

function isEmpty(token: string | undefined): boolean {
  return token === undefined || token === '';
}

function selectors(options: { labelSelector?: string; fieldSelector?: string }): Query {
  return { labelSelector: options.labelSelector, fieldSelector: options.fieldSelector };
}

function writeQuery(options: WriteOptions): Query {
  return {
    fieldManager: options.fieldManager,
    // An unknown field is a mistake of ours: say so instead of dropping it.
    fieldValidation: 'Strict',
    dryRun: options.dryRun === true ? 'All' : undefined,
  };
}

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
}

function payload(body: unknown, contentType: string): Pick<Outgoing, 'body' | 'contentType'> {
  return { body: JSON.stringify(body), contentType };
}

/** Lists leave apiVersion and kind out of their items. */
function named<T extends KubeObject>(resource: Resource<T>, item: T): T {
  item.apiVersion ??= resource.apiVersion;
  item.kind ??= resource.kind;
  return item;
}

function complete<T extends KubeObject>(resource: Resource<T>, object: Applied<T> | T): object {
  return { ...object, apiVersion: resource.apiVersion, kind: resource.kind };
}

function keyIn(resource: Resource, object: { metadata: { name: string; namespace?: string | undefined } }): ObjectKey {
  return { namespace: resource.namespaced ? (object.metadata.namespace ?? '') : '', name: object.metadata.name };
}
