import { median } from '../statistics.ts';

/** A value at a time. */
export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

const HOUR_MS = 3_600_000;

/** How fast values grow, per hour: the median of the slopes of all pairs (Theil and Sen), which a few odd values do not move. NaN below two. */
export function slopePerHour(samples: readonly Sample[]): number {
  const slopes = samples.flatMap((early, index) =>
    samples.slice(index + 1).map((late) => (HOUR_MS * (late.value - early.value)) / (late.atMs - early.atMs)),
  );
  return median(slopes);
}
