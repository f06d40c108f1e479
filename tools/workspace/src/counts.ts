/** What a suite of tests ended with. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

export const noTests: Counts = { passed: 0, failed: 0 };

export function add(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed };
}

/** The closing line every suite of this project ends with. */
export function closingLine({ passed, failed }: Counts): string {
  return `${passed} passed, ${failed} failed`;
}

/** Reads the last closing line in what a suite printed; `undefined` if there is none, which is never a success. */
export function readClosingLine(output: string): Counts | undefined {
  const found = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  return found && { passed: Number(found[1]), failed: Number(found[2]) };
}

/** What a suite ended with, and a line for each failure that it named. */
export interface Outcome extends Counts {
  readonly failures: readonly string[];
}

/**
 * The outcome of a suite that prints `FAILED <name ...>` for each failure and ends with its closing line.
 * Without a closing line, and where it ended badly although it counted no failure, that is a failure too.
 */
export function outcomeOfOutput(suite: string, code: number, output: string): Outcome {
  const failures = [...output.matchAll(/^ *FAILED (.+)$/gm)].map(([, named = '']) => named);
  const counts = readClosingLine(output);
  return counts
    ? withExitCode(suite, code, { ...counts, failures })
    : {
        passed: 0,
        failed: 1,
        failures: [...failures, `${suite} printed no counts and ended with code ${String(code)}`],
      };
}

/** An error outside every test (an unhandled rejection, a process that could not start) fails a suite without failing a test. */
function withExitCode(suite: string, code: number, outcome: Outcome): Outcome {
  if (code === 0 || outcome.failed > 0) return outcome;
  const failures = [...outcome.failures, `${suite} ended with code ${String(code)}, outside every test`];
  return { passed: outcome.passed, failed: 1, failures };
}

/** The part of vitest's JSON report that is read here. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** A file that failed before its first test (a syntax error, a failed import) has no tests to count: it counts as one failure. */
export function outcomeOfVitest(suite: string, code: number, report: VitestReport | undefined): Outcome {
  if (!report) return withExitCode(suite, code, { ...noTests, failures: [] });
  const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) =>
    status === 'failed' && assertionResults.length === 0
      ? [`${name}: ${firstLine(message)}`]
      : assertionResults
          .filter((test) => test.status === 'failed')
          .map((test) => `${name} > ${test.fullName}: ${firstLine(test.failureMessages[0] ?? 'no message')}`),
  );
  return withExitCode(suite, code, { passed: report.numPassedTests, failed: failures.length, failures });
}

function firstLine(text: string): string {
  return text.replace(/\n.*/s, '');
}
