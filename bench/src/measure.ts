/** One measured figure beside the reference that ran in the same process group and minute. */
export interface Measure {
  /** What is measured, e.g. `tagging.throughput`. */
  readonly name: string;
  readonly value: number;
  /** Unit of `value` and `reference`, e.g. `MB/s`, `ms`. */
  readonly unit: string;
  /** The same figure of the reference. */
  readonly reference: number;
  /** What the reference is, for people. */
  readonly referenceName: string;
  /** The ratio that is good enough: `value / reference` at least (`min`) or at most (`max`) this. */
  readonly goal: { readonly min: number } | { readonly max: number };
}

/** A benchmark: it runs its reference itself and answers with one or more measures. */
export interface BenchCase {
  readonly name: string;
  readonly summary: string;
  run(): Promise<readonly Measure[]>;
}

/** `value / reference`; a reference of zero is no reference, and its ratio is infinite. */
export function ratioOf(measure: Measure): number {
  return measure.value / measure.reference;
}

export function isMet(measure: Measure): boolean {
  const ratio = ratioOf(measure);
  return 'min' in measure.goal ? ratio >= measure.goal.min : ratio <= measure.goal.max;
}

function goalText(goal: Measure['goal']): string {
  return 'min' in goal ? `>=${goal.min}` : `<=${goal.max}`;
}

const round = (value: number): number => Number(value.toPrecision(4));

/** One line a measure: `name value unit reference ratio goal met`. */
export function asLine(measure: Measure): string {
  const { name, value, unit, reference, goal } = measure;
  return [
    name,
    round(value),
    unit,
    round(reference),
    round(ratioOf(measure)),
    goalText(goal),
    isMet(measure) ? 'yes' : 'no',
  ].join(' ');
}

/** The same as one JSON object with the keys of the line. */
export function asJson(measure: Measure): string {
  const { name, value, unit, reference, referenceName, goal } = measure;
  return JSON.stringify({
    name,
    value: round(value),
    unit,
    reference: round(reference),
    referenceName,
    ratio: round(ratioOf(measure)),
    goal: goalText(goal),
    met: isMet(measure),
  });
}

/** Median of the values; used instead of the mean because machines are shared. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
