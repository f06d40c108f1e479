import type { KubeObject, ObjectKey } from '../api/object.ts';
import type { ApiError } from '../client/errors.ts';
import type { Store } from './types.ts';

/**
 * A kind was asked of the cache that the API server does not let us list or watch (403). What there is of it is not known, which is not the
 * same as nothing. `refusal` is the answer of the server; the message holds its words, and is the same at each attempt.
 */
export class StoreRefusedError extends Error {
  override readonly name = 'StoreRefusedError';
  /** As `apps/v1/deployments`. */
  readonly resource: string;
  readonly refusal: ApiError;

  constructor(resource: string, refusal: ApiError) {
    super(`${resource} cannot be followed: ${wordsOf(refusal)}`, { cause: refusal });
    this.resource = resource;
    this.refusal = refusal;
  }
}

/** What the server said, without the request: that carries a version and a time limit, which differ each time. */
function wordsOf({ message, request }: ApiError): string {
  return message.startsWith(`${request}: `) ? message.slice(request.length + 2) : message;
}

/** A store that cannot be read while its kind is refused: every look then throws what `refused` answers. */
export class RefusableStore<T extends KubeObject> implements Store<T> {
  readonly #store: Store<T>;
  readonly #refused: () => StoreRefusedError | undefined;

  constructor(store: Store<T>, refused: () => StoreRefusedError | undefined) {
    this.#store = store;
    this.#refused = refused;
  }

  get(key: ObjectKey): T | undefined {
    return this.#readable().get(key);
  }

  list(namespace?: string): T[] {
    return this.#readable().list(namespace);
  }

  byIndex(name: string, value: string): T[] {
    return this.#readable().byIndex(name, value);
  }

  ownedBy(uid: string): T[] {
    return this.#readable().ownedBy(uid);
  }

  get size(): number {
    return this.#readable().size;
  }

  hasSynced(): boolean {
    return this.#store.hasSynced();
  }

  resourceVersion(): string | undefined {
    return this.#store.resourceVersion();
  }

  #readable(): Store<T> {
    const error = this.#refused();
    if (error !== undefined) throw error;
    return this.#store;
  }
}
