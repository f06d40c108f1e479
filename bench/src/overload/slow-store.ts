import { setTimeout as after } from 'node:timers/promises';

/** Work of a fixed time by a fixed number of hands, first come, first served: a server with a known capacity, behind the one that is measured. */
export class Hands {
  readonly #free: (() => void)[] = [];
  readonly #serviceMs: number;
  #idle: number;

  constructor({ hands, serviceMs }: { readonly hands: number; readonly serviceMs: number }) {
    this.#idle = hands;
    this.#serviceMs = serviceMs;
  }

  /** Resolves when the work is done; waits as long as all hands are busy. */
  async work(): Promise<void> {
    if (this.#idle > 0) this.#idle -= 1;
    else await new Promise<void>((resolve) => this.#free.push(resolve));
    await after(this.#serviceMs);
    const next = this.#free.shift();
    if (next === undefined) this.#idle += 1;
    else next();
  }
}
