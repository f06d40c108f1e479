import type { CancelTimer, Clock } from './clock.ts';

type Timer = { at: number; order: number; task: () => void };

/** A clock that stands still until a test moves it. Timers run in order of their time, at that time. */
export class FakeClock implements Clock {
  #elapsed = 0;
  #order = 0;
  #wall: number;
  readonly #timers = new Set<Timer>();

  /** @param startMs wall-clock time at the start */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#wall = startMs;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(ms: number, task: () => void): CancelTimer {
    const timer = { at: this.#elapsed + Math.max(0, ms), order: this.#order++, task };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Timers waiting. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer; undefined without one. */
  get untilNext(): number | undefined {
    const next = this.#next(Number.POSITIVE_INFINITY);
    return next === undefined ? undefined : next.at - this.#elapsed;
  }

  /** Sets the wall clock without moving the monotonic one, as an administrator or NTP would. */
  setWall(ms: number): void {
    this.#wall = ms;
  }

  /** Moves time on, runs what falls due, and lets promises settle after each timer. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#moveTo(next.at);
      next.task();
      await settle();
    }
    this.#moveTo(end);
  }

  #next(until: number): Timer | undefined {
    let best: Timer | undefined;
    for (const timer of this.#timers) {
      if (
        timer.at <= until &&
        (best === undefined || timer.at < best.at || (timer.at === best.at && timer.order < best.order))
      )
        best = timer;
    }
    return best;
  }

  #moveTo(elapsed: number): void {
    this.#wall += elapsed - this.#elapsed;
    this.#elapsed = elapsed;
  }
}

/** Lets every promise that can settle without I/O do so: an immediate runs after all microtasks. */
async function settle(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
