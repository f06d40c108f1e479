/**
 * The value that `share` of all values do not exceed, by Harrell and Davis (1982): a mean of the values around that rank, weighted by how likely each of
 * them is to be the one. Of some hundred values the slowest hundredth is a handful, and the value at one rank of them is mostly chance; this mean
 * is less so. NaN when there is none.
 */
export function quantileOf(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN;
  const weights = weightsOf(values.length, share);
  const sorted = Float64Array.from(values).sort();
  return sorted.reduce((sum, value, rank) => sum + value * (weights[rank] ?? 0), 0);
}

/** Of the last question: many samples of the same size are asked about. */
let last = { key: '', weights: new Float64Array() };

/** Weights of the ranks, which add up to 1. */
function weightsOf(count: number, share: number): Float64Array {
  const key = `${String(count)} ${String(share)}`;
  if (last.key === key) return last.weights;
  const logarithms = Float64Array.from({ length: count }, (_, rank) => logDensity((rank + 0.5) / count, count, share));
  // Less the greatest, since the densities themselves are smaller than any number.
  const most = logarithms.reduce((one, other) => Math.max(one, other));
  const densities = logarithms.map((logarithm) => Math.exp(logarithm - most));
  const total = densities.reduce((sum, density) => sum + density, 0);
  last = { key, weights: densities.map((density) => density / total) };
  return last.weights;
}

/** Of a beta distribution at `x`, whose mean is the share and which is the narrower the more values there are; without its constant. */
function logDensity(x: number, count: number, share: number): number {
  return ((count + 1) * share - 1) * Math.log(x) + ((count + 1) * (1 - share) - 1) * Math.log(1 - x);
}
