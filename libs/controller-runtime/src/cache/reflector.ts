import type { KubeObject } from '../api/object.ts';
import { resourceId, type Resource } from '../api/resource.ts';
import { compareVersions } from '../api/version.ts';
import type { KubeClient, Selection, WatchEvent } from '../client/client.ts';
import { ConnectionError, isGone } from '../client/errors.ts';
import type { Clock } from '../clock/clock.ts';
import { withFields, type Logger } from '../logger.ts';
import { Doubt } from './doubt.ts';
import { reflectorTiming, type ReflectorTiming } from './reflector-timing.ts';
import { Retry } from './retry.ts';
import { Turns } from './turns.ts';
import { WatchLoop } from './watch-loop.ts';

/** Takes in what a reflector sees. Must not throw. */
export interface Sink<T extends KubeObject> {
  /** The complete collection as of `resourceVersion`; what is not in it does not exist. */
  replace(items: T[], resourceVersion: string): void;
  change(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void;
  /** Everything known is void: versions start anew. */
  reset(): void;
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
  /** How many watches follow the collection, each on a connection of its own (1). */
  watches?: number;
  /** With whom it takes turns at listing (nobody). */
  lists?: Turns;
  observer?: ReflectorObserver;
  /** Called when `problem` may have changed. */
  onProblem?: () => void;
  timing?: Partial<ReflectorTiming>;
  random?: () => number;
}

/** Lists older than what was seen already are refused so many times in a row; then the cluster must have been restored from a backup. */
const refusalsBeforeBelief = 10;
const longestPageMs = 60_000;
/** Objects a page: each page costs the server as much as some hundred objects, and each parse holds up everything else (~30 ms) and leaves garbage. */
const pageLimit = 1_000;

/**
 * Keeps a sink equal to a collection of the API server: one complete list, then watches, each from where the last ended. Reconnects at
 * once when the server closes a watch, with back-off after errors, lists again when its version is too old, never goes back to an older
 * version, and never ends before it is told to. With two watches, one that has gone silent blinds nobody, and is found out by the other.
 */
export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #timing: ReflectorTiming;
  readonly #log: Logger;
  readonly #listing: Retry;
  readonly #lists: Turns;
  readonly #loops: readonly WatchLoop<T>[];
  readonly #doubt: Doubt;
  /** The problem of each watch that cannot be had right now. */
  readonly #problems = new Map<number, unknown>();
  #listProblem: unknown;
  /** Where the next watch starts; undefined: list first. */
  #resumeFrom: string | undefined;
  /** Newest version seen, over all lists and watches. */
  #newest: string | undefined;
  #refusals = 0;
  #pageMs: number;
  #generation = new AbortController();

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#timing = { ...reflectorTiming, ...options.timing };
    this.#pageMs = this.#timing.pageMs;
    this.#log = withFields(options.log, { resource: resourceId(options.resource), ...options.selection });
    this.#listing = this.#retry();
    this.#lists = options.lists ?? new Turns(1);
    this.#doubt = new Doubt({
      clock: options.clock,
      lagMs: this.#timing.lagMs,
      confirmed: () => {
        this.#distrust();
      },
    });
    this.#loops = Array.from({ length: options.watches ?? 1 }, (_, index) => this.#loop(index));
  }

  /** The version up to which the sink has seen everything; undefined before the first list. */
  get resourceVersion(): string | undefined {
    return this.#newest;
  }

  /** Why the collection cannot be followed right now; undefined while it can. */
  get problem(): unknown {
    if (this.#listProblem !== undefined) return this.#listProblem;
    return this.#problems.size < this.#loops.length ? undefined : this.#problems.values().next().value;
  }

  /** Something of this version has happened in the collection: watches that do not show it soon are replaced. */
  expect(version: string): void {
    for (const loop of this.#loops) loop.expect(version);
  }

  /** The server contradicts what the sink shows: unless a watch puts it right soon, so that `stands` does not hold any more, a list has to. */
  doubt(stands: () => boolean): void {
    this.#doubt.raise(stands);
  }

  /** Replaces every watch that is open, and ends the wait of those that are not: what they said so far is kept. */
  refresh(why: string): void {
    for (const loop of this.#loops) loop.replace(why);
    this.wake();
  }

  /** Ends waits between attempts. */
  wake(): void {
    this.#listing.wake();
    for (const retry of this.#retries) retry.wake();
  }

  /** Runs until `signal` aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#resumeFrom === undefined) await this.#list(signal);
        else await this.#follow(signal);
      } catch (error) {
        if (aborted(signal)) break;
        await this.#recover(error, signal);
      }
    }
    // What was expected while no watch was open has nobody left to show it.
    this.#doubt.stop();
    for (const loop of this.#loops) loop.stop();
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    this.#options.observer?.failed?.(error);
    const expired = isGone(error);
    if (expired) this.#resumeFrom = undefined;
    if (error instanceof ConnectionError && error.timedOut) this.#pageMs = Math.min(longestPageMs, this.#pageMs * 2);
    // An expired version is part of normal life: list at once, unless it happens again and again.
    if (expired && this.#listing.failures === 0) {
      this.#listing.failed();
      return;
    }
    this.#listProblem = error;
    this.#options.onProblem?.();
    await this.#listing.wait(error, signal);
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, resource, selection, sink, observer } = this.#options;
    // No resourceVersion: the newest state, confirmed by a quorum. A cached answer could be older than what was seen already.
    const options = { ...selection, limit: pageLimit, signal, timeoutMs: this.#pageMs };
    const list = await this.#lists.take(async () => await client.list(resource, options), signal);
    if (this.#isOlder(list.resourceVersion)) {
      this.#refusals += 1;
      if (this.#refusals <= refusalsBeforeBelief) throw new StaleListError(list.resourceVersion, this.#newest);
      this.#log.error(
        { version: list.resourceVersion, seen: this.#newest },
        'the cluster went back in time: starting over',
      );
      // Without this the sink would keep its newer objects; both calls happen before anybody else can look.
      sink.reset();
    }
    this.#refusals = 0;
    this.#pageMs = this.#timing.pageMs;
    this.#newest = list.resourceVersion;
    this.#resumeFrom = list.resourceVersion;
    this.#listProblem = undefined;
    this.#problems.clear();
    sink.replace(list.items, list.resourceVersion);
    this.#options.onProblem?.();
    observer?.listed?.(list.items.length);
  }

  /** Watches until a new list is needed. */
  async #follow(signal: AbortSignal): Promise<void> {
    const generation = new AbortController();
    this.#generation = generation;
    const end = (): void => {
      generation.abort();
    };
    signal.addEventListener('abort', end, { once: true });
    const loops = this.#loops.map(async (loop) => {
      try {
        await loop.run(generation.signal);
      } finally {
        end();
      }
    });
    try {
      await Promise.all(loops);
    } finally {
      // The first that ended has ended them all; none may show anything after the next list.
      await Promise.allSettled(loops);
      signal.removeEventListener('abort', end);
    }
  }

  readonly #retries: Retry[] = [];

  #retry(): Retry {
    const { clock, random = Math.random } = this.#options;
    const { backoffMs, maxBackoffMs } = this.#timing;
    return new Retry({ clock, log: this.#log, backoffMs, maxBackoffMs, random });
  }

  #loop(index: number): WatchLoop<T> {
    const { client, resource, selection, clock, observer, random = Math.random } = this.#options;
    const retry = this.#retry();
    this.#retries.push(retry);
    return new WatchLoop<T>({
      client,
      resource,
      selection,
      clock,
      random,
      retry,
      log: this.#log,
      timing: this.#timing,
      resumeFrom: () => this.#resumeFrom ?? '',
      opened: () => {
        observer?.watching?.();
        if (this.#problems.delete(index)) this.#options.onProblem?.();
      },
      take: (event, loop) => {
        this.#take(event, loop);
      },
      failed: (error) => {
        observer?.failed?.(error);
        this.#problems.set(index, error);
        this.#options.onProblem?.();
      },
      distrusted: () => {
        this.#distrust();
      },
    });
  }

  /** Ends the watches; the next thing is a list. */
  #distrust(): void {
    this.#log.warn({}, 'no watch shows what has happened: listing again');
    this.#resumeFrom = undefined;
    this.#generation.abort();
  }

  #take(event: WatchEvent<T>, loop: WatchLoop<T>): void {
    // Read before it was given up: the next list or watch shows it again, and it must not become where that begins.
    if (this.#generation.signal.aborted) return;
    const version = event.object.metadata.resourceVersion;
    this.#listing.succeeded();
    if (this.#isOlder(version)) {
      // What another watch showed first is no news; what this watch itself had passed already is a server that lags behind.
      if (loop.seen !== undefined && compareVersions(version, loop.seen) < 0)
        this.#log.warn({ version, seen: loop.seen }, 'an older version was dropped');
      return;
    }
    this.#newest = version;
    this.#resumeFrom = version;
    if (event.type === 'BOOKMARK') return;
    this.#options.sink.change(event.type, event.object);
    for (const other of this.#loops) if (other !== loop) other.expect(version);
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

function aborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
