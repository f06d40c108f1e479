import type { World } from '../bed/world.ts';
import { requestLine } from '../plans/execute.ts';
import type { Reference } from '../plans/reference.ts';
import { playReferences } from '../plans/suite.ts';
import type { RunName } from '../runs/runs.ts';
import { checkRequests } from '../oracle/requests.ts';
import type { Counts, Say } from './suite.ts';

/** Shows what the operator asks of the API server in one run without faults, and checks it. */
export async function tableSuite(world: World, run: RunName, say: Say): Promise<Counts> {
  const references = await playReferences(world, [run], 1);
  const reference = references.get(run) as Reference;
  say(`requests of the run ${run}:`);
  for (const entry of reference.requests) say(`  ${requestLine(entry)}`);
  const problems = checkRequests(reference.requests);
  for (const problem of problems) say(`FAILED ${problem}`);
  say(`${String(reference.requests.length)} requests, ${String(reference.writes.length)} of them writes`);
  return { passed: problems.length === 0 ? 1 : 0, failed: problems.length };
}
