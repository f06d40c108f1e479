import fc from 'fast-check';
import type { TagServiceCondition, TagServiceStatus } from '@tagservice/crd';
import { describe, expect, it } from 'vitest';
import { reasonEntry, reasons } from '../reasons.ts';
import { advisory, done, outcomeOfError, stalled, unknown, waiting, type Outcome } from '../step/outcome.ts';
import type { PartCondition, StepReport } from '../step/step.ts';
import { PARTS, STEADY_MS, summarise, type SummaryInput } from './summary.ts';

const now = '2026-11-21T12:00:00Z';

const fine: Record<PartCondition, Outcome> = {
  TopicsReady: done('TopicsAsDeclared', 'topics are as declared'),
  RedisReady: done('RedisRunning', 'redis runs'),
  ApiReady: done('PodsRunning', 'api runs'),
  ComputeReady: done('PodsRunning', 'compute runs'),
  LagKnown: done('LagRead', 'counted'),
  RolloutHealthy: done('PodsRunning', 'as declared'),
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

  it('is degraded while something that is declared does not work, and not while it is only on its way', () => {
    const result = summary({
      ApiReady: waiting('RolloutUnderWay', 'rolling'),
      ComputeReady: waiting('ImageNotPulled', 'no such image'),
    });
    expect(find(result, 'Degraded')).toMatchObject({
      status: 'True',
      reason: 'ImageNotPulled',
      message: 'ComputeReady: no such image',
    });
    expect(find(result, 'Ready')?.reason).toBe('ImageNotPulled');
    expect(find(summary({ ApiReady: waiting('RolloutUnderWay', 'x') }), 'Degraded')).toBeUndefined();
  });

  it('tells a conflict with somebody else while there is one', () => {
    const result = summary({ RedisReady: stalled('NameTaken', 'Secret x exists') });
    expect(find(result, 'Conflict')).toMatchObject({ reason: 'NameTaken', message: 'RedisReady: Secret x exists' });
    expect(find(summary({ RedisReady: stalled('SecretIncomplete', 'x') }), 'Conflict')).toBeUndefined();
  });

  it('names what freezing holds back, and stays ready', () => {
    const reports: StepReport[] = [{ outcomes: fine, held: ['autoscalers keep api at 2 pods'] }];
    const result = summarise({
      generation: 3,
      now,
      before: undefined,
      reports,
      declared: { mode: 'Apply', freeze: ['Scaling'] },
    });
    expect(find(result, 'Ready')?.status).toBe('True');
    expect(find(result, 'Frozen')).toMatchObject({
      status: 'True',
      message:
        'spec.freeze holds Scaling: held back: autoscalers keep api at 2 pods; empty spec.freeze to let changes through',
    });
    expect(find(summary(), 'Frozen')).toBeUndefined();
  });

  it('joins notices of one kind from several steps', () => {
    const notice = (message: string) => ({ type: 'ScalingLimited' as const, reason: 'AtMaximum' as const, message });
    const reports: StepReport[] = [
      { outcomes: fine, notices: [notice('api')] },
      { outcomes: {}, notices: [notice('compute')] },
    ];
    const result = summarise({ generation: 3, now, before: undefined, reports });
    expect(find(result, 'ScalingLimited')).toMatchObject({ reason: 'AtMaximum', message: 'api; compute' });
  });

  it('shows in mode Plan what is planned, an empty plan where that is nothing, and drops it in mode Apply', () => {
    const planned = [{ object: 'Deployment/demo-api', action: 'create' as const }];
    const statusWith = (report: Partial<StepReport>, mode: 'Apply' | 'Plan', before?: TagServiceStatus) => {
      const reports = [{ outcomes: fine, ...report }];
      return summarise({ generation: 3, now, before, reports, declared: { mode, freeze: [] } }).status;
    };
    const first = statusWith({ planned }, 'Plan');
    expect(first.plan).toEqual(planned);
    const second = statusWith({}, 'Plan', first);
    expect(second.plan).toEqual([]);
    expect(statusWith({}, 'Apply', second)).not.toHaveProperty('plan');
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
    expect(summary({ RedisReady: stalled('NameTaken', 'x') }).recheckMs).toBe(5_000);
  });

  it('looks again in a second where a step left something for later', () => {
    const reports = [...reportsOf({}), { outcomes: {}, lookAgain: true }];
    expect(summarise({ generation: 3, now, before: undefined, reports }).recheckMs).toBe(1_000);
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
  stalled('PlanOnly', 'p'.repeat(3_000)),
  waiting('ImageNotPulled', 'ü'.repeat(3_000)),
  done('PodsRunning', 'ok'),
  waiting('Checking', 'w'),
  waiting('RolloutUnderWay', 'w'),
  waiting('KafkaUnreachable', 'w'),
  stalled('NameTaken', 's'),
  outcomeOfError(new Error('boom')),
  advisory('LagUnknown', 'a'),
  unknown('AutoscalersStarting', 'u'),
);
const outcomes = fc.array(anOutcome, { minLength: PARTS.length, maxLength: PARTS.length });
const byPart = (list: readonly Outcome[]) => Object.fromEntries(PARTS.map((part, index) => [part, list[index]]));

const NOTICES = ['RolloutProgressing', 'ScalingLimited', 'Frozen'];
/** Conditions that must not stand beside Ready=True, the one that explains most first. */
const ABNORMAL = ['Stalled', 'Degraded', 'Reconciling', 'Conflict'];

/** `Ready` is there; while it is False it says what the abnormal condition of the highest priority says. */
function expectSummary({ conditions = [] }: TagServiceStatus): void {
  const find = (wanted: string) => conditions.find(({ type }) => type === wanted);
  const ready = find('Ready');
  const abnormal = ABNORMAL.flatMap((type) => find(type) ?? []);
  expect(ready).toBeDefined();
  expect(abnormal.length > 0).toBe(ready?.status === 'False');
  if (abnormal.length > 0)
    expect(abnormal[0]).toMatchObject({ status: 'True', reason: ready?.reason, message: ready?.message });
  expect([find('Stalled'), find('Reconciling')].filter((one) => one !== undefined)).toHaveLength(
    ready?.status === 'False' ? 1 : 0,
  );
}

/** The time of a condition moves if and only if its status does. */
function expectTimes(before: TagServiceStatus, after: TagServiceStatus, { earlier }: { earlier: string }): void {
  for (const { type, status, lastTransitionTime } of after.conditions ?? []) {
    const isSame = before.conditions?.find((one) => one.type === type)?.status === status;
    expect([type, lastTransitionTime]).toEqual([type, isSame ? earlier : now]);
  }
}

/** A reason of the catalogue, one of success only where the condition holds, and nothing that only stands while true is False. */
function expectHonest({ type, status, reason, observedGeneration }: TagServiceCondition): void {
  expect(observedGeneration).toBe(2);
  expect(Object.keys(reasons)).toContain(reason);
  const isOnlyWhileTrue = ABNORMAL.includes(type) || NOTICES.includes(type);
  if (isOnlyWhileTrue) expect(status).toBe('True');
  expect(reasonEntry(reason)?.kind === 'success').toBe(status === 'True' && !isOnlyWhileTrue);
}

const aReport: fc.Arbitrary<StepReport> = fc.record({
  outcomes: outcomes.map(byPart),
  notices: fc.array(
    fc.record({
      type: fc.constantFrom('RolloutProgressing' as const, 'ScalingLimited' as const),
      reason: fc.constantFrom('AtMaximum' as const, 'PodsBeingReplaced' as const),
      message: fc.string({ maxLength: 2_000 }),
    }),
    { maxLength: 3 },
  ),
  held: fc.array(fc.string({ maxLength: 400 }), { maxLength: 4 }),
  planned: fc.array(
    fc.record({
      object: fc.string({ maxLength: 320 }),
      action: fc.constantFrom('create' as const, 'update' as const, 'delete' as const),
    }),
    { maxLength: 60 },
  ),
});

describe('every status that is ever written', () => {
  it('keeps the rules of the oracle, whatever the steps found before and now', () => {
    const declarations = fc.record({
      freeze: fc.subarray(['Rollout' as const, 'Scaling' as const, 'Topics' as const]),
      mode: fc.constantFrom('Apply' as const, 'Plan' as const),
    });
    fc.assert(
      fc.property(aReport, aReport, declarations, (first, second, declared) => {
        const earlier = '2026-11-21T11:00:00Z';
        const before = summarise({ generation: 1, now: earlier, before: undefined, reports: [first] }).status;
        const { status } = summarise({ generation: 2, now, before, reports: [second], declared });
        expectSummary(status);
        for (const condition of status.conditions ?? []) expectHonest(condition);
        const ready = status.conditions?.find(({ type }) => type === 'Ready');
        const kinds = Object.values(second.outcomes).map(({ kind }) => kind);
        const blocking = kinds.some((kind) => kind === 'waiting' || kind === 'stalled' || kind === 'failed');
        expect(ready?.status).toBe(blocking ? 'False' : 'True');
        expect(Buffer.byteLength(JSON.stringify(status))).toBeLessThan(16_384);
        expectTimes(before, status, { earlier });
      }),
    );
  });

  it('is the same when nothing has changed, so that nothing is written', () => {
    fc.assert(
      fc.property(aReport, (report) => {
        const declared = { mode: 'Plan' as const, freeze: ['Topics' as const] };
        const input: Omit<SummaryInput, 'now' | 'before'> = { generation: 1, reports: [report], declared };
        const first = summarise({ ...input, now: '2026-11-21T11:00:00Z', before: undefined }).status;
        expect(summarise({ ...input, now, before: first }).status).toEqual(first);
      }),
    );
  });
});
