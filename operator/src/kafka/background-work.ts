import type { Clock } from '@tagservice/controller-runtime';

type Entry<Output> = { fingerprint: string; output?: Output; finishedAt?: number; running?: Promise<void> };

export type BackgroundWorkOptions<Input, Output> = {
  /** Does the work; gets the last result for the same input, if there was one. Must end by itself within a bounded time and must not reject. */
  readonly run: (input: Input, before: Output | undefined) => Promise<Output>;
  /** How long a result may be given out again, in milliseconds. */
  readonly freshForMs: (output: Output) => number;
  /** How long a caller waits for a run before it goes on without, in milliseconds. */
  readonly patienceMs: number;
  readonly clock: Clock;
  /** Called when a run ends after its caller went on, so that the caller can look again. */
  readonly finished: (key: string) => void;
};

/**
 * Work on something slow outside the cluster, kept off the reconcile: a caller gets the last result, or a new one if that
 * takes no longer than its patience. At most one run per key at a time, whoever asks.
 */
export class BackgroundWork<Input, Output> {
  readonly #options: BackgroundWorkOptions<Input, Output>;
  readonly #entries = new Map<string, Entry<Output>>();

  constructor(options: BackgroundWorkOptions<Input, Output>) {
    this.#options = options;
  }

  /**
   * The result for an input. `fingerprint` tells inputs apart: a result of another fingerprint is never given out. Undefined: the first
   * run for it is still under way, and `finished` will be called.
   */
  async result(key: string, fingerprint: string, input: Input): Promise<Output | undefined> {
    const known = this.#entries.get(key);
    if (known?.fingerprint === fingerprint && this.#isFresh(known)) return known.output;
    const entry = known?.running === undefined ? this.#begin(key, { fingerprint, input }) : known;
    const ended = await this.#patiently(entry);
    // A run that was under way for another input does not count: its end brings the caller back, which then begins its own.
    if (!ended || entry.fingerprint !== fingerprint) this.#callBack(key, entry);
    return entry.fingerprint === fingerprint ? entry.output : undefined;
  }

  /** Whether a run for a key is under way. */
  busy(key: string): boolean {
    return this.#entries.get(key)?.running !== undefined;
  }

  /** Drops what is known about a key. */
  forget(key: string): void {
    this.#entries.delete(key);
  }

  #isFresh({ output, finishedAt, running }: Entry<Output>): boolean {
    if (output === undefined || finishedAt === undefined || running !== undefined) return false;
    return this.#options.clock.monotonic() - finishedAt < this.#options.freshForMs(output);
  }

  #begin(key: string, { fingerprint, input }: { fingerprint: string; input: Input }): Entry<Output> {
    const before = this.#entries.get(key);
    const entry: Entry<Output> = { fingerprint };
    if (before?.fingerprint === fingerprint && before.output !== undefined) entry.output = before.output;
    entry.running = this.#options.run(input, entry.output).then((output) => {
      entry.output = output;
      entry.finishedAt = this.#options.clock.monotonic();
      delete entry.running;
    });
    this.#entries.set(key, entry);
    return entry;
  }

  /** True when the run of an entry ended within the patience. */
  async #patiently({ running }: Entry<Output>): Promise<boolean> {
    if (running === undefined) return true;
    const { clock, patienceMs } = this.#options;
    const { promise: limit, resolve } = Promise.withResolvers<false>();
    const cancel = clock.after(patienceMs, () => {
      resolve(false);
    });
    const ended = await Promise.race([running.then(() => true), limit]);
    cancel();
    return ended;
  }

  #callBack(key: string, { running = Promise.resolve() }: Entry<Output>): void {
    void running.then(() => {
      this.#options.finished(key);
    });
  }
}
