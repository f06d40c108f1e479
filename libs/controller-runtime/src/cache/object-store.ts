import { controllerOf, keyOf, keyText, type KubeObject, type ObjectKey } from '../api/object.ts';
import { ConfigurationError } from '../client/errors.ts';
import type { IndexFunction, Store } from './types.ts';

/** Always there: which objects a given owner controls. */
const ownerIndex = 'owner-uid';

/** The keys filed under a value, the index they are in, and the value. */
type Filed = readonly [Set<string>, Map<string, Set<string>>, string];

/** The objects of one kind in memory, with indexes. Only its informer writes to it. */
export class ObjectStore<T extends KubeObject> implements Store<T> {
  readonly #objects = new Map<string, T>();
  readonly #functions = new Map<string, IndexFunction<T>>();
  /** index -> value -> keys */
  readonly #indexes = new Map<string, Map<string, Set<string>>>();
  /** What each object was filed under, so that it can be taken out even if an index function is not repeatable. */
  readonly #filed = new Map<string, readonly Filed[]>();
  readonly #state: { hasSynced(): boolean; resourceVersion(): string | undefined };

  constructor(
    indexes: Readonly<Record<string, IndexFunction<T>>>,
    state: { hasSynced(): boolean; resourceVersion(): string | undefined },
  ) {
    this.#state = state;
    this.addIndexes(indexes);
    this.addIndexes({ [ownerIndex]: ownerUid });
  }

  /** Declares further indexes; existing objects are filed at once. A name keeps its first function. */
  addIndexes(indexes: Readonly<Record<string, IndexFunction<T>>>): void {
    for (const [name, indexFunction] of Object.entries(indexes)) {
      if (this.#functions.has(name)) continue;
      this.#functions.set(name, indexFunction);
      this.#indexes.set(name, new Map());
    }
    for (const [text, object] of this.#objects) {
      this.#unfile(text);
      this.#file(text, object);
    }
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(keyText(key));
  }

  list(namespace?: string): T[] {
    const all = [...this.#objects.values()];
    return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
  }

  byIndex(name: string, value: string): T[] {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new ConfigurationError(`There is no index ${name}; declare it with the informer.`);
    const found: T[] = [];
    for (const key of index.get(value) ?? []) {
      const object = this.#objects.get(key);
      if (object !== undefined) found.push(object);
    }
    return found;
  }

  ownedBy(uid: string): T[] {
    return this.byIndex(ownerIndex, uid);
  }

  get size(): number {
    return this.#objects.size;
  }

  hasSynced(): boolean {
    return this.#state.hasSynced();
  }

  resourceVersion(): string | undefined {
    return this.#state.resourceVersion();
  }

  /** Stores an object in place of the one of the same key. */
  put(object: T): void {
    const text = keyText(keyOf(object));
    this.#objects.set(text, object);
    if (this.#isFiledRight(text, object)) return;
    this.#unfile(text);
    this.#file(text, object);
  }

  remove(key: ObjectKey): void {
    const text = keyText(key);
    this.#unfile(text);
    this.#objects.delete(text);
  }

  /** Most changes leave an object where it is filed. */
  #isFiledRight(text: string, object: T): boolean {
    const filed = this.#filed.get(text);
    if (filed === undefined) return false;
    let place = 0;
    for (const [name, indexFunction] of this.#functions) {
      for (const value of indexFunction(object)) {
        const known = filed[place++];
        if (known?.[2] !== value || known[1] !== this.#indexes.get(name)) return false;
      }
    }
    return place === filed.length;
  }

  #file(text: string, object: T): void {
    const filed: Filed[] = [];
    for (const [name, indexFunction] of this.#functions) {
      const index = this.#indexes.get(name);
      if (index === undefined) continue;
      for (const value of indexFunction(object)) {
        const keys = index.get(value) ?? new Set();
        index.set(value, keys.add(text));
        filed.push([keys, index, value]);
      }
    }
    this.#filed.set(text, filed);
  }

  #unfile(text: string): void {
    for (const [keys, index, value] of this.#filed.get(text) ?? []) {
      keys.delete(text);
      if (keys.size === 0) index.delete(value);
    }
    this.#filed.delete(text);
  }
}

function ownerUid(object: KubeObject): readonly string[] {
  const owner = controllerOf(object);
  return owner === undefined ? [] : [owner.uid];
}
