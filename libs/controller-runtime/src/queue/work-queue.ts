import { systemClock, type CancelTimer, type Clock } from '../clock/clock.ts';
import { Backoff } from './backoff.ts';

/** Fresh changes go before lists and resyncs, so that a restart or a resync never delays a user's change. */
export type Priority = 'change' | 'background';

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
}

type Delayed = { at: number; priority: Priority; cancel: CancelTimer };

/**
 * Keys waiting to be worked on.
 *
 * - A key waits at most once, however often it is added; the higher priority wins.
 * - A key is never given to two workers: added while being worked on, it waits again when that work is done.
 * - Adding a key now supersedes its delayed add: the work will decide anew when to come back.
 * - Among equals, first come, first served. `change` goes before `background`.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #observer: QueueObserver;
  readonly #waiting: Record<Priority, Map<string, number>> = { change: new Map(), background: new Map() };
  readonly #working = new Map<string, number>();
  readonly #dirty = new Map<string, Priority>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #failures = new Map<string, number>();
  #takers: ((key: string | undefined) => void)[] = [];
  #whenIdle: (() => void)[] = [];
  #closed = false;

  constructor(options: WorkQueueOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#backoff = options.backoff ?? new Backoff();
    this.#observer = options.observer ?? {};
  }

  /** Keys that wait now; delayed ones are not counted. */
  get depth(): number {
    return this.#waiting.change.size + this.#waiting.background.size;
  }

  /** Keys of one priority that wait now. */
  depthOf(priority: Priority): number {
    return this.#waiting[priority].size;
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

  /** Adds a key to be worked on as soon as possible. */
  add(key: string, priority: Priority = 'change'): void {
    if (this.#closed) return;
    this.#undelay(key);
    if (this.#working.has(key)) {
      if (this.#dirty.get(key) !== 'change') this.#markDirty(key, priority);
      return;
    }
    if (this.#waiting.change.has(key)) return;
    const queuedAt = this.#waiting.background.get(key);
    if (queuedAt !== undefined && priority === 'background') return;
    this.#waiting.background.delete(key);
    this.#enqueue(key, priority, queuedAt);
  }

  /** Adds a key after `ms` milliseconds. Ignored if it waits already; the earlier of two delays counts. */
  addAfter(key: string, ms: number, priority: Priority = 'change'): void {
    if (this.#closed || this.#isPending(key)) return;
    if (ms <= 0) {
      this.add(key, priority);
      return;
    }
    const at = this.#clock.monotonic() + ms;
    const known = this.#delayed.get(key);
    if (known !== undefined && known.at <= at) return;
    this.#undelay(key);
    const cancel = this.#clock.after(ms, () => {
      this.add(key, priority);
    });
    this.#delayed.set(key, { at, priority, cancel });
  }

  /** Counts a failure of the key and adds it after its back-off, or after `atLeastMs` if that is longer. Answers the delay. */
  retry(key: string, atLeastMs = 0): number {
    const failures = this.failures(key) + 1;
    this.#failures.set(key, failures);
    const delay = Math.max(atLeastMs, this.#backoff.delay(failures));
    this.#observer.retried?.();
    this.addAfter(key, delay);
    return delay;
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
    this.#working.delete(key);
    this.#observer.finished?.(this.#clock.monotonic() - since);
    const again = this.#dirty.get(key);
    this.#dirty.delete(key);
    if (again !== undefined && !this.#closed) this.#enqueue(key, again, undefined);
    if (this.#working.size === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** Takes no more keys and gives none out: what waits is dropped, since the next leader starts with everything anyway. */
  shutdown(): void {
    this.#closed = true;
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    this.#dirty.clear();
    this.#waiting.change.clear();
    this.#waiting.background.clear();
    for (const resolve of this.#takers.splice(0)) resolve(undefined);
  }

  /** Resolves when nothing is being worked on. */
  async drained(): Promise<void> {
    if (this.#working.size === 0) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  #isPending(key: string): boolean {
    return this.#dirty.has(key) || this.#waiting.change.has(key) || this.#waiting.background.has(key);
  }

  #markDirty(key: string, priority: Priority): void {
    if (!this.#dirty.has(key)) this.#observer.added?.();
    this.#dirty.set(key, priority);
  }

  #enqueue(key: string, priority: Priority, since: number | undefined): void {
    if (since === undefined) this.#observer.added?.();
    this.#waiting[priority].set(key, since ?? this.#clock.monotonic());
    const taker = this.#takers.shift();
    if (taker !== undefined) taker(this.#next());
  }

  #next(): string | undefined {
    const line = this.#waiting.change.size > 0 ? this.#waiting.change : this.#waiting.background;
    for (const [key, since] of line) {
      line.delete(key);
      const now = this.#clock.monotonic();
      this.#working.set(key, now);
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
