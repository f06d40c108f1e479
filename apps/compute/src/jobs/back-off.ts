/** Bounds of the pause before another try, in milliseconds. */
export interface BackOffRange {
  readonly firstMs: number;
  readonly mostMs: number;
}

/**
 * The pause before try number `attempt` + 1: doubling from the first, up to the most, of which a random half is taken off, so that jobs that
 * failed together do not come back together.
 */
export function backOffMs(attempt: number, range: BackOffRange, random: () => number = Math.random): number {
  const full = Math.min(range.mostMs, range.firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full / 2 + (full / 2) * random());
}
