import type { HistoryEntry } from '@tagservice/fault-proxy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RUN_NAMES } from '../runs/runs.ts';
import { choose, plansOf, randomFrom, type Ground } from './generate.ts';
import { CLOCK_ERRORS, CRASHES, groupOf, parsePlan, planOf, WATCH_ERRORS, WRITE_ERRORS } from './plan.ts';
import type { Reference } from './reference.ts';
import { runsOf, selectPlans } from './select.ts';
import { matching, parseTargetId, targetId, targetsOf, writeText } from './target.ts';

const write = (more: Partial<HistoryEntry>): HistoryEntry =>
  ({ verb: 'apply', resource: 'deployments', name: 'demo-api', dryRun: false, ...more }) as HistoryEntry;

describe('the writes of a run', () => {
  it('are numbered among their like', () => {
    const targets = targetsOf([
      write({}),
      write({ resource: 'tagservices', subresource: 'status', name: 'demo', verb: 'patch' }),
      write({}),
    ]);
    expect(targets.map(targetId)).toEqual([
      'apply.deployments.demo-api.1',
      'patch.tagservices_status.demo.1',
      'apply.deployments.demo-api.2',
    ]);
  });

  it('have the same name whatever was generated in it', () => {
    const [one, other] = ['demo-api-7f9c5d8b6', 'demo-api-bcd2456fg'].map((name) => targetsOf([write({ name })])[0]);
    expect(one).toEqual(other);
    expect(writeText(targetsOf([write({ resource: 'events', name: 'demo.18f' })])[0]!)).toBe('apply events *');
  });

  it('are found again by what they write to', () => {
    const [target] = targetsOf([write({})]);
    const fits = matching(target!);
    expect(fits(write({}))).toBe(true);
    expect(fits(write({ name: 'demo-compute' }))).toBe(false);
    expect(fits(write({ dryRun: true }))).toBe(false);
  });

  it('are told by ids that can be read back', () => {
    const word = fc.string({ unit: fc.constantFrom(...'abcdefg-'), minLength: 1, maxLength: 12 });
    const target = fc.record({
      verb: fc.constantFrom('apply', 'patch', 'create', 'delete'),
      resource: fc.constantFrom('deployments', 'tagservices/status', 'events'),
      name: fc.oneof(word, fc.constant('*'), fc.constant('demo-api-<name>')),
      occurrence: fc.integer({ min: 1, max: 99 }),
    });
    fc.assert(
      fc.property(target, (one) => {
        expect(parseTargetId(targetId(one))).toEqual(one);
      }),
    );
  });
});

const ground: Ground = {
  run: 'create',
  writes: targetsOf([write({}), write({ name: 'demo-compute' })]),
  watched: ['pods', 'services', 'tagservices'],
  changing: ['services', 'tagservices'],
};
const plans = plansOf(ground);

describe('the plans of a run', () => {
  it('crash at every write before, after and with the answer lost', () => {
    const crashes = plans.filter(({ fault }) => fault.kind === 'crash');
    expect(crashes).toHaveLength(ground.writes.length * CRASHES.length);
    expect(crashes.map(({ id }) => id)).toContain('create/crash-lost-response/apply.deployments.demo-compute.1');
  });

  it('disturb writes, and the watches and lists of each kind', () => {
    const ids = plans.map(({ id }) => id);
    for (const error of WRITE_ERRORS) expect(ids).toContain(`create/writes/${error}`);
    for (const error of CLOCK_ERRORS) expect(ids).toContain(`create/clock/${error}`);
    for (const error of WATCH_ERRORS) expect(ids).toContain(`create/watch/${error}/services`);
    expect(ids).toContain('create/restart/stale/pods');
  });

  it('disturb the events of a watch only where there are some', () => {
    const ids = plans.map(({ id }) => id);
    expect(ids).toContain('create/watch/gone/pods');
    for (const error of WATCH_ERRORS.filter((one) => one !== 'gone')) {
      expect(ids).toContain(`create/watch/${error}/services`);
      expect(ids).not.toContain(`create/watch/${error}/pods`);
    }
  });

  it('repeat only what is most telling in other runs than create', () => {
    const others = plansOf({ ...ground, run: 'scale' }).map(({ id }) => id);
    expect(others).toContain('scale/watch/hidden/tagservices');
    expect(others).toContain('scale/restart/stale/tagservices');
    expect(others).not.toContain('scale/watch/hidden/services');
    expect(others.filter((id) => id.includes('/crash-'))).toHaveLength(6);
  });

  it('have ids of their own, from which each can be made again', () => {
    expect(new Set(plans.map(({ id }) => id)).size).toBe(plans.length);
    for (const plan of plans) expect(parsePlan(plan.id)).toEqual(plan);
  });

  it('stand in tables by the sort of fault', () => {
    expect(new Set(plans.map(groupOf))).toEqual(
      new Set(['crash-before', 'crash-after', 'crash-lost-response', 'writes', 'clock', 'watch', 'restart']),
    );
  });

  it('are none for a text that is no id', () => {
    const wrong = [
      '',
      'create',
      'create/crash-before',
      'create/crash-before/x',
      'nothing/writes/conflict',
      'create/writes/x',
      'create/clock/x',
    ];
    for (const id of [...wrong, 'create/watch/held', 'create/restart/nothing/pods'])
      expect(parsePlan(id)).toBeUndefined();
  });
});

describe('a choice of plans', () => {
  it('is the same for the same seed', () => {
    expect(choose(plans, { count: 9, seed: 7 })).toEqual(choose(plans, { count: 9, seed: 7 }));
  });

  it('has every sort of fault in it before any sort has two', () => {
    const chosen = choose(plans, { count: 7, seed: 3 });
    expect(new Set(chosen.map(groupOf)).size).toBe(7);
  });

  it('is all of them when all are asked for', () => {
    expect(choose(plans, { count: plans.length, seed: 1 })).toEqual(plans);
    expect(choose(plans, { count: 5, seed: 1 })).toHaveLength(5);
  });

  it('rests on numbers between 0 and 1 that a seed repeats', () => {
    const [one, other] = [randomFrom(5), randomFrom(5)];
    const numbers = Array.from({ length: 100 }, one);
    expect(numbers).toEqual(Array.from({ length: 100 }, other));
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    expect(new Set(numbers).size).toBeGreaterThan(90);
  });
});

describe('--only', () => {
  const reference = ground as unknown as Reference;
  const select = (...only: string[]) => selectPlans([reference], { only, plans: undefined, seed: 1 });

  it('takes a run, a sort of fault, or one plan', () => {
    expect(select('create')).toEqual(plans);
    expect(select('create/writes')).toHaveLength(WRITE_ERRORS.length);
    expect(select('create/watch/held/services').map(({ id }) => id)).toEqual(['create/watch/held/services']);
    expect(select('create/watch/held/pods').map(({ id }) => id)).toEqual(['create/watch/held/pods']);
  });

  it('says of a text that there is no such plan, instead of playing none', () => {
    expect(() => select('create/writes', 'create/wrong')).toThrow('--only create/wrong: there is no such plan');
  });

  it('takes a plan also where the run without faults had no such write this time', () => {
    const id = 'create/crash-after/patch.tagservices_status.demo.9';
    expect(select(id)).toMatchObject([{ id, run: 'create' }]);
  });

  it('needs only the runs that are named', () => {
    expect(runsOf({ only: ['topics/writes', 'create'] })).toEqual(['create', 'topics']);
    expect(runsOf({ only: [] })).toEqual(RUN_NAMES);
    expect(() => runsOf({ only: ['nothing'] })).toThrow('--only nothing');
  });

  it('knows every plan that can be made', () => {
    expect(planOf('scale', { kind: 'writes', error: 'dropped' }).id).toBe('scale/writes/dropped');
  });
});
