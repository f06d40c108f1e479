import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';
import type { KubeClient, Selection, WatchEvent } from '../client/client.ts';
import { isGone } from '../client/errors.ts';
import type { Clock } from '../clock/clock.ts';
import type { Logger } from '../logger.ts';
import { Expectation } from './expectation.ts';
import type { Retry } from './retry.ts';
import type { ReflectorTiming } from './reflector-timing.ts';
import { Watchdog } from './watchdog.ts';

export interface WatchLoopOptions<T extends KubeObject> {
  client: KubeClient;
  resource: Resource<T>;
  selection: Selection;
  clock: Clock;
  log: Logger;
  timing: ReflectorTiming;
  retry: Retry;
  random: () => number;
  /** Where the next watch starts. */
  resumeFrom: () => string;
  opened: () => void;
  take: (event: WatchEvent<T>, loop: WatchLoop<T>) => void;
  failed: (error: unknown) => void;
  /** This watch was replaced so often without showing what is known to have happened that only a list can help. */
  distrusted: () => void;
}

/**
 * One watch after the other, each from where the last ended: at once after the server closed one, with back-off after errors. Told what
 * has happened (`expect`), it replaces a watch that does not show it: the half of a connection that still seems open says nothing by itself.
 */
export class WatchLoop<T extends KubeObject> {
  readonly #options: WatchLoopOptions<T>;
  readonly #expectation: Expectation;
  #watchdog: Watchdog | undefined;
  /** When the open watch showed its last line, or was opened. */
  #lastLine: number | undefined;
  #seen: string | undefined;

  constructor(options: WatchLoopOptions<T>) {
    this.#options = options;
    this.#expectation = new Expectation({
      clock: options.clock,
      lagMs: options.timing.lagMs,
      seen: () => this.#seen,
      lastLine: () => this.#lastLine,
      replace: (why) => {
        this.replace(why);
      },
      distrusted: options.distrusted,
    });
  }

  /** Newest version that this loop was shown. */
  get seen(): string | undefined {
    return this.#seen;
  }

  /** Runs until `signal` aborts; rejects with the 410 when the version to start from is too old. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) await this.#next(signal);
    } finally {
      this.stop();
    }
  }

  /** Nothing is waited for any longer. */
  stop(): void {
    this.#expectation.stop();
  }

  /** Something of this version has happened in the collection: a watch that does not show it soon is replaced. */
  expect(version: string): void {
    this.#expectation.expect(version);
  }

  /** Replaces the running watch by a new one on a new connection, or ends the wait for the next attempt. */
  replace(why: string): void {
    this.#watchdog?.bark(why);
    this.#options.retry.wake();
  }

  async #next(signal: AbortSignal): Promise<void> {
    try {
      await this.#watch(signal);
    } catch (error) {
      if (signal.aborted) return;
      if (isGone(error)) throw error;
      this.#options.failed(error);
      await this.#options.retry.wait(error, signal);
    }
  }

  async #watch(outer: AbortSignal): Promise<void> {
    const { clock, timing, log, retry } = this.#options;
    const watchdog = new Watchdog(clock, timing.silenceMs, outer);
    this.#watchdog = watchdog;
    const started = clock.monotonic();
    let lines = 0;
    try {
      lines = await this.#read(watchdog);
    } catch (error) {
      // A watch that was given up is replaced at once: nothing says that the server is in trouble.
      if (watchdog.barked === undefined) throw error;
    } finally {
      this.#watchdog = undefined;
      this.#lastLine = undefined;
      watchdog.stop();
    }
    if (watchdog.barked !== undefined) {
      log.info({ why: watchdog.barked }, 'watch was silent: reconnecting');
      return;
    }
    const tooShort = lines === 0 && clock.monotonic() - started < timing.shortestWatchMs;
    if (tooShort && !outer.aborted) throw new ShortWatchError();
    retry.succeeded();
  }

  /** Reads one watch to its end; answers how many lines it showed. */
  async #read(watchdog: Watchdog): Promise<number> {
    const { client, resource, selection, timing, random, retry } = this.#options;
    const { minWatchSeconds, maxWatchSeconds } = timing;
    const seconds = minWatchSeconds + random() * (maxWatchSeconds - minWatchSeconds);
    const resourceVersion = this.#options.resumeFrom();
    const timeoutSeconds = Math.max(1, Math.round(seconds));
    const stream = await client.watch(resource, {
      ...selection,
      resourceVersion,
      timeoutSeconds,
      signal: watchdog.signal,
    });
    this.#options.opened();
    this.#lastLine = this.#options.clock.monotonic();
    this.#seen = resourceVersion;
    watchdog.reset();
    let lines = 0;
    for await (const event of stream) {
      watchdog.reset();
      this.#lastLine = this.#options.clock.monotonic();
      lines += 1;
      retry.succeeded();
      this.#options.take(event, this);
      this.#seen = event.object.metadata.resourceVersion;
      this.#expectation.shown();
    }
    return lines;
  }
}

/** The server opened a watch and closed it at once: doing that in a loop would be a flood. */
class ShortWatchError extends Error {
  override readonly name = 'ShortWatchError';

  constructor() {
    super('the server closed the watch at once, without a line');
  }
}
