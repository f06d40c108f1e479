import { percentile } from '../plans/report.ts';
import { quantileOf } from './quantile.ts';

/** What changes took, in milliseconds: without and beside something, one after the other. */
export type Turn = { readonly without: readonly number[]; readonly beside: readonly number[] };

/** How much slower the slowest hundredth is beside something, as a ratio, and between which ratios that lies with 95 % certainty. */
export type Comparison = { readonly ratio: number; readonly low: number; readonly high: number };

const SAMPLES = 500;

/**
 * Compares the slowest hundredths of two sorts of rounds. The ten slowest of some hundred changes are few, and a machine has its slow minutes: the same
 * thing measured twice differs by a fifth. So whole turns are drawn with replacement, again and again (a cluster bootstrap): how much the
 * ratio differs between the draws says how certain it is. `random` gives numbers from 0 to 1.
 */
export function compareSlowest(turns: readonly Turn[], random: () => number): Comparison {
  const draws = Array.from({ length: SAMPLES }, () =>
    ratioOf(turns.map(() => turns[Math.floor(random() * turns.length)] ?? { without: [], beside: [] })),
  );
  const [low = Number.NaN, high = Number.NaN] = [0.025, 0.975].map((share) => percentile(draws, share));
  return { ratio: ratioOf(turns), low, high };
}

function ratioOf(turns: readonly Turn[]): number {
  const [without = Number.NaN, beside = Number.NaN] = [
    turns.flatMap((turn) => turn.without),
    turns.flatMap((turn) => turn.beside),
  ].map((times) => quantileOf(times, 0.99));
  return beside / without;
}
