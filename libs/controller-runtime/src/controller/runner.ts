import type { Registry } from 'prom-client';
import { keyOf, keyText, parseKey, type KubeObject } from '../api/object.ts';
import type { Cache, InformerHandler } from '../cache/types.ts';
import { ApiError, isConflict } from '../client/errors.ts';
import type { CancelTimer, Clock } from '../clock/clock.ts';
import { withFields, type Logger } from '../logger.ts';
import { controllerMetrics, queueMetrics, type ControllerMetrics } from '../metrics/controller-metrics.ts';
import { Backoff } from '../queue/backoff.ts';
import { WorkQueue, type Priority } from '../queue/work-queue.ts';
import { runWithin } from './deadline.ts';
import { TerminalError, type ControllerDefinition, type ReconcileResult, type WatchSource } from './types.ts';

export interface RunnerOptions {
  definition: ControllerDefinition;
  cache: Cache;
  registry: Registry;
  clock: Clock;
  log: Logger;
}

const tenHoursMs = 36_000_000;
/** After an outage of any length, everything has been tried again within this time. */
const longestBackoffMs = 5_000;

/** Runs one controller: watches fill its queue from the beginning, workers empty it once they are started. */
export class ControllerRunner {
  readonly name: string;
  readonly #options: RunnerOptions;
  readonly #queue: WorkQueue;
  readonly #metrics: ControllerMetrics;
  readonly #log: Logger;
  readonly #abort = new AbortController();
  readonly #subscriptions: (() => void)[] = [];
  #workers: Promise<void>[] = [];
  #cancelResync: CancelTimer = () => undefined;

  constructor(options: RunnerOptions) {
    const { definition, registry, clock, log } = options;
    this.name = definition.name;
    this.#options = options;
    this.#log = withFields(log, { controller: definition.name });
    const metrics = queueMetrics(registry, definition.name);
    this.#queue = new WorkQueue({
      clock,
      backoff: new Backoff({ maxMs: longestBackoffMs, ...definition.backoff }),
      observer: metrics.observer,
      slowAtOnce: Math.ceil((definition.concurrency ?? 1) / 2),
    });
    metrics.bind(this.#queue);
    this.#metrics = controllerMetrics(registry, definition.name, definition.concurrency ?? 1);
    this.#subscribe();
  }

  /** Queues a key before all that comes back by itself. */
  enqueue(key: { namespace: string; name: string }, { told = true }: { told?: boolean } = {}): void {
    this.#queue.add(keyText(key), 'change', told);
  }

  /** What made reconciles fail may be over: those that wait out a back-off run now. */
  retryNow(): void {
    this.#queue.retryNow();
  }

  /** Starts the workers. */
  start(): void {
    if (this.#workers.length > 0 || this.#abort.signal.aborted) return;
    const concurrency = this.#options.definition.concurrency ?? 1;
    this.#workers = Array.from({ length: concurrency }, async () => this.#work());
    this.#scheduleResync();
  }

  /** Takes no new keys and waits for running reconciles, at most `graceMs`; then their signals abort. */
  async stop(graceMs: number): Promise<void> {
    this.#close();
    const cancel = this.#options.clock.after(graceMs, () => {
      this.abort('the process is stopping');
    });
    await Promise.all(this.#workers);
    cancel();
  }

  /** Aborts running reconciles at once. */
  abort(reason: string): void {
    this.#close();
    this.#abort.abort(new TerminalError(reason));
  }

  #close(): void {
    this.#cancelResync();
    for (const unsubscribe of this.#subscriptions.splice(0)) unsubscribe();
    this.#queue.shutdown();
  }

  #subscribe(): void {
    const { definition, cache } = this.#options;
    const { primary, predicate, watches } = definition;
    const map = (object: KubeObject) => [keyOf(object)];
    // The wish itself changed: what failed before says nothing about it. Without a predicate our own writes would look like a wish.
    const isWish = predicate !== undefined;
    this.#watch(cache.informer(primary), { map, predicate }, isWish);
    for (const source of watches) this.#watch(cache.informer(source.resource), source, false);
  }

  #watch(
    informer: { addHandler(handler: InformerHandler<KubeObject>): () => void },
    { map, predicate }: Pick<WatchSource, 'map' | 'predicate'>,
    isWish: boolean,
  ): void {
    const add = (priority: Priority, ...objects: KubeObject[]): void => {
      for (const key of new Set(objects.flatMap((object) => map(object).map(keyText)))) {
        if (isWish && priority === 'change') this.#queue.forget(key);
        this.#queue.add(key, priority);
      }
    };
    const priorityOf = (initial: boolean): Priority => (initial ? 'background' : 'change');
    const unsubscribe = informer.addHandler({
      add: (object, initial) => {
        if (predicate?.add?.(object) ?? true) add(priorityOf(initial), object);
      },
      update: (before, after, initial) => {
        // An object that changed hands concerns its former owner too.
        if (predicate?.update?.(before, after) ?? true) add(priorityOf(initial), after, before);
      },
      delete: (object) => {
        if (predicate?.delete?.(object) ?? true) add('change', object);
      },
      // Nobody knows whom what cannot be seen concerns. Those that wait because of it need not wait any longer.
      refused: () => {
        this.#lookAtAll();
      },
    });
    this.#subscriptions.push(unsubscribe);
  }

  #scheduleResync(): void {
    const { definition, clock } = this.#options;
    const every = definition.resyncMs ?? tenHoursMs;
    if (every <= 0) return;
    this.#cancelResync = clock.after(every * (0.9 + 0.2 * Math.random()), () => {
      this.#lookAtAll();
      this.#scheduleResync();
    });
  }

  #lookAtAll(): void {
    const { definition, cache } = this.#options;
    for (const object of cache.store(definition.primary).list()) this.#queue.add(keyText(keyOf(object)), 'background');
  }

  async #work(): Promise<void> {
    for (;;) {
      const key = await this.#queue.take();
      if (key === undefined) return;
      this.#metrics.workers(this.#queue.working);
      try {
        await this.#reconcile(key);
      } finally {
        this.#queue.done(key);
        this.#metrics.workers(this.#queue.working);
      }
    }
  }

  async #reconcile(key: string): Promise<void> {
    const { definition, clock } = this.#options;
    const log = withFields(this.#log, { key });
    const started = clock.monotonic();
    const [failures, onlyTime] = [this.#queue.failures(key), this.#queue.isByTime(key)];
    try {
      const result = await runWithin({
        clock,
        limitMs: definition.reconcileTimeoutMs ?? 60_000,
        outer: this.#abort.signal,
        run: async (signal) => definition.reconcile(parseKey(key), { signal, log, failures, onlyTime }),
        onTimeout: () => {
          this.#metrics.timedOut();
        },
      });
      this.#succeed(key, checked(result ?? undefined), clock.monotonic() - started);
    } catch (error) {
      this.#metrics.reconciled('error', clock.monotonic() - started);
      this.#fail(key, error, log);
    }
  }

  #succeed(key: string, result: ReconcileResult, durationMs: number): void {
    this.#queue.forget(key);
    const { requeueAfter } = result;
    this.#metrics.reconciled(requeueAfter === undefined ? 'success' : 'requeue_after', durationMs);
    if (requeueAfter !== undefined) this.#queue.addAfter(key, requeueAfter);
  }

  #fail(key: string, error: unknown, log: Logger): void {
    if (this.#abort.signal.aborted) {
      log.info({ err: error }, 'reconcile cut off: this process stops acting');
      return;
    }
    if (error instanceof TerminalError) {
      this.#metrics.terminal();
      this.#queue.forget(key);
      log.error({ err: error }, 'reconcile failed for good');
      return;
    }
    const failures = this.#queue.failures(key) + 1;
    const delayMs = this.#queue.retry(key, error instanceof ApiError ? error.retryAfterMs : 0);
    const fields = { err: error, failures, delayMs: Math.round(delayMs) };
    // A conflict only says that the cache was behind.
    if (isConflict(error)) log.info(fields, 'reconcile met a newer version');
    // The first failures, then fewer and fewer: one that lasts for days must not fill the log.
    else if (Number.isInteger(Math.log2(failures))) log.error(fields, 'reconcile failed');
    else log.debug(fields, 'reconcile failed');
  }
}

/** A delay that is no number would be no delay at all, again and again. */
function checked(result: ReconcileResult | undefined): ReconcileResult {
  const { requeueAfter = 0 } = result ?? {};
  if (Number.isNaN(requeueAfter)) throw new TypeError('requeueAfter is not a number');
  return result ?? {};
}
