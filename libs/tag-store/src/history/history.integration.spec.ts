import { expect, it } from 'vitest';
import { check, reportText } from '../../test/history/check.ts';
import { recordHistory } from '../../test/history/run.ts';

it('keeps every acknowledged result through the kill, the freeze and the partition of its primary', async () => {
  const report = check(
    await recordHistory({ seed: 1, faults: ['kill', 'freeze', 'partition'], clients: 24, calmMs: 800 }),
  );
  console.log(reportText(report));
  expect(report.violations).toEqual([]);
  expect(report).toMatchObject({ lost: 0, failovers: 3 });
  // A run in which little happened, or in which no fault was felt, shows nothing.
  expect(report.durable).toBeGreaterThan(200);
  expect(report.unknown + report.refused).toBeGreaterThan(0);
  expect(report.fenced).toBe(10);
});
