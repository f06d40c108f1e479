import type { World } from '../bed/world.ts';
import type { Options } from '../options.ts';
import { playReferences } from '../plans/suite.ts';
import { renderedRoles } from '../rbac/chart.ts';
import { DECLARED, reasonFor } from '../rbac/declared.ts';
import { missingIn, rightsOf, rightText, usedRights } from '../rbac/rights.ts';
import { refusals } from '../rbac/refusals.ts';
import { RUN_NAMES } from '../runs/runs.ts';
import type { Counts, Say } from './suite.ts';

/** What the chart grants is what the runs use; and each right that is taken away is named in a condition. */
export async function rightsSuite(world: World, options: Options, say: Say): Promise<Counts> {
  const least = await leastRights(world, options, say);
  const named = await refusals(world, options, say);
  return { passed: least.passed + named.passed, failed: least.failed + named.failed };
}

async function leastRights(world: World, options: Options, say: Say): Promise<Counts> {
  await playReferences(world, RUN_NAMES, options.jobs);
  const used = usedRights(world.proxy.history);
  const granted = rightsOf(await renderedRoles());
  const unused = missingIn(granted, used).filter((right) => reasonFor(right) === undefined);
  const refused = missingIn(used, granted);
  for (const right of DECLARED) say(`declared: ${rightText(right)}: ${right.reason}`);
  for (const right of unused) say(`FAILED granted and not used: ${rightText(right)}`);
  for (const right of refused) say(`FAILED used and not granted: ${rightText(right)}`);
  say(
    `${String(granted.length)} rights granted, ${String(used.length)} used in ${String(world.proxy.history.length)} requests`,
  );
  return {
    passed: [unused, refused].filter(({ length }) => length === 0).length,
    failed: unused.length + refused.length,
  };
}
