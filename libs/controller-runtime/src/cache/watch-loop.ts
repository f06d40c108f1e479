import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';
import { compareVersions } from '../api/version.ts';
import type { KubeClient, Selection, WatchEvent } from '../client/client.ts';
import { isGone } from '../client/errors.ts';
import type { CancelTimer, Clock } from '../clock/clock.ts';
import type { Logger } from '../logger.ts';
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

/** A watch that is replaced so many times without getting further is not to be believed. */
const replacementsBeforeDistrust = 2;

/**
 * One watch after the other, each from where the last ended: at once after the server closed one, with back-off after errors. Told what
 * has happened (`expect`), it replaces a watch that does not show it: the half of a connection that still seems open says nothing by itself.
 */
export class WatchLoop<T extends KubeObject> {
  readonly #options: WatchLoopOptions<T>;
  #watchdog: Watchdog | undefined;
  #isOpen = false;
  #seen: string | undefined;
  #expected: string | undefined;
  #replacements = 0;
  #cancelExpectation: CancelTimer | undefined;

  constructor(options: WatchLoopOptions<T>) {
    this.#options = options;
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
      this.#cancelExpectation?.();
    }
  }

  /** Something of this version has happened in the collection: a watch that does not show it soon is replaced. */
  expect(version: string): void {
    if (!this.#lacks(version)) return;
    if (this.#expected === undefined || compareVersions(version, this.#expected) > 0) this.#expected = version;
    this.#cancelExpectation ??= this.#await(this.#expected);
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
      this.#isOpen = false;
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
    this.#isOpen = true;
    this.#seen = resourceVersion;
    watchdog.reset();
    let lines = 0;
    for await (const event of stream) {
      watchdog.reset();
      lines += 1;
      retry.succeeded();
      this.#options.take(event, this);
      this.#seen = event.object.metadata.resourceVersion;
    }
    return lines;
  }

  #await(version: string): CancelTimer {
    return this.#options.clock.after(this.#options.timing.lagMs, () => {
      this.#cancelExpectation = undefined;
      if (this.#lacks(version)) this.#missed(version);
      else this.#replacements = 0;
      const next = this.#expected;
      if (next === undefined) return;
      if (this.#lacks(next)) this.#cancelExpectation ??= this.#await(next);
      else this.#expected = undefined;
    });
  }

  #missed(version: string): void {
    // One that is still being opened has a time limit of its own.
    if (!this.#isOpen) return;
    this.#replacements += 1;
    if (this.#replacements > replacementsBeforeDistrust) {
      this.#replacements = 0;
      this.#expected = undefined;
      this.#options.distrusted();
      return;
    }
    this.replace(`it did not show version ${version}`);
  }

  #lacks(version: string): boolean {
    return this.#seen === undefined || compareVersions(this.#seen, version) < 0;
  }
}

/** The server opened a watch and closed it at once: doing that in a loop would be a flood. */
class ShortWatchError extends Error {
  override readonly name = 'ShortWatchError';

  constructor() {
    super('the server closed the watch at once, without a line');
  }
}
