/** Retries that are let through for each first try. */
const SHARE = 0.1;
/** What a quiet caller may save up. */
const MOST_SAVED = 20;

/**
 * What repeats of requests may cost while requests are refused: a tenth of the first tries. Without a bound the repeats of what was refused keep an
 * overload going after its cause has gone. Pure.
 */
export class RetryBudget {
  private saved = MOST_SAVED;

  /** A request that is no repeat has come. */
  firstTry(): void {
    this.saved = Math.min(MOST_SAVED, this.saved + SHARE);
  }

  /** Whether a repeat may be worked on; takes from the budget if so. */
  passes(): boolean {
    if (this.saved < 1) return false;
    this.saved -= 1;
    return true;
  }
}
