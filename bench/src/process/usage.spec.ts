import { describe, expect, it } from 'vitest';
import { BenchFailure } from '../errors.ts';
import { parseUsage, usageOf } from './usage.ts';

const stat =
  '4242 (my (odd) name) S 1 4242 4242 0 -1 4194560 1000 0 3 0 250 50 7 8 20 0 11 0 123456 1000000 2500 18446744073709551615 1 1 0';
const status = `Name:\tmy (odd) name
VmPeak:\t  900000 kB
VmHWM:\t  204800 kB
VmRSS:\t  102400 kB
RssAnon:\t   51200 kB
RssFile:\t   51200 kB
`;

describe('what a process has used', () => {
  it('is user and system time in seconds, without that of its children, and memory in MiB', () => {
    expect(parseUsage(stat, status)).toEqual({ cpuSeconds: 3, rssMiB: 100, anonymousMiB: 50, peakMiB: 200 });
  });

  it('is told by the kernel of this very process', () => {
    const mine = usageOf(process.pid);
    const own = process.cpuUsage();
    expect(mine.cpuSeconds).toBeGreaterThan(0);
    expect(mine.cpuSeconds).toBeLessThanOrEqual((own.user + own.system) / 1e6 + 0.02);
    expect(mine.rssMiB).toBeGreaterThan(20);
    expect(mine.anonymousMiB).toBeLessThan(mine.rssMiB);
    expect(mine.peakMiB).toBeGreaterThanOrEqual(mine.rssMiB);
  });

  it('is not made up for a process that has ended: the kernel tells no memory of a zombie', () => {
    expect(() => parseUsage(stat, 'Name:\tgone\nState:\tZ (zombie)\n')).toThrow(BenchFailure);
    expect(() => parseUsage('', status)).toThrow(BenchFailure);
  });
});
