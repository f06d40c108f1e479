import { ApiError, FakeClock, StoreRefusedError } from '@tagservice/controller-runtime';
import type { PlannedChange } from '@tagservice/crd';
import { beforeEach, describe, expect, it } from 'vitest';
import { done, stalled } from './outcome.ts';
import { summarise } from '../service/summary.ts';
import { runSteps, STEP_LIMIT_MS, type Collected } from './run-steps.ts';
import type { Step, StepContext, StepReport } from './step.ts';

let clock: FakeClock;
let observed: [string, number][];

beforeEach(() => {
  clock = new FakeClock();
  observed = [];
});

type Run = (context: StepContext & { collected: Collected }) => Promise<StepReport>;

const step = (concern: string, run: Run, reports: Step['reports'] = ['ApiReady']): Step => ({
  concern,
  reports,
  run: run as Step['run'],
});

function runAll(steps: readonly Step[], signal = new AbortController().signal): Promise<StepReport[]> {
  return runSteps(steps, {
    clock,
    signal,
    contextOf: (_step, more) => more as unknown as StepContext,
    observe: ({ concern }, seconds) => observed.push([concern, seconds]),
  });
}

const fine = { outcomes: { ApiReady: done('PodsRunning', 'fine') } };
/** Waits for an answer that never comes, as a client does that obeys its signal. */
const hang: Run = ({ signal }) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });

describe('steps', () => {
  it('run beside each other, and an exception of one reaches no other', async () => {
    const refused = new ApiError({ code: 403, message: 'cannot patch' }, 'PATCH /x');
    const [first, second] = await runAll([
      step('a', () => Promise.reject(refused)),
      step('b', () => Promise.resolve(fine)),
    ]);
    expect(first?.outcomes.ApiReady).toMatchObject({ kind: 'failed', reason: 'ApiServerRefused', error: refused });
    expect(second?.outcomes).toEqual(fine.outcomes);
    expect(observed.map(([concern]) => concern).sort()).toEqual(['a', 'b']);
  });

  it('that look at a kind which may not be listed tell it in the words of the API server, and the others go on', async () => {
    const words =
      'deployments.apps is forbidden: User "operator" cannot list resource "deployments" in API group "apps"';
    const refusal = new ApiError({ code: 403, message: words }, 'GET /apis/apps/v1/deployments?limit=1000');
    const error = new StoreRefusedError('apps/v1/deployments', refusal);
    const reports = await runAll([
      step('api', () => {
        throw error;
      }),
      step('redis', () => Promise.resolve({ outcomes: { RedisReady: done('RedisRunning', 'fine') } }), ['RedisReady']),
    ]);
    expect(reports[0]?.outcomes.ApiReady).toMatchObject({
      kind: 'failed',
      reason: 'ApiServerRefused',
      message: `apps/v1/deployments cannot be followed: ${words} (403); it is tried again by itself`,
    });
    const { status } = summarise({ generation: 1, now: '2026-11-21T12:00:00Z', before: undefined, reports });
    const shown = (status.conditions ?? []).map(({ type, status: state }) => `${type}=${state}`);
    expect(shown).toEqual(
      expect.arrayContaining(['Ready=False', 'Degraded=True', 'ApiReady=False', 'RedisReady=True']),
    );
  });

  it('that hang are ended soon enough for the error to be told within five seconds', async () => {
    const running = runAll([step('api', hang), step('b', () => Promise.resolve(fine))]);
    await clock.advance(STEP_LIMIT_MS);
    const [first, second] = await running;
    expect(first?.outcomes.ApiReady).toMatchObject({
      kind: 'failed',
      reason: 'ApiServerUnreachable',
      message: 'the API server did not answer all requests of api within 3.5 s; it is tried again by itself',
    });
    expect(second?.outcomes).toEqual(fine.outcomes);
    expect(STEP_LIMIT_MS).toBeLessThan(5_000);
  });

  it('that are ended from outside report nothing, because nobody may act on it any more', async () => {
    const outer = new AbortController();
    const running = runAll([step('api', hang)], outer.signal);
    outer.abort(new ApiError({ code: 409 }, 'lease'));
    await expect(running).rejects.toThrow('lease');
  });

  it('hand on what their writers collected, also when they fail', async () => {
    const correction = { object: 'Service demo-api', cause: 'drift' as const, fields: [] };
    const failing = step('api', ({ collected }) => {
      collected.corrections.push(correction);
      return Promise.reject(new ApiError({ code: 500 }, 'PATCH /x'));
    });
    expect((await runAll([failing]))[0]?.corrections).toEqual([correction]);
  });
});

describe('a step with planned changes', () => {
  const change = (name: string): PlannedChange => ({ object: `Deployment/${name}`, action: 'create' });
  const planning = (report: StepReport, reports?: Step['reports']) =>
    step(
      'api',
      ({ collected }) => {
        for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) collected.planned.push(change(name));
        return Promise.resolve(report);
      },
      reports,
    );

  it('is not as declared, says how much is planned and how to do it', async () => {
    const [report] = await runAll([planning(fine)]);
    expect(report?.planned).toHaveLength(6);
    expect(report?.outcomes.ApiReady).toMatchObject({
      kind: 'stalled',
      reason: 'PlanOnly',
      message:
        'spec.mode is Plan, and 6 changes are only planned (create Deployment/a, create Deployment/b, create Deployment/c, create Deployment/d and 2 more): see status.plan, and set spec.mode to Apply to make them',
    });
  });

  it('is only planned also where its changes would be held for another reason', async () => {
    const outcomes = { ApiReady: stalled('HeldByFreeze', 'not made') };
    expect((await runAll([planning({ outcomes })]))[0]?.outcomes.ApiReady).toMatchObject({ reason: 'PlanOnly' });
  });

  it('still says first what a person has to mend', async () => {
    const outcomes = { ScalingActive: stalled('NameTaken', 'x') };
    const [report] = await runAll([planning({ outcomes }, ['ScalingActive'])]);
    expect(report?.outcomes).toEqual(outcomes);
  });
});
