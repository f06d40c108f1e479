import type { KubeObject } from '../api/object.ts';
import { resourceId, type Resource } from '../api/resource.ts';
import { compareVersions } from '../api/version.ts';
import type { KubeClient, Selection, WatchEvent } from '../client/client.ts';
import { ApiError, isGone } from '../client/errors.ts';
import { pause, type Clock } from '../clock/clock.ts';
import { withFields, type Logger } from '../logger.ts';
import { Backoff } from '../queue/backoff.ts';

/** Takes in what a reflector sees. Must not throw. */
export interface Sink<T extends KubeObject> {
  /** The complete collection as of `resourceVersion`; what is not in it does not exist. */
  replace(items: T[], resourceVersion: string): void;
  change(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void;
}

/** Counts for metrics; every function may be absent. */
export interface ReflectorObserver {
  listed?(items: number): void;
  watching?(): void;
  failed?(error: unknown): void;
}

export interface ReflectorOptions<T extends KubeObject> {
  client: KubeClient;
  resource: Resource<T>;
  selection: Selection;
  sink: Sink<T>;
  clock: Clock;
  log: Logger;
  observer?: ReflectorObserver;
  timing?: Partial<ReflectorTiming>;
  random?: () => number;
}

export interface ReflectorTiming {
  /** The server is asked to close a watch after between so many seconds ... (240) */
  minWatchSeconds: number;
  /** ... and so many (300): spread, so that not all kinds reconnect together. */
  maxWatchSeconds: number;
  /** A watch that shows nothing for so long is taken for dead (100,000 ms: bookmarks come about once a minute). */
  silenceMs: number;
  /** A watch that the server closes sooner than this, without a single line, counts as a failure (1,000 ms). */
  shortestWatchMs: number;
  /** First and longest delay after failures (200 and 30,000 ms). */
  backoffMs: number;
  maxBackoffMs: number;
}

const defaults: ReflectorTiming = {
  minWatchSeconds: 240,
  maxWatchSeconds: 300,
  silenceMs: 100_000,
  shortestWatchMs: 1_000,
  backoffMs: 200,
  maxBackoffMs: 30_000,
};

/** Lists older than what was seen already are refused so many times in a row; then the cluster must have been restored from a backup. */
const refusalsBeforeBelief = 10;

/**
 * Keeps a sink equal to a collection of the API server: one complete list, then watches, each from where the last ended. Reconnects at
 * once when the server closes a watch, with back-off after errors, lists again when its version is too old, never goes back to an older
 * version, and never ends before it is told to.
 */
export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #timing: ReflectorTiming;
  readonly #backoff: Backoff;
  readonly #log: Logger;
  /** Where the next watch starts; undefined: list first. */
  #resumeFrom: string | undefined;
  /** Newest version seen, over all lists and watches. */
  #newest: string | undefined;
  #failures = 0;
  #refusals = 0;
  #problem: unknown;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#timing = { ...defaults, ...options.timing };
    this.#backoff = new Backoff({
      baseMs: this.#timing.backoffMs,
      maxMs: this.#timing.maxBackoffMs,
      jitter: 0.5,
      ...(options.random === undefined ? {} : { random: options.random }),
    });
    this.#log = withFields(options.log, { resource: resourceId(options.resource), ...options.selection });
  }

  /** The version up to which the sink has seen everything; undefined before the first list. */
  get resourceVersion(): string | undefined {
    return this.#newest;
  }

  /** Why the collection cannot be followed right now; undefined while it can. */
  get problem(): unknown {
    return this.#problem;
  }

  /** Runs until `signal` aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#resumeFrom === undefined) await this.#list(signal);
        else await this.#watch(this.#resumeFrom, signal);
      } catch (error) {
        if (aborted(signal)) return;
        await this.#recover(error, signal);
      }
    }
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    this.#options.observer?.failed?.(error);
    const expired = isGone(error);
    if (expired) this.#resumeFrom = undefined;
    this.#failures += 1;
    // An expired version is part of normal life: list at once, unless it happens again and again.
    if (expired && this.#failures === 1) return;
    this.#problem = error;
    const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    const delay = Math.max(asked, this.#backoff.delay(this.#failures));
    this.#log.warn({ err: error, delayMs: Math.round(delay), failures: this.#failures }, 'watch interrupted');
    await pause(this.#options.clock, delay, signal);
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, resource, selection, sink, observer } = this.#options;
    // No resourceVersion: the newest state, confirmed by a quorum. A cached answer could be older than what was seen already.
    const list = await client.list(resource, { ...selection, signal, timeoutMs: 60_000 });
    if (this.#isOlder(list.resourceVersion)) {
      this.#refusals += 1;
      if (this.#refusals <= refusalsBeforeBelief) throw new StaleListError(list.resourceVersion, this.#newest);
      this.#log.error(
        { version: list.resourceVersion, seen: this.#newest },
        'the cluster went back in time: starting over',
      );
      // Without this the sink would keep its newer objects; both calls happen before anybody else can look.
      sink.replace([], list.resourceVersion);
    }
    this.#refusals = 0;
    this.#newest = list.resourceVersion;
    this.#resumeFrom = list.resourceVersion;
    sink.replace(list.items, list.resourceVersion);
    observer?.listed?.(list.items.length);
  }

  async #watch(from: string, outer: AbortSignal): Promise<void> {
    const { client, resource, selection, clock, observer, random = Math.random } = this.#options;
    const { minWatchSeconds, maxWatchSeconds, silenceMs, shortestWatchMs } = this.#timing;
    const watchdog = new Watchdog(clock, silenceMs, outer);
    const started = clock.monotonic();
    let lines = 0;
    try {
      const seconds = minWatchSeconds + random() * (maxWatchSeconds - minWatchSeconds);
      const timeoutSeconds = Math.max(1, Math.round(seconds));
      const options = { ...selection, resourceVersion: from, timeoutSeconds, signal: watchdog.signal };
      const stream = await client.watch(resource, options);
      observer?.watching?.();
      this.#problem = undefined;
      watchdog.reset();
      for await (const event of stream) {
        watchdog.reset();
        lines += 1;
        this.#failures = 0;
        this.#take(event);
      }
    } catch (error) {
      // A silent watch is replaced at once: nothing says that the server is in trouble.
      if (!watchdog.barked) throw error;
      this.#log.info({ silenceMs }, 'watch was silent: reconnecting');
    } finally {
      watchdog.stop();
    }
    if (lines === 0 && clock.monotonic() - started < shortestWatchMs && !outer.aborted) throw new ShortWatchError();
    this.#failures = 0;
  }

  #take(event: WatchEvent<T>): void {
    const version = event.object.metadata.resourceVersion;
    if (this.#isOlder(version)) {
      this.#log.warn({ version, seen: this.#newest }, 'an older version was dropped');
      return;
    }
    this.#newest = version;
    this.#resumeFrom = version;
    if (event.type !== 'BOOKMARK') this.#options.sink.change(event.type, event.object);
  }

  #isOlder(version: string): boolean {
    return this.#newest !== undefined && compareVersions(version, this.#newest) < 0;
  }
}

/** A list showed an older state than one seen before: an API server that lags behind. */
class StaleListError extends Error {
  override readonly name = 'StaleListError';

  constructor(version: string, seen: string | undefined) {
    super(`the list is of version ${version}, but ${seen ?? 'none'} was seen already`);
  }
}

/** The server opened a watch and closed it at once: doing that in a loop would be a flood. */
class ShortWatchError extends Error {
  override readonly name = 'ShortWatchError';

  constructor() {
    super('the server closed the watch at once, without a line');
  }
}

/** Aborts its signal when nobody resets it for `ms`, or when the outer signal aborts. */
class Watchdog {
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #outer: AbortSignal;
  readonly #onOuter = (): void => {
    this.#controller.abort(this.#outer.reason);
  };
  #last: number;
  #cancel: () => void;
  barked = false;

  constructor(clock: Clock, ms: number, outer: AbortSignal) {
    this.#clock = clock;
    this.#ms = ms;
    this.#outer = outer;
    this.#last = clock.monotonic();
    this.#cancel = this.#arm(ms);
    if (outer.aborted) this.#onOuter();
    else outer.addEventListener('abort', this.#onOuter, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Cheap enough for every event: notes the time, and the one timer looks at it when it fires. */
  reset(): void {
    this.#last = this.#clock.monotonic();
  }

  stop(): void {
    this.#cancel();
    this.#outer.removeEventListener('abort', this.#onOuter);
    this.#controller.abort();
  }

  #arm(ms: number): () => void {
    return this.#clock.after(ms, () => {
      const left = this.#last + this.#ms - this.#clock.monotonic();
      if (left > 0) {
        this.#cancel = this.#arm(left);
        return;
      }
      this.barked = true;
      this.#controller.abort();
    });
  }
}

function aborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
