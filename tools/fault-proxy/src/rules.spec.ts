import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { FaultProxyClosed, FaultProxyUsageError } from './errors.ts';
import { matches, RuleList } from './rules.ts';
import type { Fault, FaultRule, Match, Subject } from './types.ts';

const create: Subject = {
  n: 1,
  entrance: 'a',
  method: 'POST',
  path: '/',
  verb: 'create',
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  namespace: 'n',
  name: 'web',
  fieldManager: 'op/api',
  dryRun: false,
  write: 3,
};

describe('a description', () => {
  it.each<[Match, boolean]>([
    [{}, true],
    [{ verb: 'create' }, true],
    [{ verb: ['get', 'create'] }, true],
    [{ verb: ['get', 'list'] }, false],
    [{ group: 'apps', version: 'v1', resource: 'deployments' }, true],
    [{ group: '' }, false],
    [{ subresource: '' }, true],
    [{ subresource: 'status' }, false],
    [{ namespace: 'n', name: 'web' }, true],
    [{ name: /^we/g }, true],
    [{ name: /^eb/ }, false],
    [{ fieldManager: 'op/api' }, true],
    [{ write: 3 }, true],
    [{ write: [1, 2] }, false],
    [{ dryRun: true }, false],
    [{ event: 'ADDED' }, false],
  ])('%o fits a creation: %s', (match, fits) => {
    expect(matches(match, create)).toBe(fits);
    // A pattern with the flag g must not remember.
    expect(matches(match, create)).toBe(fits);
  });

  it('fits only if each of its parts does', () => {
    const part = fc.constantFrom<Match>(
      { verb: 'create' },
      { verb: 'get' },
      { name: 'web' },
      { name: 'db' },
      { write: 3 },
      { write: 4 },
    );
    fc.assert(
      fc.property(part, part, (one, other) => {
        const shared = Object.keys(one)[0] === Object.keys(other)[0];
        fc.pre(!shared);
        expect(matches({ ...one, ...other }, create)).toBe(matches(one, create) && matches(other, create));
      }),
    );
  });

  it('may be a function', () => {
    expect(matches((subject) => subject.name === 'web', create)).toBe(true);
  });
});

describe('rules', () => {
  let changes: number;
  let rules: RuleList;
  const answer: Fault = { kind: 'answer', code: 500 };
  const rule = (more: Partial<FaultRule> = {}): FaultRule => ({ match: { verb: 'create' }, fault: answer, ...more });
  const take = (subject = create, unit: object = {}): Fault | undefined =>
    rules.take(subject, () => true, unit)?.rule.fault;

  beforeEach(() => {
    changes = 0;
    rules = new RuleList({ newestVersion: () => '42', onChange: () => (changes += 1) });
  });

  it('are used in the order in which they were added', () => {
    rules.add(rule());
    rules.add(rule({ fault: { kind: 'drop' } }));
    expect(take()).toBe(answer);
    expect(take({ ...create, verb: 'get' })).toBeUndefined();
  });

  it('are spent after so many times, and leave out the first ones', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.integer({ min: 1, max: 5 }), (skip, times) => {
        rules = new RuleList({ newestVersion: () => undefined, onChange: () => undefined });
        const handle = rules.add(rule({ skip, times }));
        const hits = Array.from({ length: 12 }, () => take() !== undefined);
        expect(hits).toEqual(hits.map((_, index) => index >= skip && index < skip + times));
        expect(handle).toMatchObject({ applied: times, spent: true });
        expect(rules.rules).toEqual([]);
      }),
    );
  });

  it('of a crash are used once unless more is asked for', () => {
    rules.add(rule({ fault: { kind: 'crash', when: 'before' } }));
    expect([take() !== undefined, take() !== undefined]).toEqual([true, false]);
    rules.add(rule({ fault: { kind: 'crash', when: 'before' }, times: 2 }));
    expect([take() !== undefined, take() !== undefined, take() !== undefined]).toEqual([true, true, false]);
  });

  it('count a request once, however often it is looked at, but each event where events count', () => {
    const request = {};
    const held = rules.add(rule({ fault: { kind: 'hold' }, times: 1 }));
    expect([take(create, request)?.kind, take(create, request)?.kind, take(create, {})?.kind]).toEqual([
      'hold',
      'hold',
      undefined,
    ]);
    expect(held.applied).toBe(1);
    held.remove();
    expect(take(create, request)).toBeUndefined();
    const hidden = rules.add(rule({ fault: { kind: 'hide' }, times: 2 }));
    expect([take(create, request)?.kind, take(create, request)?.kind, take(create, request)?.kind]).toEqual([
      'hide',
      'hide',
      undefined,
    ]);
    expect(hidden.applied).toBe(2);
  });

  it('say when they were used, and when that can no longer happen', async () => {
    const handle = rules.add(rule({ times: 2 }));
    const twice = handle.used(2);
    const thrice = handle.used(3);
    thrice.catch(() => undefined);
    take();
    await handle.used();
    take();
    await twice;
    await expect(thrice).rejects.toThrow(FaultProxyClosed);
    await expect(handle.used(3)).rejects.toThrow(FaultProxyClosed);
    const removed = rules.add(rule());
    const never = removed.used();
    rules.clear();
    await expect(never).rejects.toThrow(FaultProxyClosed);
  });

  it('tell of every change: added, used up, removed', () => {
    const handle = rules.add(rule({ times: 1 }));
    expect(changes).toBe(1);
    take();
    expect(changes).toBe(2);
    handle.remove();
    handle.remove();
    expect(changes).toBe(3);
  });

  it('of staleness show the state of the moment in which they were added, unless told another', () => {
    expect(rules.add(rule({ fault: { kind: 'stale' } })).version).toBe('42');
    expect(rules.add(rule({ fault: { kind: 'stale', version: '7' } })).version).toBe('7');
  });

  it.each<Partial<FaultRule>>([
    { times: 0 },
    { skip: -1 },
    { fault: { kind: 'answer', code: 200 } },
    { fault: { kind: 'slow', bytesPerSecond: 0 } },
    { fault: { kind: 'delay', ms: -1 } },
    { fault: { kind: 'stale', version: 'yesterday' } },
  ])('that cannot be meant are refused: %o', (more) => {
    expect(() => rules.add(rule(more))).toThrow(FaultProxyUsageError);
  });
});
