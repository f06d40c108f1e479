import { describe, expect, it } from 'vitest';
import { workOf } from './work-log.ts';

describe('the log of compute', () => {
  it('says of each job how long fetching and tagging took', () => {
    const line = (fields: object): string => JSON.stringify({ level: 'info', ...fields });
    const log = [
      line({ msg: 'listening' }),
      line({ msg: 'job ended', jobId: `page-${'0'.repeat(15)}1`, fetchMs: 2.5, tagMs: 4 }),
      line({ msg: 'job ended', jobId: `page-${'0'.repeat(15)}2`, fetchMs: 1, tagMs: 0.25 }),
      '',
    ].join('\n');
    expect([...workOf(log)]).toEqual([
      ['0000000000000001', 6.5],
      ['0000000000000002', 1.25],
    ]);
  });
});
