import { keyOf, keyText, type KubeObject } from '../api/object.ts';
import { resourceId, type Resource } from '../api/resource.ts';
import { compareVersions } from '../api/version.ts';
import type { KubeClient, Answered } from '../client/client.ts';
import type { Clock } from '../clock/clock.ts';
import type { Logger } from '../logger.ts';
import { EqualParts } from './equal-parts.ts';
import { parseSelector, type LabelMatcher } from './label-selector.ts';
import { ObjectStore } from './object-store.ts';
import { reflectorTiming, type ReflectorTiming } from './reflector-timing.ts';
import { Reflector, type ReflectorObserver, type Sink } from './reflector.ts';
import { RefusableStore, type StoreRefusedError } from './refusable-store.ts';
import { Refusal } from './refusal.ts';
import type { Turns } from './turns.ts';
import type { IndexFunction, Informer, InformerHandler, InformerOptions, Store } from './types.ts';

export interface SharedInformerOptions<T extends KubeObject> {
  client: KubeClient;
  resource: Resource<T>;
  /** One reflector each; `undefined` is the whole cluster. */
  namespaces: readonly (string | undefined)[];
  options: InformerOptions<T>;
  clock: Clock;
  log: Logger;
  /** With whom its reflectors take turns at listing. */
  lists?: Turns;
  observer?: ReflectorObserver;
  timing?: Partial<ReflectorTiming>;
}

/** Most deletions remembered: the watch shows each within moments. */
const mostGone = 1_000;

/** Keeps one store up to date from one reflector per namespace, and tells every handler. */
export class SharedInformer<T extends KubeObject> implements Informer<T> {
  readonly resource: Resource<T>;
  readonly store: Store<T>;
  readonly #objects: ObjectStore<T>;
  readonly #options: SharedInformerOptions<T>;
  readonly #handlers = new Set<InformerHandler<T>>();
  readonly #reflectors: ReadonlyMap<string | undefined, Reflector<T>>;
  readonly #matches: LabelMatcher | undefined;
  /** Uids of objects that are known to be gone, until the watch shows it: what it tells of them before is old. */
  readonly #gone = new Set<string>();
  readonly #unsynced: Set<string | undefined>;
  readonly #parts = new EqualParts();
  #onSettled: (() => void)[] = [];
  /** Undefined where a refusal is not tolerated. */
  readonly #refusal: Refusal | undefined;

  constructor(options: SharedInformerOptions<T>) {
    this.#options = options;
    this.resource = options.resource;
    this.#unsynced = new Set(options.namespaces);
    this.#objects = new ObjectStore(options.options.indexes ?? {}, {
      hasSynced: () => this.#unsynced.size === 0,
      resourceVersion: () => this.#oldestVersion(),
    });
    this.#refusal = options.options.tolerateRefusal === true ? this.#makeRefusal() : undefined;
    this.store = new RefusableStore(this.#objects, () => this.#refusal?.error);
    this.#matches =
      options.options.fieldSelector === undefined ? parseSelector(options.options.labelSelector) : undefined;
    this.#reflectors = new Map(options.namespaces.map((namespace) => [namespace, this.#reflector(namespace)]));
  }

  /** Declares further indexes. */
  addIndexes(indexes: Readonly<Record<string, IndexFunction<T>>>): void {
    this.#objects.addIndexes(indexes);
  }

  addHandler(handler: InformerHandler<T>): () => void {
    this.#handlers.add(handler);
    for (const object of this.#objects.list()) this.#tell(handler, (one) => one.add?.(object, true));
    return () => {
      this.#handlers.delete(handler);
    };
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#reflectors.values()].map(async (reflector) => reflector.run(signal)));
    this.#refusal?.stop();
  }

  /** Why this kind cannot be followed right now, for example because a permission is missing; undefined while it can. */
  problem(): unknown {
    return [...this.#reflectors.values()].find((reflector) => reflector.problem !== undefined)?.problem;
  }

  /** Answers come again: waits between attempts are over. */
  wake(): void {
    for (const reflector of this.#reflectors.values()) reflector.wake();
  }

  /** What seems open may be dead: every watch is taken up again. */
  refresh(why: string): void {
    for (const reflector of this.#reflectors.values()) reflector.refresh(why);
  }

  /**
   * Takes in what the server answered when we wrote an object or read it by its name, so that nobody acts on what was before it. Only
   * what is newer than everything the watch has shown is taken: what the watch knows already can only be newer. The watch then has to
   * show it too.
   */
  answered({ key, object, uid }: Answered): void {
    const reflector = this.#reflectors.get(undefined) ?? this.#reflectors.get(key.namespace);
    const newest = reflector?.resourceVersion;
    if (reflector === undefined || newest === undefined) return;
    if (object === undefined) this.#missing(reflector, this.#objects.get(key), uid);
    else if (compareVersions(object.metadata.resourceVersion, newest) > 0) this.#takeIn(reflector, object);
  }

  /** Whether an object with these labels belongs to this informer; undefined: only the server can tell. */
  selects(labels: Readonly<Record<string, string>>): boolean | undefined {
    return this.#matches?.(labels);
  }

  /** The first lists are in, or it is known that they are refused and that is tolerated. */
  isSettled(): boolean {
    return this.#unsynced.size === 0 || this.#refusal?.error !== undefined;
  }

  /** Resolves when {@link isSettled} holds for the first time. */
  async settled(): Promise<void> {
    if (this.isSettled()) return;
    await new Promise<void>((resolve) => this.#onSettled.push(resolve));
  }

  #reflector(namespace: string | undefined): Reflector<T> {
    const { client, resource, options, clock, log, lists, observer, timing } = this.#options;
    const selection = {
      ...(namespace === undefined ? {} : { namespace }),
      ...(options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector }),
      ...(options.fieldSelector === undefined ? {} : { fieldSelector: options.fieldSelector }),
    };
    const sink: Sink<T> = {
      replace: (items, version) => {
        this.#replace(items, { namespace, version });
      },
      reset: () => {
        // A backup may have brought them back.
        this.#gone.clear();
        for (const known of this.#objects.list(namespace)) this.#remove(known);
      },
      change: (type, object) => {
        this.#change(type, object);
      },
    };
    return new Reflector({
      client,
      resource,
      selection,
      sink,
      clock,
      log,
      watches: options.watches ?? 1,
      onProblem: () => {
        // One namespace may be granted while another has not been listed yet: that is not the end of a refusal.
        if (this.#unsynced.size === 0 || this.problem() !== undefined) this.#refusal?.look();
      },
      ...(lists === undefined ? {} : { lists }),
      ...(observer === undefined ? {} : { observer }),
      ...(timing === undefined ? {} : { timing }),
    });
  }

  #makeRefusal(): Refusal {
    const { resource, clock, timing } = this.#options;
    return new Refusal({
      resource: resourceId(resource),
      clock,
      believedAfterMs: timing?.refusedMs ?? reflectorTiming.refusedMs,
      problem: () => this.problem(),
      changed: (error) => {
        this.#tellRefused(error);
      },
    });
  }

  #oldestVersion(): string | undefined {
    let oldest: string | undefined;
    for (const { resourceVersion } of this.#reflectors.values()) {
      if (resourceVersion === undefined) return undefined;
      if (oldest === undefined || compareVersions(resourceVersion, oldest) < 0) oldest = resourceVersion;
    }
    return oldest;
  }

  #replace(items: T[], of: { namespace: string | undefined; version: string }): void {
    const present = new Set(items.map((item) => keyText(keyOf(item))));
    for (const known of this.#objects.list(of.namespace)) {
      // An object that we made after the list was taken is not missing from it.
      const isLater = compareVersions(known.metadata.resourceVersion, of.version) > 0;
      if (!isLater && !present.has(keyText(keyOf(known)))) this.#remove(known);
    }
    // What a later list shows and we do not know yet is a change that no watch has told.
    for (const item of items) this.#put(item, this.#unsynced.has(of.namespace));
    if (this.#unsynced.delete(of.namespace)) this.#tellSettled();
  }

  #tellSettled(): void {
    if (this.isSettled()) for (const resolve of this.#onSettled.splice(0)) resolve();
  }

  #tellRefused(error: StoreRefusedError | undefined): void {
    for (const handler of this.#handlers) this.#tell(handler, (one) => one.refused?.(error));
    this.#tellSettled();
  }

  #change(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void {
    if (type !== 'DELETED') {
      this.#put(object, false);
      return;
    }
    this.#gone.delete(object.metadata.uid);
    const known = this.#objects.get(keyOf(object));
    if (known === undefined || isNewer(known, object)) return;
    this.#remove(known.metadata.uid === object.metadata.uid ? this.#trim(object) : known);
  }

  #takeIn(reflector: Reflector<T>, object: KubeObject): void {
    const { resourceVersion, labels = {} } = object.metadata;
    const selected = this.#matches?.(labels) === true;
    // A watch shows what is selected, and of what it has shown before that it is not any more.
    if (selected || this.#objects.get(keyOf(object)) !== undefined) reflector.expect(resourceVersion);
    // Ours alone: a transform may change it, and the caller goes on using its own.
    if (selected) this.#put(structuredClone(object) as T, false);
  }

  /** The server says that an object is gone that we deleted (then it names it), or asked for by its name. */
  #missing(reflector: Reflector<T>, known: T | undefined, uid: string | undefined): void {
    if (uid === undefined) {
      if (known === undefined) return;
      reflector.doubt(() => this.#objects.get(keyOf(known))?.metadata.uid === known.metadata.uid);
      return;
    }
    this.#bury(uid);
    if (known?.metadata.uid === uid) this.#remove(known);
  }

  #bury(uid: string): void {
    this.#gone.add(uid);
    for (const oldest of this.#gone) if (this.#gone.size > mostGone) this.#gone.delete(oldest);
  }

  #put(object: T, initial: boolean): void {
    const before = this.#objects.get(keyOf(object));
    if (this.#gone.has(object.metadata.uid) || (before !== undefined && !isNewer(object, before))) return;
    const after = this.#trim(object);
    // Deleted and made anew between two looks: the handlers see both, or they would take the new one for the old.
    if (before !== undefined && before.metadata.uid !== after.metadata.uid) {
      // The watches may be further behind than that.
      this.#bury(before.metadata.uid);
      this.#remove(before);
      this.#put(object, initial);
      return;
    }
    this.#objects.put(after);
    for (const handler of this.#handlers) {
      this.#tell(handler, (one) => {
        if (before === undefined) one.add?.(after, initial);
        else one.update?.(before, after, initial);
      });
    }
  }

  #remove(object: T): void {
    this.#objects.remove(keyOf(object));
    for (const handler of this.#handlers) this.#tell(handler, (one) => one.delete?.(object));
  }

  /** A copy without `managedFields`: deleting the field would turn the object into a slower and larger kind of memory. */
  #trim(object: T): T {
    const { managedFields: _dropped, ...metadata } = object.metadata;
    const trimmed = { ...object, metadata };
    const { transform, alike } = this.#options.options;
    const kept = transform?.(trimmed) ?? trimmed;
    return alike === undefined ? kept : this.#parts.share(alike(kept), kept);
  }

  #tell(handler: InformerHandler<T>, call: (handler: InformerHandler<T>) => void): void {
    try {
      call(handler);
    } catch (error) {
      this.#options.log.error({ err: error, resource: resourceId(this.resource) }, 'a watch handler failed');
    }
  }
}

function isNewer(one: KubeObject, other: KubeObject): boolean {
  return compareVersions(one.metadata.resourceVersion, other.metadata.resourceVersion) > 0;
}
