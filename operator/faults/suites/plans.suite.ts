import type { World } from '../bed/world.ts';
import type { Options } from '../options.ts';
import type { PlanResult } from '../plans/execute.ts';
import {
  brokenReferences,
  countsOf,
  failuresOf,
  failureText,
  missedLine,
  missedOf,
  P99_LIMIT_MS,
  slowestOf,
  summaryOf,
  tableOf,
} from '../plans/report.ts';
import { runsOf, selectPlans } from '../plans/select.ts';
import { playPlans, playReferences } from '../plans/suite.ts';
import type { Counts, Say } from './suite.ts';

const PROGRESS_EVERY = 10;

/** Every plan of the selection, in one world. */
export async function plansSuite(world: World, options: Options, say: Say): Promise<Counts> {
  const started = performance.now();
  const elapsed = (): string => `${((performance.now() - started) / 1_000).toFixed(0)} s`;
  const references = await playReferences(world, runsOf(options), Math.min(options.jobs, 3));
  for (const { run, writes, tookMs } of references.values())
    say(`reference ${run}: ${String(writes.length)} writes in ${String(Math.round(tookMs))} ms`);
  const plans = selectPlans([...references.values()], options);
  say(`${String(plans.length)} plans, ${String(options.jobs)} at once, seed ${String(options.seed)} (${elapsed()})`);
  const results: PlanResult[] = [];
  const done = (result: PlanResult): void => {
    results.push(result);
    if (result.failure !== undefined) say(failureText(result));
    if (results.length % PROGRESS_EVERY === 0)
      say(
        `${String(results.length)} of ${String(plans.length)} plans, ${String(failuresOf(results).length)} failed, ${elapsed()}`,
      );
  };
  await playPlans(world, { plans, references, jobs: options.jobs, restMs: options.restMs, done });
  for (const result of missedOf(results)) say(missedLine(result));
  say(`\n${tableOf(results)}\n\n${summaryOf(results)}`);
  const slowest = slowestOf(results) ?? 0;
  if (slowest > P99_LIMIT_MS)
    say(`FAILED convergence: p99 is ${String(Math.round(slowest))} ms, ${String(P99_LIMIT_MS)} is the limit`);
  const broken = brokenReferences([...references.values()]);
  for (const line of broken) say(line);
  const counts = countsOf(results);
  return { ...counts, failed: counts.failed + broken.length };
}
