import type { Clock } from '../clock/clock.ts';

/** Aborts its signal when nobody resets it for `ms`, when told to, or when the outer signal aborts. */
export class Watchdog {
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #outer: AbortSignal;
  readonly #onOuter = (): void => {
    this.#controller.abort(this.#outer.reason);
  };
  #last: number;
  #cancel: () => void;
  /** Why it ended the watch by itself; undefined while it has not. */
  barked: string | undefined;

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

  bark(why: string): void {
    this.barked ??= why;
    this.#controller.abort();
  }

  stop(): void {
    this.#cancel();
    this.#outer.removeEventListener('abort', this.#onOuter);
    this.#controller.abort();
  }

  #arm(ms: number): () => void {
    return this.#clock.after(ms, () => {
      const left = this.#last + this.#ms - this.#clock.monotonic();
      if (left > 0) this.#cancel = this.#arm(left);
      else this.bark(`nothing came for ${this.#ms.toString()} ms`);
    });
  }
}
