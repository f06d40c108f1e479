import { countsIn, numberIn, type Line } from '../process/lines.ts';

/** What an operator of the benchmark, in Go or in TypeScript, says of itself. All figures count from its start. */
export interface OperatorReport {
  readonly reconciles: number;
  readonly failures: number;
  /** HTTP requests sent, the opening of watches included. */
  readonly requests: number;
  /** Of these the ones that were not reads. */
  readonly writes: number;
}

/** Reads an operator's line. */
export function parseReport(line: Line): OperatorReport {
  const requests = countsIn(line, 'requests');
  const sum = (methods: readonly string[]): number =>
    methods.reduce((total, method) => total + (requests[method] ?? 0), 0);
  return {
    reconciles: numberIn(line, 'reconciles'),
    failures: numberIn(line, 'failures'),
    requests: sum(Object.keys(requests)),
    writes: sum(Object.keys(requests).filter((method) => method !== 'GET')),
  };
}

/** What happened between two reports. */
export function since(before: OperatorReport, after: OperatorReport): OperatorReport {
  return {
    reconciles: after.reconciles - before.reconciles,
    failures: after.failures - before.failures,
    requests: after.requests - before.requests,
    writes: after.writes - before.writes,
  };
}
