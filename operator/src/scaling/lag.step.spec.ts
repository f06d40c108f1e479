import { FakeClock } from '@tagservice/controller-runtime';
import type { LagReading } from '@tagservice/event-bus';
import { describe, expect, it } from 'vitest';
import { cacheOf, NOW, service } from '../../test/fixtures.ts';
import { OwnWrites } from '../rollout/own-writes.ts';
import { ForeignObjectError } from '../step/outcome.ts';
import { runSteps } from '../step/run-steps.ts';
import type { StepContext } from '../step/step.ts';
import { lagStep } from './lag.step.ts';
import { scalingStep } from './scaling.step.ts';

const demo = service({ mode: 'Plan' });

/** Both steps of scaling, with what Kafka answers, while somebody else has the name of an autoscaler. */
async function look(reading: LagReading) {
  const context = {
    service: demo,
    owner: demo,
    images: { api: 'api:1', compute: 'compute:1', redis: 'redis:7' },
    cache: cacheOf([]),
    children: { apply: () => Promise.reject(new ForeignObjectError('HorizontalPodAutoscaler', 'demo-api')) },
    lag: { read: () => Promise.resolve(reading) },
    rollouts: { contents: { read: () => ({ kind: 'absent' }) }, writes: new OwnWrites() },
    metricsApiProblem: () => undefined,
    now: () => NOW,
  } as unknown as StepContext;
  const reports = await runSteps([lagStep, scalingStep], {
    clock: new FakeClock(),
    signal: new AbortController().signal,
    contextOf: (_step, more) => ({ ...context, ...more }),
    observe: () => undefined,
  });
  return {
    outcomes: Object.assign({}, ...reports.map(({ outcomes }) => outcomes)) as object,
    scaling: Object.assign({}, ...reports.map(({ status }) => status)) as object,
  };
}

describe('the work that waits', () => {
  it('is told although an autoscaler cannot be made', async () => {
    const { outcomes, scaling } = await look({ kind: 'known', total: 7, partitions: [] });
    expect(outcomes).toMatchObject({
      LagKnown: { kind: 'done', reason: 'LagRead' },
      ScalingActive: { kind: 'stalled', reason: 'NameTaken' },
    });
    expect(scaling).toEqual({ scaling: { lag: 7 } });
  });

  it('is no number any more once it is unknown', async () => {
    const { outcomes, scaling } = await look({ kind: 'unknown', reason: 'no answer' });
    expect(outcomes).toMatchObject({ LagKnown: { kind: 'advisory', reason: 'LagUnknown' } });
    expect(scaling).toEqual({ scaling: {} });
  });
});
