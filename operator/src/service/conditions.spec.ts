import fc from 'fast-check';
import type { TagServiceCondition } from '@tagservice/crd';
import { describe, expect, it } from 'vitest';
import { mergeConditions, shorten, type Finding } from './conditions.ts';

const early = '2026-11-21T11:00:00Z';
const late = '2026-11-21T12:00:00Z';
const finding = (more: Partial<Finding> = {}): Finding => ({
  type: 'Ready',
  status: 'True',
  reason: 'AllPartsReady',
  message: 'fine',
  ...more,
});
const condition = (more: Partial<TagServiceCondition> = {}): TagServiceCondition => ({
  ...finding(),
  observedGeneration: 1,
  lastTransitionTime: early,
  ...more,
});

const aStatus = fc.constantFrom('True' as const, 'False' as const, 'Unknown' as const);
const aType = fc.constantFrom('Ready', 'TopicsReady', 'RedisReady', 'Reconciling');
const someFindings = fc.uniqueArray(
  fc.record({ type: aType, status: aStatus, reason: fc.constantFrom('A', 'B'), message: fc.string() }),
  { selector: ({ type }) => type },
);

describe('conditions', () => {
  it('move their time when the status changes', () => {
    const [merged] = mergeConditions({
      before: [condition({ status: 'False' })],
      findings: [finding()],
      generation: 2,
      now: late,
    });
    expect(merged).toMatchObject({ status: 'True', lastTransitionTime: late, observedGeneration: 2 });
  });

  it('keep their time when only reason and message change', () => {
    const findings = [finding({ reason: 'Other', message: 'new' })];
    const [merged] = mergeConditions({ before: [condition()], findings, generation: 2, now: late });
    expect(merged).toMatchObject({ reason: 'Other', message: 'new', lastTransitionTime: early });
  });

  it('cut a message that nobody would read to its end', () => {
    const [merged] = mergeConditions({
      before: [],
      findings: [finding({ message: 'x'.repeat(2_000) })],
      generation: 1,
      now: late,
    });
    expect(Buffer.byteLength(merged?.message ?? '')).toBe(512);
    expect(merged?.message.endsWith('x…')).toBe(true);
  });

  it('hold exactly what was found, of this generation, whatever stood there before', () => {
    fc.assert(
      fc.property(someFindings, someFindings, (before, findings) => {
        const former = before.map((one) => condition({ ...one, lastTransitionTime: early }));
        const merged = mergeConditions({ before: former, findings, generation: 7, now: late });
        expect(merged.map(({ type, status }) => ({ type, status }))).toEqual(
          findings.map(({ type, status }) => ({ type, status })),
        );
        for (const one of merged) {
          const same = former.find(({ type }) => type === one.type)?.status === one.status;
          expect(one.lastTransitionTime).toBe(same ? early : late);
          expect(one.observedGeneration).toBe(7);
        }
      }),
    );
  });

  it('stay as they are when merged again', () => {
    fc.assert(
      fc.property(someFindings, (findings) => {
        const once = mergeConditions({ before: [], findings, generation: 1, now: early });
        expect(mergeConditions({ before: once, findings, generation: 1, now: late })).toEqual(once);
      }),
    );
  });
});

describe('a text that is cut', () => {
  it('never takes more bytes than it may, and holds only whole characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 3, max: 40 }), (text, bytes) => {
        const cut = shorten(text, bytes);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(Math.max(bytes, 0));
        if (cut !== text) {
          expect(cut.endsWith('…')).toBe(true);
          expect(text.startsWith(cut.slice(0, -1))).toBe(true);
        }
      }),
    );
  });
});
