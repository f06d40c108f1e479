import { describe, expect, it } from 'vitest';
import { parseRequest } from './request-info.ts';
import { callsIn, countCalls, faultText, formatCalls, withoutEffect } from './table.ts';
import type { HistoryEntry } from './types.ts';

let count = 0;
const call = (line: string, more: Partial<HistoryEntry> = {}): HistoryEntry => {
  const [method = '', path = ''] = line.split(' ');
  count += 1;
  return {
    n: count,
    entrance: 'op',
    at: 1000,
    method,
    path,
    ...parseRequest({ method, path }),
    sent: 1,
    faults: [],
    ...more,
  };
};
const deployment = '/apis/apps/v1/namespaces/n/deployments/web';

describe('the table of calls', () => {
  it('has a line for each call, and no empty columns', () => {
    const drop = { kind: 'drop' } as const;
    const calls = [
      call(`PUT ${deployment}?fieldManager=op%2Fapi`, {
        n: 7,
        at: 1000,
        ended: 1012,
        write: 1,
        code: 200,
        answered: 200,
        answerVersion: '88',
      }),
      call(`GET /version`, { n: 8, at: 1020.4, ended: 1021, faults: [drop], fault: drop }),
      call(`GET /api/v1/pods?watch=1`, { n: 9, at: 1030, code: 200, answered: 200, events: 4 }),
    ];
    expect(formatCalls(calls).split('\n')).toEqual([
      '#  AT ms  CLIENT  WRITE  VERB    RESOURCE          OBJECT  MANAGER  CODE  VERSION  EVENTS  TOOK ms  FAULT',
      '7      0  op          1  update  apps/deployments  n/web   op/api    200       88               12',
      '8     20  op             get     /version                           lost                         1  drop',
      '9     30  op             watch   pods                                200                4',
    ]);
    expect(formatCalls([call('GET /api/v1/pods', { n: 1 })])).toBe(
      '#  AT ms  CLIENT  VERB  RESOURCE\n1      0  op      list  pods',
    );
    expect(formatCalls([])).toContain('VERB');
  });

  it('shows what the client was told where that is not what was done', () => {
    const faults = [{ kind: 'answer', code: 504, done: true }] as const;
    const text = formatCalls([call(`PUT ${deployment}?dryRun=All`, { code: 200, answered: 504, ended: 1001, faults })]);
    expect(text).toContain('200>504');
    expect(text).toContain('answer 504 true');
    expect(text).toContain('update (dry run)');
    expect(formatCalls([call(`PUT ${deployment}`, { code: 200, ended: 1001, error: 'the entrance is cut' })])).toMatch(
      /200>lost.*the entrance is cut/,
    );
  });
});

describe('calls', () => {
  const calls = [
    call(`GET ${deployment}`, { entrance: 'a', at: 1 }),
    call(`PUT ${deployment}`, { entrance: 'a', at: 2, answerVersion: '5' }),
    call(`PUT /apis/coordination.k8s.io/v1/namespaces/n/leases/l`, { entrance: 'b', at: 3, answerVersion: '6' }),
    call(`PUT ${deployment}`, { entrance: 'b', at: 4, answerVersion: '5' }),
    call(`PUT ${deployment}`, { entrance: 'b', at: 5, answerVersion: '7' }),
    call(`PUT /apis/apps/v1/namespaces/n/deployments/db`, { at: 6, answerVersion: '5' }),
  ];
  const moments = (found: readonly HistoryEntry[]): number[] => found.map(({ at }) => at);

  it('can be narrowed by client, kind and time', () => {
    expect(moments(callsIn(calls, {}))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(moments(callsIn(calls, { entrance: 'a' }))).toEqual([1, 2]);
    expect(moments(callsIn(calls, { writes: true }))).toEqual([2, 3, 4, 5, 6]);
    expect(moments(callsIn(calls, { writes: true, without: ['leases'], from: 3, to: 5 }))).toEqual([4]);
  });

  it('that wrote what was there already are found by the version that stayed', () => {
    expect(moments(withoutEffect(calls))).toEqual([4]);
  });

  it('are counted by what they do', () => {
    expect(countCalls(calls)).toBe(
      '4 update apps/deployments\n1 get apps/deployments\n1 update coordination.k8s.io/leases',
    );
    expect(countCalls([])).toBe('');
  });
});

it('a fault is named in a few words', () => {
  expect(faultText({ kind: 'crash', when: 'lost-response' })).toBe('crash lost-response');
  expect(faultText({ kind: 'gone' })).toBe('gone');
});
