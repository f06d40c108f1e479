import { ConnectionEnded } from './errors.ts';

/** What stands between an entrance's clients and the API server. */
export class Gate {
  #state: 'open' | 'partitioned' | 'cut' = 'open';
  #change = Promise.withResolvers<undefined>();

  get state(): 'open' | 'partitioned' | 'cut' {
    return this.#state;
  }

  turn(state: 'open' | 'partitioned' | 'cut'): void {
    this.#state = state;
    this.#change.resolve(undefined);
    this.#change = Promise.withResolvers();
  }

  /** Waits while partitioned. Undefined if there is nothing to wait for: the way of every event. Throws ConnectionEnded when cut. */
  pass(ended: Promise<never>): Promise<void> | undefined {
    if (this.#state === 'open') return undefined;
    return this.#wait(ended);
  }

  async #wait(ended: Promise<never>): Promise<void> {
    while (this.#state === 'partitioned') await Promise.race([this.#change.promise, ended]);
    if (this.#state === 'cut') throw new ConnectionEnded('the entrance is cut');
  }
}
