import type { Registry } from 'prom-client';
import type { KubeObject } from '../api/object.ts';
import { resourceId, type Resource } from '../api/resource.ts';
import type { KubeClient } from '../client/client.ts';
import { ConfigurationError } from '../client/errors.ts';
import { systemClock, type Clock } from '../clock/clock.ts';
import { silentLogger, type Logger } from '../logger.ts';
import { reflectorObserver } from '../metrics/reflector-metrics.ts';
import type { ReflectorTiming } from './reflector-timing.ts';
import { SharedInformer } from './shared-informer.ts';
import { Turns } from './turns.ts';
import type { Cache, CacheProblem, Informer, InformerOptions, Store } from './types.ts';

export interface CacheOptions {
  client: KubeClient;
  /** Watch only these namespaces; default: the whole cluster. */
  namespaces?: readonly string[];
  /** How many watches follow each kind, unless its informer says otherwise (1); see {@link InformerOptions.watches}. */
  watches?: 1 | 2;
  clock?: Clock;
  log?: Logger;
  registry?: Registry;
  /** Other than the defaults: for tests, and for objects that change so seldom that their watches may be opened anew seldom too. */
  timing?: Partial<ReflectorTiming>;
}

const shortestRefreshMs = 4_000;
/**
 * Kinds that are listed at once. With all of them at once each page takes as long as all pages together, which may be longer than the time limit of a
 * page: then the list begins anew. And what is parsed at once is held in memory at once.
 */
const listsAtOnce = 4;

/** Makes a cache; nothing is requested before `start`. */
export function createCache(options: CacheOptions): Cache {
  return new InformerCache(options);
}

/** An informer whose kind has been forgotten; the resource it was asked for with gives the type back. */
type AnyInformer = SharedInformer<KubeObject>;

class InformerCache implements Cache {
  readonly #options: CacheOptions;
  readonly #informers = new Map<string, { informer: AnyInformer; selection: string }>();
  readonly #lifetime = new AbortController();
  readonly #lists = new Turns(listsAtOnce);
  readonly #running: Promise<void>[] = [];
  #started = false;
  #unlisten: () => void = () => undefined;
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #refreshPending = false;
  #cancelRefresh: () => void = () => undefined;

  constructor(options: CacheOptions) {
    this.#options = options;
  }

  informer<T extends KubeObject>(resource: Resource<T>, options?: InformerOptions<T>): Informer<T> {
    const id = resourceId(resource);
    const known = this.#informers.get(id);
    if (known === undefined) return this.#open(resource, options ?? {});
    if (options !== undefined && selectionOf(options) !== known.selection)
      throw new ConfigurationError(`${id} is cached already with another selector or transform.`);
    const informer = known.informer as unknown as SharedInformer<T>;
    if (options?.indexes !== undefined) informer.addIndexes(options.indexes);
    return informer;
  }

  store<T extends KubeObject>(resource: Resource<T>): Store<T> {
    return this.informer(resource).store;
  }

  existing<T extends KubeObject>(resource: Resource<T>): Informer<T> | undefined {
    return this.#informers.get(resourceId(resource))?.informer as unknown as SharedInformer<T> | undefined;
  }

  async start(signal?: AbortSignal): Promise<void> {
    if (!this.#started) this.#listen();
    this.#started = true;
    for (const { informer } of this.#informers.values()) this.#run(informer);
    const settled = Promise.all([...this.#informers.values()].map(async ({ informer }) => informer.settled()));
    await Promise.race([settled, rejectionOf(signal, this.#lifetime.signal)]);
  }

  hasSynced(): boolean {
    return this.waitingFor().length === 0;
  }

  waitingFor(): string[] {
    return [...this.#informers].filter(([, { informer }]) => !informer.isSettled()).map(([id]) => id);
  }

  problems(): CacheProblem[] {
    const all = [...this.#informers].map(([resource, { informer }]) => ({ resource, error: informer.problem() }));
    return all.filter(({ error }) => error !== undefined);
  }

  async stop(): Promise<void> {
    this.#unlisten();
    this.#cancelRefresh();
    this.#lifetime.abort(new ConfigurationError('the cache was stopped'));
    await Promise.all(this.#running);
  }

  #listen(): void {
    this.#unlisten = this.#options.client.listen({
      answered: (answer) => {
        this.#informers.get(resourceId(answer.resource))?.informer.answered(answer);
      },
      recovered: (silent) => {
        for (const { informer } of this.#informers.values()) informer.wake();
        if (silent) this.#refresh();
      },
    });
  }

  /** Takes every watch up again; not more often than once in four seconds, or a server that is merely slow would be slowed down further. */
  #refresh(): void {
    const { clock = systemClock } = this.#options;
    if (this.#refreshPending) return;
    const wait = Math.max(0, this.#refreshedAt + shortestRefreshMs - clock.monotonic());
    this.#refreshPending = true;
    const run = (): void => {
      this.#refreshPending = false;
      this.#refreshedAt = clock.monotonic();
      for (const { informer } of this.#informers.values()) informer.refresh('requests had got no answer');
    };
    if (wait === 0) run();
    else this.#cancelRefresh = clock.after(wait, run);
  }

  #open<T extends KubeObject>(resource: Resource<T>, asked: InformerOptions<T>): Informer<T> {
    const options = { watches: this.#options.watches ?? 1, ...asked };
    const { client, clock = systemClock, log = silentLogger, registry, timing } = this.#options;
    const informer = new SharedInformer<T>({
      client,
      resource,
      namespaces: (resource.namespaced ? this.#options.namespaces : undefined) ?? [undefined],
      options,
      clock,
      log,
      lists: this.#lists,
      ...(registry === undefined ? {} : { observer: reflectorObserver(registry, resource) }),
      ...(timing === undefined ? {} : { timing }),
    });
    const erased = informer as unknown as AnyInformer;
    this.#informers.set(resourceId(resource), { informer: erased, selection: selectionOf(asked) });
    if (this.#started) this.#run(erased);
    return informer;
  }

  readonly #run = (informer: AnyInformer): void => {
    if (this.#active.has(informer)) return;
    this.#active.add(informer);
    this.#running.push(informer.run(this.#lifetime.signal));
  };
  readonly #active = new Set<AnyInformer>();
}

/** Two calls agree if they would fetch and keep the same. */
function selectionOf<T extends KubeObject>(options: InformerOptions<T>): string {
  return JSON.stringify([
    options.labelSelector ?? '',
    options.fieldSelector ?? '',
    options.transform?.toString() ?? '',
    options.alike?.toString() ?? '',
  ]);
}

/** Rejects with the reason of the first signal that aborts. */
async function rejectionOf(...signals: (AbortSignal | undefined)[]): Promise<never> {
  return await new Promise((_resolve, reject) => {
    for (const signal of signals) {
      const refuse = (): void => {
        reject(signal?.reason instanceof Error ? signal.reason : new ConfigurationError('start was cancelled'));
      };
      if (signal?.aborted === true) refuse();
      signal?.addEventListener('abort', refuse, { once: true });
    }
  });
}
