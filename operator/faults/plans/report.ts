import type { PlanResult } from './execute.ts';
import { groupOf } from './plan.ts';
import type { Reference } from './reference.ts';

/** The value below which a share of the numbers lies (nearest rank); undefined of an empty list. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

const seconds = (ms: number | undefined): string => (ms === undefined ? '-' : `${(ms / 1_000).toFixed(2)} s`);
/** Times of plans whose fault happened: the others have nothing to recover from. */
const timesOf = (results: readonly PlanResult[]): number[] =>
  results
    .filter((result) => !isMissed(result))
    .map(({ convergedMs }) => convergedMs)
    .filter((ms) => ms !== undefined);

/** A line for each run and sort of fault. */
export function tableOf(results: readonly PlanResult[]): string {
  const rows = [...Map.groupBy(results, ({ plan }) => `${plan.run.padEnd(10)}${groupOf(plan).padEnd(22)}`)];
  const head = `${'run'.padEnd(10)}${'fault'.padEnd(22)}${'plans'.padStart(6)}${'hit'.padStart(6)}${'failed'.padStart(8)}${'p50'.padStart(10)}${'max'.padStart(10)}`;
  const lines = rows
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, group]) => {
      const times = timesOf(group);
      const counts = [group.length, group.filter(({ hits }) => hits > 0).length, failuresOf(group).length];
      const widths = [6, 6, 8];
      const numbers = counts.map((count, index) => String(count).padStart(widths[index] ?? 6)).join('');
      return `${name}${numbers}${seconds(percentile(times, 0.5)).padStart(10)}${seconds(percentile(times, 1)).padStart(10)}`;
    });
  return [head, ...lines].join('\n');
}

export const failuresOf = (results: readonly PlanResult[]): PlanResult[] =>
  results.filter(({ failure }) => failure !== undefined);

/** Whether the state was reached without the fault of the plan, which proves nothing. */
const isMissed = ({ failure, hits }: PlanResult): boolean => failure === undefined && hits === 0;

export const missedOf = (results: readonly PlanResult[]): PlanResult[] => results.filter(isMissed);

/** A plan whose fault did not happen, on a line. */
export const missedLine = ({ plan }: PlanResult): string => `NOT COUNTED ${plan.id}: its fault never happened`;

/** The limit of the slowest hundredth, in milliseconds. */
export const P99_LIMIT_MS = 10_000;

/** The slowest hundredth of all plans; undefined where none was played. */
export const slowestOf = (results: readonly PlanResult[]): number | undefined => percentile(timesOf(results), 0.99);

/** Runs without faults that broke a rule, which is where all plans would lead. */
export const brokenReferences = (references: readonly Pick<Reference, 'run' | 'violations'>[]): string[] =>
  references
    .filter(({ violations }) => violations.length > 0)
    .map(({ run, violations }) => `FAILED reference ${run}: a status breaks the rules: ${violations.join('; ')}`);

/** Each plan counts, and the slowest hundredth of them together. */
export function countsOf(results: readonly PlanResult[]): { passed: number; failed: number; missed: number } {
  const [failed, missed] = [failuresOf(results).length, missedOf(results).length];
  const slowest = slowestOf(results);
  const [quick, slow] = slowest === undefined ? [0, 0] : slowest > P99_LIMIT_MS ? [0, 1] : [1, 0];
  return { passed: results.length - failed - missed + quick, failed: failed + slow, missed };
}

/** The figures of all plans together. */
export function summaryOf(results: readonly PlanResult[]): string {
  const times = timesOf(results);
  const [p50, p90, p99, max] = [0.5, 0.9, 0.99, 1].map((share) => seconds(percentile(times, share)));
  const statuses = results.reduce((sum, result) => sum + result.statuses, 0);
  const requests = results.map(({ requestsAtRest }) => requestsAtRest ?? 0);
  return [
    `convergence after the last fault: p50 ${p50 ?? '-'}, p90 ${p90 ?? '-'}, p99 ${p99 ?? '-'}, max ${max ?? '-'}`,
    `at rest: at most ${String(percentile(requests, 1) ?? 0)} requests, no writes where not told otherwise`,
    `the status oracle looked at ${String(statuses)} statuses`,
  ].join('\n');
}

/** Everything about a plan that failed, and how to repeat it. */
export function failureText({ plan, failure, hits }: PlanResult): string {
  if (failure === undefined) return '';
  const indented = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [`  ${title}:`, ...lines.map((line) => `    ${line}`)];
  return [
    `FAILED ${plan.id}: ${failure.reason} (the fault happened ${String(hits)} times)`,
    ...indented('details', failure.details),
    ...indented('last requests', failure.requests),
    ...indented('log', failure.log),
    `  again: npm run test:faults -- --only ${plan.id}`,
  ].join('\n');
}
