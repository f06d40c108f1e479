/** Knows whether the server answers, and tells when it does so again. */
export class Reachability {
  readonly #onRecovered: (silent: boolean) => void;
  #lost: 'no' | 'broken' | 'silent' = 'no';

  constructor(onRecovered: (silent: boolean) => void) {
    this.#onRecovered = onRecovered;
  }

  /** Any answer at all came, be it a refusal. */
  answered(): void {
    if (this.#lost === 'no') return;
    const silent = this.#lost === 'silent';
    this.#lost = 'no';
    this.#onRecovered(silent);
  }

  /** A request got no answer: `timedOut` when nothing came, else the connection broke or was refused. */
  failed(timedOut: boolean): void {
    if (timedOut) this.#lost = 'silent';
    else if (this.#lost === 'no') this.#lost = 'broken';
  }
}
