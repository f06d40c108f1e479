import { parseArgs } from 'node:util';
import { UsageError } from './errors.ts';
import { RUN_NAMES, RUNS, type RunName } from './runs/runs.ts';

/** What one call of the suite shall do. */
export type Options = {
  readonly suite: string;
  /** Most plans; undefined: all. */
  readonly plans: number | undefined;
  readonly seed: number;
  /** Runs, ids of plans or beginnings of ids; empty: all. */
  readonly only: readonly string[];
  readonly jobs: number;
  readonly restMs: number;
  /** The run whose requests are shown. */
  readonly table: RunName | undefined;
  /** TagServices of the suite `thousand`. */
  readonly services: number | undefined;
  readonly help: boolean;
};

export type Suite = { readonly name: string; readonly summary: string };

/** Text of `--help`. */
export function usage(suites: readonly Suite[]): string {
  const line = ({ name, summary }: Suite): string => `  ${name.padEnd(14)}${summary}`;
  return `usage: npm run test:faults -- [options]

Runs the operator on a real API server through a proxy that makes faults, and compares what it ends in with a run without faults.
The last line counts: N passed, N failed.

  --suite NAME    one of the suites below (default: plans)
  --plans N       a choice of N plans, the same for the same seed (default: all)
  --seed S        seed of the choice (default: 1)
  --only TEXT     a run, a plan by its id, or all plans whose id begins with TEXT; may be given again
  --jobs N        plans at once (default: 4)
  --rest SECONDS  how long each plan is watched at rest (default: 60)
  --table RUN     show the requests of one run without faults, and check them
  --services N    TagServices of the suite thousand (default: 1000)
  --help          this text

suites:
${suites.map(line).join('\n')}

runs:
${RUNS.map(line).join('\n')}

A plan is run/fault/where, for example create/crash-after/apply.deployments.demo-api.1.
`;
}

/** Reads the command line. Throws {@link UsageError}. */
export function parseOptions(args: readonly string[], suites: readonly Suite[]): Options {
  const { values } = parse(args);
  const suite = values.suite ?? 'plans';
  if (!suites.some(({ name }) => name === suite)) throw new UsageError(`--suite ${suite}: there is no such suite`);
  return {
    suite,
    plans: wholeIfGiven('--plans', values.plans),
    seed: whole('--seed', values.seed ?? '1'),
    only: values.only ?? [],
    jobs: whole('--jobs', values.jobs ?? '4'),
    restMs: whole('--rest', values.rest ?? '60') * 1_000,
    table: values.table === undefined ? undefined : runName(values.table),
    services: wholeIfGiven('--services', values.services),
    help: values.help ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        suite: { type: 'string' },
        plans: { type: 'string' },
        seed: { type: 'string' },
        only: { type: 'string', multiple: true },
        jobs: { type: 'string' },
        rest: { type: 'string' },
        table: { type: 'string' },
        services: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

const wholeIfGiven = (option: string, text: string | undefined): number | undefined =>
  text === undefined ? undefined : whole(option, text);

function whole(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new UsageError(`${option} ${text}: give a whole number from 1`);
  return number;
}

function runName(text: string): RunName {
  const name = RUN_NAMES.find((one) => one === text);
  if (name === undefined) throw new UsageError(`--table ${text}: the runs are ${RUN_NAMES.join(', ')}`);
  return name;
}
