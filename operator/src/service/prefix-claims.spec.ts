import fc from 'fast-check';
import type { Cache } from '@tagservice/controller-runtime';
import { topicNames } from '@tagservice/contracts';
import { describe, expect, it } from 'vitest';
import type { TagServiceObject } from '../resource.ts';
import { PrefixClaims, prefixIndex, prefixKey } from './prefix-claims.ts';

type Options = { name: string; at?: string; prefix?: string; brokers?: string[]; namespace?: string; ready?: boolean };

const service = ({
  name,
  at = '10:00:00',
  prefix = 'shared',
  brokers = ['k:9092'],
  namespace = 'tags',
  ready,
}: Options) =>
  ({
    metadata: { name, namespace, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: `2026-11-21T${at}Z` },
    spec: { kafka: { brokers, ...(prefix !== '' && { topicPrefix: prefix }) } },
    ...(ready !== undefined && { status: { topics: [{ name: 't', partitions: 1, ready }] } }),
  }) as TagServiceObject;

/** Claims over these TagServices; the list may be changed afterwards. */
function claimsOver(services: TagServiceObject[]): PrefixClaims {
  const byIndex = (_name: string, value: string) => services.filter((one) => prefixIndex(one).includes(value));
  return new PrefixClaims({ store: () => ({ byIndex }) } as unknown as Cache);
}

describe('topics that two TagServices declare', () => {
  const first = service({ name: 'first' });
  const second = service({ name: 'second', at: '10:00:01' });

  it('belong to the older one, whoever is looked at first', () => {
    for (const order of [
      [first, second],
      [second, first],
    ]) {
      const claims = claimsOver([first, second]);
      const holders = new Map(order.map((one) => [one.metadata.name, claims.holder(one)?.metadata.name]));
      expect(Object.fromEntries(holders)).toEqual({ first: undefined, second: 'first' });
    }
  });

  it('go to the younger one when the older is gone', () => {
    const services = [first, second];
    const claims = claimsOver(services);
    expect(claims.holder(second)).toBe(first);
    services.shift();
    expect(claims.holder(second)).toBeUndefined();
  });

  it('stay with the one that has them when both were created in one second', () => {
    const [a, b] = [service({ name: 'a' }), service({ name: 'b' })];
    const services = [b];
    const claims = claimsOver(services);
    expect(claims.holder(b)).toBeUndefined();
    services.push(a);
    expect(claims.holder(a)).toBe(b);
    expect(claims.holder(b)).toBeUndefined();
  });

  it('stay with the one that has them after a restart of the operator, too', () => {
    const [a, b] = [service({ name: 'a' }), service({ name: 'b', ready: true })];
    const claims = claimsOver([a, b]);
    expect([claims.holder(a), claims.holder(b)]).toEqual([b, undefined]);
  });

  it('are no conflict in two Kafka clusters', () => {
    const elsewhere = service({ name: 'second', brokers: ['other:9092'] });
    expect(claimsOver([first, elsewhere]).holder(elsewhere)).toBeUndefined();
  });

  it('are explained with names, prefixes and the way out', () => {
    expect(claimsOver([first, second]).explain(second, first)).toBe(
      'spec.kafka.topicPrefix shared gives the same topics as shared of TagService tags/first, which is older and keeps them: create this TagService anew with another topicPrefix, or delete tags/first',
    );
  });

  it('never come from the default prefix, which names the resource itself', () => {
    const [one, other] = [service({ name: 'demo', prefix: '' }), service({ name: 'demo', prefix: '', namespace: 'b' })];
    expect(claimsOver([one, other]).holder(other)).toBeUndefined();
    const explicit = service({ name: 'x', prefix: 'tags_demo', at: '11:00:00' });
    expect(claimsOver([one, explicit]).holder(explicit)).toBe(one);
  });
});

describe('two prefixes', () => {
  const prefix = fc.string({
    unit: fc.constantFrom('a', 'b', '.', '_', '-', 'tag-requests'),
    minLength: 1,
    maxLength: 5,
  });
  /** Kafka refuses a topic whose name equals that of another with `.` for `_`. */
  const collide = (one: string, other: string): boolean => one.replaceAll('.', '_') === other.replaceAll('.', '_');

  it('are told apart exactly where Kafka tells all their topics apart', () => {
    fc.assert(
      fc.property(prefix, prefix, (one, other) => {
        const [mine, theirs] = [one, other].map((text) => Object.values(topicNames(text)));
        const anyCollides = (mine ?? []).some((name) => (theirs ?? []).some((rival) => collide(name, rival)));
        expect(prefixKey(one) === prefixKey(other)).toBe(anyCollides);
      }),
    );
  });
});

describe('the holder', () => {
  it('is exactly one of any number of rivals, whatever their ages', () => {
    const times = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(times, (ages) => {
        const services = ages.map((age, index) => service({ name: `s${index}`, at: `10:00:0${age}` }));
        const claims = claimsOver(services);
        const free = services.filter((one) => claims.holder(one) === undefined);
        expect(free).toHaveLength(1);
        expect(services.filter((one) => claims.holder(one) === undefined)).toEqual(free);
        expect(free[0]?.metadata.creationTimestamp).toBe(`2026-11-21T10:00:0${Math.min(...ages)}Z`);
      }),
    );
  });
});
