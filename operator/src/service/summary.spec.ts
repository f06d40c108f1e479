import fc from 'fast-check';
import type { TagServiceCondition, TagServiceStatus } from '@tagservice/crd';
import { describe, expect, it } from 'vitest';
import { reasonEntry, reasons } from '../reasons.ts';
import { advisory, done, outcomeOfError, stalled, unknown, waiting, type Outcome } from '../step/outcome.ts';
import type { PartCondition, StepReport } from '../step/step.ts';
import { STEADY_MS, summarise } from './summary.ts';

const now = '2026-11-21T12:00:00Z';
const PARTS: PartCondition[] = ['TopicsReady', 'RedisReady', 'ApiReady', 'ComputeReady', 'LagKnown', 'ScalingActive'];
const fine: Partial<Record<PartCondition, Outcome>> = {
  TopicsReady: done('TopicsAsDeclared', 'topics are as declared'),
  RedisReady: done('RedisRunning', 'redis runs'),
  ApiReady: done('PodsRunning', 'api runs'),
  ComputeReady: done('PodsRunning', 'compute runs'),
  LagKnown: done('LagRead', 'counted'),
  ScalingActive: done('AutoscalersActive', 'active'),
};
const reportsOf = (more: Partial<Record<PartCondition, Outcome>>): StepReport[] => [{ outcomes: { ...fine, ...more } }];
const summary = (
  more: Partial<Record<PartCondition, Outcome>> = {},
  before = undefined as Parameters<typeof summarise>[0]['before'],
) => summarise({ generation: 3, now, before, reports: reportsOf(more) });
const find = (result: ReturnType<typeof summary>, type: string) =>
  result.status.conditions?.find((one) => one.type === type);

describe('a summary', () => {
  it('is ready when every part is, and then carries no abnormal condition', () => {
    const result = summary();
    expect(find(result, 'Ready')).toMatchObject({ status: 'True', reason: 'AllPartsReady', observedGeneration: 3 });
    expect(result.status.conditions?.map(({ type }) => type)).toEqual(['Ready', ...PARTS]);
    expect(result.recheckMs).toBe(STEADY_MS);
  });

  it('says what is missing, first of all what a person has to mend', () => {
    const result = summary({
      TopicsReady: waiting('KafkaUnreachable', 'no answer'),
      RedisReady: stalled('NameTaken', 'Secret x exists'),
    });
    expect(find(result, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'NameTaken',
      message: 'RedisReady: Secret x exists',
    });
    expect(find(result, 'Stalled')).toMatchObject({ status: 'True', reason: 'NameTaken' });
    expect(find(result, 'Reconciling')).toBeUndefined();
  });

  it('stays ready while the lag is unknown, and points at it', () => {
    const result = summary({ LagKnown: advisory('LagUnknown', 'no answer') });
    expect(find(result, 'Ready')).toMatchObject({ status: 'True' });
    expect(find(result, 'Ready')?.message).toContain('see LagKnown');
    expect(find(result, 'LagKnown')).toMatchObject({ status: 'False', reason: 'LagUnknown' });
  });

  it('sets every condition on the first visit, also those nothing is known about', () => {
    const result = summarise({
      generation: 1,
      now,
      before: undefined,
      reports: [{ outcomes: { TopicsReady: stalled('InvalidSpec', 'bad') } }],
    });
    expect(result.status.conditions?.map(({ type }) => type).sort()).toEqual([...PARTS, 'Ready', 'Stalled'].sort());
    expect(find(result, 'ApiReady')).toMatchObject({ status: 'Unknown', reason: 'NotObserved' });
  });

  it('looks again soonest for the part that needs it soonest', () => {
    expect(summary({ TopicsReady: waiting('Checking', 'soon') }).recheckMs).toBe(1_000);
    expect(
      summary({ TopicsReady: waiting('KafkaUnreachable', 'x'), ApiReady: waiting('RolloutUnderWay', 'y') }).recheckMs,
    ).toBe(5_000);
    expect(summary({ RedisReady: stalled('NameTaken', 'x') }).recheckMs).toBe(STEADY_MS);
  });

  it('hands errors on, each once', () => {
    const error = new Error('boom');
    expect(summary({ ApiReady: outcomeOfError(error), ComputeReady: outcomeOfError(error) }).errors).toEqual([error]);
  });

  it('keeps what a failed step could not say anew', () => {
    const before = summary().status;
    const withTopics = { ...before, topics: [{ name: 'a', partitions: 3, ready: true }] };
    expect(summary({ TopicsReady: waiting('Checking', 'x') }, withTopics).status.topics).toEqual(withTopics.topics);
  });

  it('records an event when a reason is new, and never again while it stays', () => {
    const first = summary({ TopicsReady: waiting('KafkaUnreachable', 'no answer') });
    expect(first.events).toContainEqual({
      type: 'Warning',
      reason: 'KafkaUnreachable',
      action: 'TopicsReady',
      note: 'no answer',
    });
    const second = summary({ TopicsReady: waiting('KafkaUnreachable', 'no answer') }, first.status);
    expect(second.events).toEqual([]);
    const third = summary({}, second.status);
    expect(third.events.map(({ reason }) => reason)).toEqual(['AllPartsReady', 'TopicsAsDeclared']);
  });
});

const anOutcome: fc.Arbitrary<Outcome> = fc.constantFrom<Outcome>(
  done('PodsRunning', 'ok'),
  waiting('Checking', 'w'),
  waiting('RolloutUnderWay', 'w'),
  waiting('KafkaUnreachable', 'w'),
  stalled('NameTaken', 's'),
  outcomeOfError(new Error('boom')),
  advisory('LagUnknown', 'a'),
  unknown('AutoscalersStarting', 'u'),
);
const outcomes = fc.tuple(anOutcome, anOutcome, anOutcome, anOutcome, anOutcome, anOutcome);
const byPart = (list: readonly Outcome[]) => Object.fromEntries(PARTS.map((part, index) => [part, list[index]]));

/** `Ready` is there, and while it is False exactly one of Reconciling and Stalled says the same. */
function expectSummary({ conditions = [] }: TagServiceStatus): void {
  const ready = conditions.find(({ type }) => type === 'Ready');
  const abnormal = conditions.filter(({ type }) => type === 'Reconciling' || type === 'Stalled');
  expect(ready).toBeDefined();
  expect(abnormal).toHaveLength(ready?.status === 'True' ? 0 : 1);
  for (const one of abnormal)
    expect(one).toMatchObject({ status: 'True', reason: ready?.reason, message: ready?.message });
}

/** A reason of the catalogue, and one of success only where the condition holds. */
function expectHonest({ type, status, reason, observedGeneration }: TagServiceCondition): void {
  expect(observedGeneration).toBe(2);
  expect(Object.keys(reasons)).toContain(reason);
  const holds = status === 'True' && type !== 'Reconciling' && type !== 'Stalled';
  expect(reasonEntry(reason)?.kind === 'success').toBe(holds);
}

describe('every status that is ever written', () => {
  it('keeps the rules of the oracle, whatever the steps found before and now', () => {
    fc.assert(
      fc.property(outcomes, outcomes, (first, second) => {
        const before = summarise({
          generation: 1,
          now: '2026-11-21T11:00:00Z',
          before: undefined,
          reports: [{ outcomes: byPart(first) }],
        }).status;
        const { status } = summarise({ generation: 2, now, before, reports: [{ outcomes: byPart(second) }] });
        expectSummary(status);
        for (const condition of status.conditions ?? []) expectHonest(condition);
        const ready = status.conditions?.find(({ type }) => type === 'Ready');
        const blocking = second.some(({ kind }) => kind === 'waiting' || kind === 'stalled' || kind === 'failed');
        expect(ready?.status).toBe(blocking ? 'False' : 'True');
        expect(JSON.stringify(status).length).toBeLessThan(16_384);
      }),
    );
  });

  it('is the same when nothing has changed, so that nothing is written', () => {
    fc.assert(
      fc.property(outcomes, (list) => {
        const reports = [{ outcomes: byPart(list) }];
        const first = summarise({ generation: 1, now: '2026-11-21T11:00:00Z', before: undefined, reports }).status;
        expect(summarise({ generation: 1, now, before: first, reports }).status).toEqual(first);
      }),
    );
  });
});
