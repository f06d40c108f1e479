import type { HistoryEntry } from '@tagservice/fault-proxy';
import { describe, expect, it } from 'vitest';
import { checkRequests } from './requests.ts';
import { noEqualStatusTwice } from './write.invariants.ts';

let count = 0;
const entry = (more: Partial<HistoryEntry>): HistoryEntry =>
  ({
    n: (count += 1),
    verb: 'patch',
    resource: 'tagservices',
    subresource: 'status',
    name: 'demo',
    code: 200,
    faults: [],
    ...more,
  }) as unknown as HistoryEntry;

describe('17 no equal status is written twice', () => {
  it('accepts writes that each make a new version', () => {
    expect(noEqualStatusTwice([entry({ answerVersion: '5' }), entry({ answerVersion: '7' })])).toEqual([]);
  });

  it('tells of a write that changed nothing', () => {
    const found = noEqualStatusTwice([entry({ answerVersion: '5' }), entry({ answerVersion: '5' })]);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('stood there already');
  });

  it('passes over writes that were refused, and writes to other things', () => {
    const others = [
      entry({ answerVersion: '5' }),
      entry({ answerVersion: '5', code: 409 }),
      entry({ answerVersion: '5', resource: 'deployments' }),
      entry({ answerVersion: '5', verb: 'get' }),
    ];
    expect(noEqualStatusTwice(others)).toEqual([]);
  });

  it('judges nobody by what comes after a fault, when the answer may not have arrived', () => {
    const lost = entry({ answerVersion: '5', faults: [{ kind: 'lose-response' }] });
    expect(noEqualStatusTwice([lost, entry({ answerVersion: '5' })])).toEqual([]);
  });
});

const body = (status: string) => ({ status: { conditions: [{ type: 'Ready', status }] } });

describe('the requests of a run without faults', () => {
  it('are in order when every write differs and the last one reports readiness', () => {
    const requests = [
      entry({ resource: 'services', subresource: undefined as never, verb: 'apply', body: { spec: 1 } }),
      entry({ body: body('False') }),
      entry({ body: body('True') }),
      entry({ resource: 'services', subresource: undefined as never, verb: 'get' }),
    ];
    expect(checkRequests(requests)).toEqual([]);
  });

  it('are not when one thing is written twice', () => {
    expect(checkRequests([entry({ body: body('False') }), entry({ body: body('False') })])).toEqual([
      expect.stringContaining('written 2 times'),
    ]);
  });

  it('are not when something is written after the service was ready', () => {
    const late = entry({ resource: 'services', subresource: undefined as never, verb: 'apply', body: {} });
    expect(checkRequests([entry({ body: body('True') }), late])).toEqual([
      expect.stringContaining('apply services demo'),
    ]);
  });
});
