/**
 * What is good enough. `min` and `max` judge the ratio `value / reference`; `atLeast` and `atMost` judge the value itself, in its unit.
 */
export type Goal =
  { readonly min: number } | { readonly max: number } | { readonly atLeast: number } | { readonly atMost: number };

/** One measured figure beside the reference that ran in the same process group and minute. */
export interface Measure {
  /** What is measured, e.g. `tagging.throughput`. */
  readonly name: string;
  readonly value: number;
  /** Unit of `value` and `reference`, e.g. `MB/s`, `ms`. */
  readonly unit: string;
  /** The same figure of the reference; absent where nothing comparable exists. */
  readonly reference?: number;
  /** What the reference is, for people. */
  readonly referenceName?: string;
  /** Absent: for information. */
  readonly goal?: Goal;
}

/** How a benchmark is run. */
export interface BenchOptions {
  /** Share of the full load (1). Less is for trying a benchmark out; such figures are not recorded. */
  readonly scale: number;
}

/** A benchmark: it runs its reference itself and answers with one or more measures. */
export interface BenchCase {
  readonly name: string;
  readonly summary: string;
  run(options: BenchOptions): Promise<readonly Measure[]>;
}

/** `value / reference`; a reference of zero is no reference, and its ratio is infinite; without one it is not a number. */
export function ratioOf(measure: Measure): number {
  return measure.value / (measure.reference ?? Number.NaN);
}

/** A figure for information cannot miss a goal; one that is not a number misses every goal. */
export function isMet(measure: Measure): boolean {
  const { goal, value } = measure;
  if (goal === undefined) return true;
  if ('min' in goal) return ratioOf(measure) >= goal.min;
  if ('max' in goal) return ratioOf(measure) <= goal.max;
  if ('atLeast' in goal) return value >= goal.atLeast;
  return value <= goal.atMost;
}

function goalText(goal: Goal): string {
  if ('min' in goal) return `>=${goal.min}`;
  if ('max' in goal) return `<=${goal.max}`;
  if ('atLeast' in goal) return `value>=${goal.atLeast}`;
  return `value<=${goal.atMost}`;
}

const round = (value: number): number => Number(value.toPrecision(4));
/** JSON has no word for what is not a number. */
const rounded = (value: number | undefined): number | undefined =>
  value === undefined || Number.isNaN(value) ? undefined : round(value);

/** One line a measure: `name value unit reference ratio goal met`; `-` where there is none. */
export function asLine(measure: Measure): string {
  const { name, value, unit, reference, goal } = measure;
  return [
    name,
    round(value),
    unit,
    rounded(reference) ?? '-',
    rounded(ratioOf(measure)) ?? '-',
    goal === undefined ? '-' : goalText(goal),
    goal === undefined ? '-' : isMet(measure) ? 'yes' : 'no',
  ].join(' ');
}

/** The same as one JSON object with the keys of the line; what there is none of is left out. */
export function asJson(measure: Measure): string {
  const { name, value, unit, reference, referenceName, goal } = measure;
  return JSON.stringify({
    name,
    value: round(value),
    unit,
    reference: rounded(reference),
    referenceName,
    ratio: rounded(ratioOf(measure)),
    goal: goal === undefined ? undefined : goalText(goal),
    met: goal === undefined ? undefined : isMet(measure),
  });
}
