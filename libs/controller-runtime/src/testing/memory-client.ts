import { keyOf, keyText, type Applied, type KubeObject, type ObjectKey } from '../api/object.ts';
import { resourceId, type Resource } from '../api/resource.ts';
import type { ClientListener, KubeClient, ObjectList, WatchEvent } from '../client/client.ts';
import { ApiError } from '../client/errors.ts';

/** One call as a test sees it: `update v1/configmaps default/a`. */
export type Call = string;

/**
 * Objects in memory behind the client's interface, with versions, uids and conflicts: for tests that run on a fake clock, where a real
 * server could not follow. Apply merges records and replaces everything else; there is no field ownership.
 */
export class MemoryClient implements KubeClient {
  readonly calls: Call[] = [];
  /** Runs before every call; what it throws or awaits, the caller sees. */
  before: ((call: Call) => void | Promise<void>) | undefined;
  mayWrite: (() => boolean) | undefined;
  readonly listeners = new Set<ClientListener>();
  readonly #objects = new Map<string, KubeObject>();
  #version = 0;

  async target(): Promise<{ server: string; namespace: string }> {
    return await Promise.resolve({ server: 'memory:', namespace: 'default' });
  }

  async get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): Promise<T> {
    await this.#call('get', resource, key);
    const found = this.peek(resource, key);
    if (found === undefined) throw refusal(404, 'NotFound');
    return structuredClone(found);
  }

  async find<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): Promise<T | undefined> {
    await this.#call('find', resource, key);
    return structuredClone(this.peek(resource, key));
  }

  async list<T extends KubeObject>(resource: Resource<T>): Promise<ObjectList<T>> {
    await this.#call('list', resource, { namespace: '', name: '' });
    const items = [...this.#objects]
      .filter(([id]) => id.startsWith(`${resourceId(resource)} `))
      .map(([, object]) => object);
    return { items: structuredClone(items) as T[], resourceVersion: this.#version.toString() };
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: Applied<T>): Promise<T> {
    await this.#call('create', resource, keyOf(object));
    if (this.peek(resource, keyOf(object)) !== undefined) throw refusal(409, 'AlreadyExists');
    return this.put(resource, object);
  }

  async update<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T> {
    await this.#call('update', resource, keyOf(object));
    const known = this.peek(resource, keyOf(object));
    if (known === undefined) throw refusal(404, 'NotFound');
    if (known.metadata.resourceVersion !== object.metadata.resourceVersion) throw refusal(409, 'Conflict');
    return this.put(resource, object);
  }

  async patch<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options: { patch: object }): Promise<T> {
    await this.#call('patch', resource, key);
    const known = this.peek(resource, key);
    if (known === undefined) throw refusal(404, 'NotFound');
    return this.put(resource, merge(known, options.patch) as T);
  }

  async apply<T extends KubeObject>(
    resource: Resource<T>,
    object: Applied<T>,
    options?: { dryRun?: boolean },
  ): Promise<T> {
    await this.#call(options?.dryRun === true ? 'preview' : 'apply', resource, keyOf(object));
    const merged = merge(this.peek(resource, keyOf(object)) ?? {}, object) as T;
    return options?.dryRun === true ? merged : this.put(resource, merged);
  }

  async applyStatus<T extends KubeObject>(resource: Resource<T>, object: Applied<T>): Promise<T> {
    await this.#call('applyStatus', resource, keyOf(object));
    const known = this.peek(resource, keyOf(object));
    if (known === undefined) throw refusal(404, 'NotFound');
    return this.put(resource, merge(known, { status: (object as { status?: unknown }).status }) as T);
  }

  async delete(resource: Resource, key: ObjectKey): Promise<void> {
    await this.#call('delete', resource, key);
    this.drop(resource, key);
  }

  watch<T extends KubeObject>(): Promise<AsyncIterable<WatchEvent<T>>> {
    return Promise.reject(refusal(405, 'MethodNotAllowed'));
  }

  raw<T>(): Promise<T> {
    return Promise.reject(refusal(405, 'MethodNotAllowed'));
  }

  fence(mayWrite: (() => boolean) | undefined): void {
    this.mayWrite = mayWrite;
  }

  listen(listener: ClientListener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  /** What is stored, without a call being counted. */
  peek<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): T | undefined {
    return this.#objects.get(`${resourceId(resource)} ${keyText(key)}`) as T | undefined;
  }

  /** Stores an object as somebody else would. */
  put<T extends KubeObject>(resource: Resource<T>, object: Applied<T> | T): T {
    const id = `${resourceId(resource)} ${keyText(keyOf(object))}`;
    const known = this.#objects.get(id);
    const same = known !== undefined && JSON.stringify(merge(known, {})) === JSON.stringify(merge(known, object));
    if (!same) this.#version += 1;
    const metadata = {
      ...object.metadata,
      uid: known?.metadata.uid ?? `uid-${this.#version.toString()}`,
      resourceVersion: same ? known.metadata.resourceVersion : this.#version.toString(),
    };
    const stored = structuredClone({
      ...object,
      apiVersion: resource.apiVersion,
      kind: resource.kind,
      metadata,
    }) as unknown as T;
    this.#objects.set(id, stored);
    return structuredClone(stored);
  }

  /** Removes an object as somebody else would. */
  drop(resource: Resource, key: ObjectKey): void {
    this.#version += 1;
    this.#objects.delete(`${resourceId(resource)} ${keyText(key)}`);
  }

  async #call(verb: string, resource: Resource, key: ObjectKey): Promise<void> {
    const call = `${verb} ${resourceId(resource)} ${keyText(key)}`;
    this.calls.push(call);
    await this.before?.(call);
  }
}

function refusal(code: number, reason: string): ApiError {
  return new ApiError({ code, reason, message: reason }, 'memory');
}

function merge(before: unknown, after: unknown): unknown {
  if (!isRecord(before) || !isRecord(after)) return after;
  const merged: Record<string, unknown> = { ...before };
  for (const [key, value] of Object.entries(after)) merged[key] = merge(before[key], value);
  return merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
