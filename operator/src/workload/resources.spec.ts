import fc from 'fast-check';
import { parseQuantity } from '@tagservice/crd';
import { describe, expect, it } from 'vitest';
import { service } from '../../test/fixtures.ts';
import { planRedis } from '../redis/redis.plan.ts';
import { mergeResources } from './pod-template.ts';

const base = { requests: { cpu: '100m', memory: '192Mi' }, limits: { memory: '512Mi' } };

describe('resources of a pod', () => {
  it('are the default where nothing is declared', () => {
    expect(mergeResources(base, undefined)).toEqual(base);
  });

  it('are declared name by name, and others keep their default', () => {
    expect(mergeResources(base, { requests: { cpu: 1 }, limits: { cpu: '2' } })).toEqual({
      requests: { cpu: '1', memory: '192Mi' },
      limits: { cpu: '2', memory: '512Mi' },
    });
  });

  it('may ask for more than the default limit, or be held below the default request', () => {
    expect(mergeResources(base, { requests: { memory: '1Gi' } }).limits).toEqual({ memory: '1Gi' });
    expect(mergeResources(base, { limits: { memory: '64Mi' } }).requests).toEqual({ cpu: '100m', memory: '64Mi' });
  });

  it('never have a request above its limit unless it was declared so', () => {
    const amount = fc.option(
      fc.integer({ min: 1, max: 2_000 }).map((size) => `${size}Mi`),
      { nil: undefined },
    );
    const part = (memory: string | undefined) => (memory === undefined ? {} : { memory });
    fc.assert(
      fc.property(amount, amount, (request, limit) => {
        fc.pre(request === undefined || limit === undefined || parseQuantity(request) <= parseQuantity(limit));
        const { requests, limits } = mergeResources(base, { requests: part(request), limits: part(limit) });
        expect(parseQuantity(requests['memory'] ?? '0')).toBeLessThanOrEqual(parseQuantity(limits['memory'] ?? '0'));
      }),
    );
  });
});

describe('sizes', () => {
  it('become whole bytes where a program takes only such', () => {
    const passwords = { password: 'p', 'replication-password': 'r', 'probe-password': 'q' };
    const { config } = planRedis(service({ redis: { maxMemory: '0.1Gi' } }), passwords, 'redis:7');
    expect(config.data?.['redis.conf']).toContain('maxmemory 107374182\n');
  });
});
