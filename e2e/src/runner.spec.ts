import type { Cluster } from '@tagservice/cluster';
import { describe, expect, it } from 'vitest';
import { cases } from './cases.ts';
import { check, CheckFailed, type E2eCase } from './e2e-case.ts';
import { chooseCases, runCase } from './runner.ts';

const named = (name: string, run: E2eCase['run'] = () => Promise.resolve()): E2eCase => ({
  name,
  summary: `about ${name}`,
  run,
});
const nothing = { kubectl: () => Promise.reject(new Error('no cluster')) } as unknown as Cluster;

describe('choosing cases', () => {
  const all = [named('a'), named('b')];

  it('takes them in the order given, once each', () => {
    expect(chooseCases(all, ['b', 'a', 'b'])).toEqual([all[1], all[0]]);
  });

  it('takes every one for the word all', () => {
    expect(chooseCases(all, ['all'])).toEqual(all);
  });

  it('names the one that there is not', () => {
    expect(chooseCases(all, ['a', 'c'])).toEqual({ unknown: 'c' });
  });
});

describe('running a case', () => {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);

  it('says what it did and that it passed', async () => {
    lines.length = 0;
    const passing = named('good', ({ say }) => Promise.resolve(say('measured 3\nand 4')));
    expect(await runCase(passing, nothing, write)).toBe(true);
    expect(lines.join('\n')).toMatch(/good: about good\n {2}measured 3\n {2}and 4\n {2}passed good/);
  });

  it('says what was promised and not kept, and survives a cluster that is gone', async () => {
    lines.length = 0;
    const failing = named('bad', () => Promise.resolve(check(false, '3 pages were not tagged')));
    expect(await runCase(failing, nothing, write)).toBe(false);
    expect(lines.join('\n')).toContain('3 pages were not tagged');
    expect(lines.join('\n')).toContain('The cluster does not answer.');
  });
});

describe('the cases', () => {
  it('have names of their own and say what they show', () => {
    expect(new Set(cases.map((one) => one.name)).size).toBe(cases.length);
    expect(cases.every((one) => one.summary.length > 20)).toBe(true);
  });

  it('fail by a sentence', () => {
    expect(() => check(false, 'not so')).toThrow(CheckFailed);
    expect(() => check(true, 'so')).not.toThrow();
  });
});
