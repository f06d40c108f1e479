import type { Counts, Say } from '../suites/suite.ts';

/** Counts what passed, and tells what failed when it does. */
export class Tally {
  readonly #say: Say;
  #passed = 0;
  #failed = 0;

  constructor(say: Say) {
    this.#say = say;
  }

  /** One thing that was tried: it passed when there is no problem. */
  add(problems: readonly string[]): void {
    if (problems.length === 0) this.#passed += 1;
    else this.#failed += 1;
    for (const problem of problems) this.#say(`FAILED ${problem}`);
  }

  get counts(): Counts {
    return { passed: this.#passed, failed: this.#failed };
  }
}
