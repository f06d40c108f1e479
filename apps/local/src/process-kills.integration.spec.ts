import { expect, it } from 'vitest';
import { reportText, runKills } from '../test/kills/run.ts';

const jobs = 600;

it('no promised job is lost and each has one effect, whichever process is killed', async () => {
  const report = await runKills({ jobs, kills: 7, seed: 7, tell: () => undefined });
  console.log(reportText(report));
  expect(report).toMatchObject({ lost: [], wrong: [], surprises: [] });
  // Each of the six in turn, and all of them at once.
  expect(Object.values(report.killed)).toEqual(Array(7).fill(1));
  // Every page was made by a worker, and not told by whoever remembered it.
  expect(report.fetches).toBeGreaterThanOrEqual(jobs);
}, 400_000);
