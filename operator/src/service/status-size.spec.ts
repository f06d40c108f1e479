import fc from 'fast-check';
import type { TagServiceStatus } from '@tagservice/crd';
import { describe, expect, it } from 'vitest';
import { firstFitting, fitStatus, shownPlan, STATUS_BYTES } from './status-size.ts';

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const change = (name: string) => ({ object: `Deployment/${name}`, action: 'create' as const });
const condition = (type: string, message: string) => ({
  type,
  status: 'True' as const,
  observedGeneration: 1,
  lastTransitionTime: '2026-11-21T12:00:00Z',
  reason: 'R',
  message,
});

describe('a plan in status', () => {
  it('stands there as a whole when it is short', () => {
    const plan = [change('a'), change('b')];
    expect(shownPlan(plan)).toEqual(plan);
  });

  it('is cut at 32 entries and at 4 KiB, from its end', () => {
    const many = Array.from({ length: 99 }, (_, n) => change(n.toString()));
    expect(shownPlan(many)).toEqual(many.slice(0, 32));
    const long = Array.from({ length: 30 }, (_, n) => change(`${'x'.repeat(300)}${n}`));
    expect(bytes(shownPlan(long))).toBeLessThanOrEqual(4_200);
    expect(shownPlan(long).length).toBeGreaterThan(8);
  });
});

describe('several changes of one object', () => {
  const update = (...fields: string[]) => ({
    object: 'Deployment/demo-api',
    action: 'update' as const,
    fields: fields.map((field) => ({ field, wanted: '1' })),
  });

  it('are one entry, as the API server takes no two of one object', () => {
    const plan = [update('spec.paused'), change('b'), update('spec.replicas')];
    expect(shownPlan(plan)).toEqual([update('spec.paused', 'spec.replicas'), change('b')]);
  });

  it('name each field once, and six at most', () => {
    const plan = [update('a', 'b', 'c', 'd'), update('b', 'e', 'f', 'g')];
    expect(shownPlan(plan)).toEqual([update('a', 'b', 'c', 'd', 'e', 'f')]);
  });

  it('are no more than its making, or its end', () => {
    const made = { object: 'Deployment/demo-api', action: 'create' as const };
    const ended = { object: 'Deployment/demo-api', action: 'delete' as const };
    expect(shownPlan([made, update('spec.replicas')])).toEqual([made]);
    expect(shownPlan([update('spec.replicas'), ended])).toEqual([ended]);
  });
});

describe('the first entries that fit', () => {
  it('are a beginning of the list within the bounds, and one more would be too much', () => {
    const options = fc.record({ bytes: fc.integer({ min: 0, max: 200 }), entries: fc.integer({ min: 0, max: 9 }) });
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 12 }), options, (list, bounds) => {
        const kept = firstFitting(list, bounds);
        expect(kept).toEqual(list.slice(0, kept.length));
        expect(kept.length).toBeLessThanOrEqual(bounds.entries);
        const cost = (some: readonly string[]) => some.reduce((sum, one) => sum + bytes(one) + 1, 0);
        expect(cost(kept)).toBeLessThanOrEqual(bounds.bytes);
        if (kept.length < Math.min(list.length, bounds.entries))
          expect(cost(list.slice(0, kept.length + 1))).toBeGreaterThan(bounds.bytes);
      }),
    );
  });
});

describe('a status that is too large', () => {
  const plan = Array.from({ length: 32 }, (_, n) => change(`${'x'.repeat(200)}${n}`));
  const conditions = Array.from({ length: 15 }, (_, n) => condition(`C${n}`, 'ü'.repeat(255)));

  it('loses its plan first, and its conditions stay', () => {
    const status: TagServiceStatus = { conditions, plan };
    expect(bytes(status)).toBeGreaterThan(STATUS_BYTES);
    expect(fitStatus(status)).toEqual({ conditions });
  });

  it('then has shorter messages', () => {
    const revisions = { stable: 'y'.repeat(6_000) } as NonNullable<TagServiceStatus['revisions']>;
    const fitted = fitStatus({ conditions, plan, revisions });
    expect(bytes(fitted)).toBeLessThan(STATUS_BYTES);
    expect(fitted.conditions).toHaveLength(15);
    expect(fitted.revisions).toEqual(revisions);
  });

  it('is left as it is when it fits', () => {
    const status: TagServiceStatus = { conditions: [condition('Ready', 'fine')], plan: [change('a')] };
    expect(fitStatus(status)).toBe(status);
  });
});
