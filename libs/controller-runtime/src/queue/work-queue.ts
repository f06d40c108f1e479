import { systemClock, type CancelTimer, type Clock } from '../clock/clock.ts';
import { Backoff } from './backoff.ts';

/**
 * Fresh changes go before keys that failed, those before keys whose time to be looked at again has come, and those before lists and resyncs:
 * neither a restart, nor a resync, nor a thousand keys that are looked at all the time or cannot be mended delay a user's change.
 */
export type Priority = 'change' | 'retry' | 'recheck' | 'background';

/** Told of what happens in a queue, for metrics. Durations are milliseconds. */
export interface QueueObserver {
  added?(): void;
  retried?(): void;
  /** A worker took a key that had waited so long. */
  started?(waitedMs: number): void;
  finished?(workedMs: number): void;
}

export interface WorkQueueOptions {
  clock?: Clock;
  backoff?: Backoff;
  observer?: QueueObserver;
  /** A key whose last work took longer than this (5,000 ms) is slow ... */
  slowAfterMs?: number;
  /** ... and no more slow ones than this are given out at a time (no limit), so that they never hold all workers. */
  slowAtOnce?: number;
}

const priorities: readonly Priority[] = ['change', 'retry', 'recheck', 'background'];
/** Every so many keys the one that waits longest goes first, so that nothing waits for ever behind a stream of others. */
const turnOfTheOldest = 16;

type Lines = Record<Priority, Map<string, number>>;
/** `earlier`: may come before its time when what made it fail may be over. */
type Delayed = { at: number; priority: Priority; earlier: boolean; cancel: CancelTimer };

/**
 * Keys waiting to be worked on.
 *
 * - A key waits at most once, however often it is added; the higher priority wins.
 * - A key is never given to two workers: added while being worked on, it waits again when that work is done.
 * - Adding a key now supersedes its delayed add: the work will decide anew when to come back.
 * - Among equals, first come, first served.
 * - Keys whose work takes long hold only a part of the workers, and go after quick ones of their priority.
 * - Whatever its priority and however much comes in: what waits is given out in the end.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #observer: QueueObserver;
  readonly #slowAfterMs: number;
  readonly #slowAtOnce: number;
  /** Keys that wait, since when; slow ones in lines of their own, so that they are never in the way. */
  readonly #waiting = { quick: lines(), slow: lines() };
  readonly #slow = new Set<string>();
  #slowWorking = 0;
  #taken = 0;
  readonly #working = new Map<string, number>();
  readonly #dirty = new Map<string, Priority>();
  readonly #delayed = new Map<string, Delayed>();
  /** Keys of which something was told since they were last given out. */
  readonly #told = new Set<string>();
  /** Keys being worked on of which nothing was told before. */
  readonly #byTime = new Set<string>();
  readonly #failures = new Map<string, number>();
  #takers: ((key: string | undefined) => void)[] = [];
  #closed = false;

  constructor(options: WorkQueueOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#backoff = options.backoff ?? new Backoff();
    this.#observer = options.observer ?? {};
    this.#slowAfterMs = options.slowAfterMs ?? 5_000;
    this.#slowAtOnce = options.slowAtOnce ?? Number.POSITIVE_INFINITY;
  }

  /** Keys that wait now; delayed ones are not counted. */
  get depth(): number {
    return priorities.reduce((sum, priority) => sum + this.depthOf(priority), 0);
  }

  /** Keys of one priority that wait now. */
  depthOf(priority: Priority): number {
    return this.#waiting.quick[priority].size + this.#waiting.slow[priority].size;
  }

  /** Keys that will be added later. */
  get delayed(): number {
    return this.#delayed.size;
  }

  /** Keys being worked on. */
  get working(): number {
    return this.#working.size;
  }

  /** Milliseconds each running piece of work has taken so far. */
  runningFor(): number[] {
    const now = this.#clock.monotonic();
    return [...this.#working.values()].map((since) => now - since);
  }

  /** Adds a key to be worked on as soon as possible. `told`: whether anything has happened to it, as far as the asker knows ({@link isByTime}). */
  add(key: string, priority: Priority = 'change', told = true): void {
    if (this.#closed) return;
    this.#undelay(key);
    if (told) this.#told.add(key);
    if (this.#working.has(key)) {
      this.#markDirty(key, priority);
      return;
    }
    const waiting = this.#find(key);
    if (waiting !== undefined && !isHigher(priority, waiting.priority)) return;
    waiting?.line.delete(key);
    this.#enqueue(key, priority, waiting?.since);
  }

  /** Adds a key after `ms` milliseconds. Ignored if it waits already; the earlier of two delays counts. */
  addAfter(key: string, ms: number, priority: 'retry' | 'recheck' = 'recheck'): void {
    if (this.#closed || this.#isPending(key)) return;
    const add = (): void => {
      this.add(key, priority, priority === 'retry');
    };
    if (ms <= 0) {
      add();
      return;
    }
    const at = this.#clock.monotonic() + ms;
    const known = this.#delayed.get(key);
    if (known !== undefined && known.at <= at) return;
    this.#undelay(key);
    const cancel = this.#clock.after(ms, add);
    this.#delayed.set(key, { at, priority, earlier: priority === 'retry', cancel });
  }

  /** Counts a failure of the key and adds it after its back-off, or after `atLeastMs` if that is longer. Answers the delay. */
  retry(key: string, atLeastMs = 0): number {
    const failures = this.failures(key) + 1;
    this.#failures.set(key, failures);
    const backoff = this.#backoff.delay(failures);
    const delay = Math.max(atLeastMs, backoff);
    this.#observer.retried?.();
    this.addAfter(key, delay, 'retry');
    const delayed = this.#delayed.get(key);
    // A server that asks for patience knows why.
    if (delayed !== undefined && atLeastMs > backoff) delayed.earlier = false;
    return delay;
  }

  /** What made keys fail may be over: those that wait out a back-off are added now, but for those that a server asked to wait. */
  retryNow(): void {
    for (const [key, { earlier, priority }] of [...this.#delayed]) if (earlier) this.add(key, priority);
  }

  /** Of a key being worked on: whether nothing was told of it since the work before. It came back by its time, or somebody only asked. */
  isByTime(key: string): boolean {
    return this.#byTime.has(key);
  }

  /** The key is fine: its back-off starts anew next time. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Failures of the key in a row. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Waits for the next key. Undefined: the queue was shut down, the worker should end. Call `done` when the work is over. */
  async take(): Promise<string | undefined> {
    if (this.#closed) return undefined;
    const next = this.#next();
    if (next !== undefined) return next;
    return await new Promise((resolve) => this.#takers.push(resolve));
  }

  /** The work on a key is over, however it ended. */
  done(key: string): void {
    const since = this.#working.get(key);
    if (since === undefined) return;
    const tookMs = this.#clock.monotonic() - since;
    this.#working.delete(key);
    this.#byTime.delete(key);
    if (this.#slow.has(key)) this.#slowWorking -= 1;
    if (tookMs > this.#slowAfterMs) this.#slow.add(key);
    else this.#slow.delete(key);
    this.#observer.finished?.(tookMs);
    const again = this.#dirty.get(key);
    this.#dirty.delete(key);
    if (again !== undefined && !this.#closed) this.#enqueue(key, again, undefined);
    // A place for a slow key may have become free.
    this.#serve();
  }

  /** Takes no more keys and gives none out: what waits is dropped, since the next leader starts with everything anyway. */
  shutdown(): void {
    this.#closed = true;
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    this.#dirty.clear();
    this.#told.clear();
    for (const line of this.#allLines()) line.clear();
    for (const resolve of this.#takers.splice(0)) resolve(undefined);
  }

  #isPending(key: string): boolean {
    return this.#dirty.has(key) || this.#find(key) !== undefined;
  }

  #find(key: string): { line: Map<string, number>; priority: Priority; since: number } | undefined {
    const lane = this.#lane(key);
    for (const priority of priorities) {
      const since = lane[priority].get(key);
      if (since !== undefined) return { line: lane[priority], priority, since };
    }
    return undefined;
  }

  /** A key changes its lane only while it is worked on, when it waits nowhere. */
  #lane(key: string): Lines {
    return this.#slow.has(key) ? this.#waiting.slow : this.#waiting.quick;
  }

  #allLines(): Map<string, number>[] {
    return [this.#waiting.quick, this.#waiting.slow].flatMap((lane) => Object.values(lane));
  }

  #markDirty(key: string, priority: Priority): void {
    const known = this.#dirty.get(key);
    if (known === undefined) this.#observer.added?.();
    if (known === undefined || isHigher(priority, known)) this.#dirty.set(key, priority);
  }

  #enqueue(key: string, priority: Priority, since: number | undefined): void {
    if (since === undefined) this.#observer.added?.();
    this.#lane(key)[priority].set(key, since ?? this.#clock.monotonic());
    this.#serve();
  }

  /** Gives keys to workers that wait. */
  #serve(): void {
    while (this.#takers.length > 0) {
      const next = this.#next();
      if (next === undefined) return;
      this.#takers.shift()?.(next);
    }
  }

  #next(): string | undefined {
    const { quick, slow } = this.#waiting;
    const mayBeSlow = this.#slowWorking < this.#slowAtOnce;
    const order = priorities.flatMap((priority) => (mayBeSlow ? [quick[priority], slow[priority]] : [quick[priority]]));
    const isTurnOfTheOldest = (this.#taken + 1) % turnOfTheOldest === 0;
    const line = isTurnOfTheOldest ? oldest(order) : order.find(({ size }) => size > 0);
    return line && this.#first(line);
  }

  #first(line: Map<string, number>): string | undefined {
    for (const [key, since] of line) {
      line.delete(key);
      const now = this.#clock.monotonic();
      this.#working.set(key, now);
      this.#taken += 1;
      if (!this.#told.delete(key)) this.#byTime.add(key);
      if (this.#slow.has(key)) this.#slowWorking += 1;
      this.#observer.started?.(now - since);
      return key;
    }
    return undefined;
  }

  #undelay(key: string): void {
    this.#delayed.get(key)?.cancel();
    this.#delayed.delete(key);
  }
}

function lines(): Lines {
  return { change: new Map(), retry: new Map(), recheck: new Map(), background: new Map() };
}

/** The line whose first key has waited longest; of equal ones the last. */
function oldest(all: readonly Map<string, number>[]): Map<string, number> | undefined {
  const sinceOf = (line: Map<string, number>): number => line.values().next().value ?? Number.POSITIVE_INFINITY;
  return all
    .filter(({ size }) => size > 0)
    .reduceRight<Map<string, number> | undefined>(
      (found, line) => (found === undefined || sinceOf(line) < sinceOf(found) ? line : found),
      undefined,
    );
}

function isHigher(one: Priority, other: Priority): boolean {
  return priorities.indexOf(one) < priorities.indexOf(other);
}
