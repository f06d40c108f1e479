import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRequest } from './request-info.ts';
import { RuleInUse } from './rules.ts';
import { allowsOlder, canBeStale } from './stale-reads.ts';
import type { Subject } from './types.ts';

const read = (path: string): Subject => ({
  ...parseRequest({ method: 'GET', path }),
  n: 1,
  entrance: 'a',
  method: 'GET',
  path,
});
const stale = (version: string, illegal = false): RuleInUse => {
  const rule = new RuleInUse({ match: {}, fault: { kind: 'stale', illegal } }, () => undefined);
  rule.version = version;
  return rule;
};
const pods = '/api/v1/namespaces/n/pods';

describe('a read that may legally be answered with an older state', () => {
  it.each([
    ['the newest', `${pods}/a`, false],
    ['the newest of all', pods, false],
    ['whatever is at hand', `${pods}/a?resourceVersion=0`, true],
    ['whatever is at hand, in pages', `${pods}?resourceVersion=0&limit=500`, true],
    ['not older than what it has seen', `${pods}?resourceVersion=90&resourceVersionMatch=NotOlderThan`, true],
    ['not older than something newer', `${pods}?resourceVersion=101&resourceVersionMatch=NotOlderThan`, false],
    ['exactly one version', `${pods}?resourceVersion=90&resourceVersionMatch=Exact`, false],
    ['a page of a version, which is exactly that one', `${pods}?resourceVersion=90&limit=500`, false],
    ['an object not older than that', `${pods}/a?resourceVersion=90`, true],
    ['what is no version', `${pods}/a?resourceVersion=yesterday`, false],
    ['no version at all', `${pods}?resourceVersion=`, false],
  ])('asks for %s: %s %s', (_what, path, expected) => {
    expect(allowsOlder(read(path), '100')).toBe(expected);
  });

  it('allows exactly the states that are not older than the version that it names', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (asked, shown) => {
        const path = `${pods}?resourceVersion=${asked.toString()}&resourceVersionMatch=NotOlderThan`;
        expect(allowsOlder(read(path), shown.toString())).toBe(asked <= shown);
      }),
    );
  });
});

describe('a stale rule', () => {
  it('falls on gets and lists alone, also where that is illegal', () => {
    const rule = stale('100', true);
    const falls = (path: string, method = 'GET'): boolean =>
      canBeStale(rule, { ...read(path), ...parseRequest({ method, path }) });
    expect([falls(pods), falls(`${pods}/a`), falls(`${pods}/a/status`)]).toEqual([true, true, true]);
    expect([falls(`${pods}?watch=true`), falls(`${pods}/a`, 'DELETE'), falls('/version')]).toEqual([
      false,
      false,
      false,
    ]);
    expect(falls(`${pods}/a/log`), 'what is no object').toBe(false);
    expect(falls(`${pods}?limit=1&continue=abc`), 'a later page').toBe(false);
  });

  it('leaves quorum reads alone unless it is told to be illegal', () => {
    expect([canBeStale(stale('100'), read(pods)), canBeStale(stale('100', true), read(pods))]).toEqual([false, true]);
  });
});
