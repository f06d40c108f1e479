import type { HistoryEntry } from '@tagservice/fault-proxy';
import { describe, expect, it } from 'vitest';
import { checkLine, isMet, listsOf, listText, mostOf } from './checks.ts';
import { membersOf, smallSpec } from './population.ts';

describe('a figure', () => {
  it('is met up to its limit', () => {
    const check = { what: 'memory', value: 120, limit: 120, unit: 'MiB' };
    expect(isMet(check)).toBe(true);
    expect(checkLine(check)).toBe('ok     memory: 120 MiB (limit 120)');
    expect(checkLine({ ...check, value: 0.5, limit: 0.25 })).toBe('FAILED memory: 0.50 MiB (limit 0.25)');
  });
});

describe('a figure that could not be measured', () => {
  it('is not met', () => {
    expect(mostOf(new Map([['pods', 2]]))).toBe(2);
    for (const value of [mostOf(new Map()), Number.NaN])
      expect(checkLine({ what: 'most lists of one kind', value, limit: 1, unit: 'lists' })).toMatch(/^FAILED/);
  });
});

describe('lists', () => {
  it('are counted by kind, all pages of one as one', () => {
    const entry = (more: Partial<HistoryEntry>): HistoryEntry =>
      ({
        verb: 'list',
        group: 'apps',
        resource: 'deployments',
        path: '/apis/apps/v1/deployments?limit=500',
        ...more,
      }) as HistoryEntry;
    const counts = listsOf([
      entry({}),
      entry({ path: '/apis/apps/v1/deployments?limit=500&continue=abc' }),
      entry({ group: '', resource: 'pods', path: '/api/v1/pods' }),
      entry({ verb: 'watch' }),
    ]);
    expect(Object.fromEntries(counts)).toEqual({ 'deployments.apps': 1, pods: 1 });
    expect(listText(counts)).toBe('once 2');
    expect(listText(new Map([...counts, ['secrets', 2]]))).toBe('once 2, secrets 2');
  });
});

describe('many TagServices', () => {
  it('have names of their own in namespaces of twenty', () => {
    const members = membersOf(45, 'many');
    expect(new Set(members.map(({ name }) => name)).size).toBe(45);
    expect(new Set(members.map(({ namespace }) => namespace)).size).toBe(3);
  });

  it('are as small as a whole service can be', () => {
    expect(smallSpec('127.0.0.1:9092', { redis: { replicas: 2 } })).toMatchObject({
      kafka: { requests: { partitions: 1 } },
      redis: { replicas: 2 },
    });
  });
});
