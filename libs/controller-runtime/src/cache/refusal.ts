import { isForbidden, type ApiError } from '../client/errors.ts';
import type { CancelTimer, Clock } from '../clock/clock.ts';
import { StoreRefusedError } from './refusable-store.ts';

export interface RefusalOptions {
  /** As `apps/v1/deployments`. */
  resource: string;
  clock: Clock;
  /** How long the server has to refuse until it is believed: right after its start it refuses everybody for a moment. */
  believedAfterMs: number;
  /** Why the kind cannot be followed right now; undefined while it can. */
  problem: () => unknown;
  /** Called when `error` is another. */
  changed: (error: StoreRefusedError | undefined) => void;
}

/** Whether a kind is refused (403). Once that is certain it stands until the kind can be followed again, whatever else fails meanwhile. */
export class Refusal {
  readonly #options: RefusalOptions;
  #error: StoreRefusedError | undefined;
  #cancel: CancelTimer | undefined;

  constructor(options: RefusalOptions) {
    this.#options = options;
  }

  /** What whoever needs the kind has to be told; the same object for as long as the server says the same. */
  get error(): StoreRefusedError | undefined {
    return this.#error;
  }

  /** The problem may be another. */
  look(): void {
    const problem = this.#options.problem();
    if (problem === undefined) this.#end();
    else if (!isForbidden(problem)) return;
    else if (this.#error === undefined) this.#doubt();
    else this.#set(problem);
  }

  /** Nobody looks any more. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #doubt(): void {
    const { clock, believedAfterMs, problem } = this.#options;
    this.#cancel ??= clock.after(believedAfterMs, () => {
      this.#cancel = undefined;
      const error = problem();
      if (isForbidden(error)) this.#set(error);
    });
  }

  #set(refusal: ApiError): void {
    const error = new StoreRefusedError(this.#options.resource, refusal);
    if (error.message === this.#error?.message) return;
    this.#error = error;
    this.#options.changed(error);
  }

  #end(): void {
    this.stop();
    if (this.#error === undefined) return;
    this.#error = undefined;
    this.#options.changed(undefined);
  }
}
