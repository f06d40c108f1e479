import type { FaultHandle, FaultRule, Subject } from '@tagservice/fault-proxy';
import { matches } from '@tagservice/fault-proxy';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ShiftedClock } from '../bed/shifted-clock.ts';
import type { Stage } from '../runs/stage.ts';
import { arm } from './arm.ts';
import { CLOCK_ERRORS, LIST_ERRORS, parsePlan, WATCH_ERRORS, WRITE_ERRORS } from './plan.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

type Rule = FaultRule & { removed: boolean };

/** What a plan finds of a stage: rules that are added to its entrance, and how often it was restarted. */
function stageWith() {
  const rules: Rule[] = [];
  const add = (rule: FaultRule): FaultHandle => {
    const added: Rule = { ...rule, removed: false };
    rules.push(added);
    return {
      rule,
      applied: 1,
      spent: false,
      used: () => Promise.resolve(),
      remove: () => (added.removed = true),
    } as unknown as FaultHandle;
  };
  const entrance = { faults: { add } };
  const stage = {
    clock: new ShiftedClock(),
    current: { entrance },
    world: { proxy: { newestVersion: '7' } },
    lastFault: 0,
    restarts: 0,
    restart: (): void => {
      stage.restarts += 1;
    },
    restarted: () => Promise.resolve(),
    onRestart: undefined as ((next: typeof entrance) => void) | undefined,
  };
  return { stage, rules, armed: (id: string) => arm(stage as unknown as Stage, parsePlan(id)!) };
}

const write = (name: string, more: Partial<Subject> = {}): Subject =>
  ({ verb: 'apply', resource: 'services', name, dryRun: false, write: 1, ...more }) as Subject;

describe('a crash', () => {
  it('falls on the write that is meant, and on no other', () => {
    const { armed, rules } = stageWith();
    armed('create/crash-after/apply.services.demo-api.2');
    const [rule] = rules;
    expect(rule).toMatchObject({ skip: 1, times: 1, fault: { kind: 'crash', when: 'after' } });
    expect(matches(rule!.match, write('demo-api'))).toBe(true);
    expect(matches(rule!.match, write('demo-compute'))).toBe(false);
    expect(matches(rule!.match, write('demo-api', { dryRun: true }))).toBe(false);
  });
});

describe('errors of writes', () => {
  it.each(WRITE_ERRORS)('%s: falls on the first attempt of each write', (error) => {
    const { armed, rules } = stageWith();
    armed(`create/writes/${error}`);
    const hit = (subject: Subject): boolean => matches(rules[0]!.match, subject);
    expect([hit(write('a')), hit(write('a')), hit(write('b'))]).toEqual([true, false, true]);
    expect(hit({ ...write('c'), write: undefined } as unknown as Subject)).toBe(false);
  });
});

describe('errors of a watch', () => {
  it('end by themselves after the first harm: an action may wait for an operator that sees nothing until then', async () => {
    const { armed, rules } = stageWith();
    armed('recreate/watch/hidden/tagservices');
    await vi.advanceTimersByTimeAsync(1_900);
    expect(rules[0]?.removed).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    expect(rules[0]?.removed).toBe(true);
  });

  it.each(WATCH_ERRORS)('%s: is over some seconds after the action, which is when recovery begins', async (error) => {
    const { armed, rules, stage } = stageWith();
    const { over } = armed(`create/watch/${error}/services`);
    const ended = over();
    await vi.advanceTimersByTimeAsync(1_900);
    expect(rules.map(({ removed }) => removed)).toEqual([false]);
    await vi.advanceTimersByTimeAsync(200);
    await ended;
    expect(rules.map(({ removed }) => removed)).toEqual([true]);
    expect(stage.lastFault).toBe(Date.now() - 100);
  });
});

describe('a restart', () => {
  it.each(LIST_ERRORS)('finds the list %s, and all is well some seconds later', async (error) => {
    const { armed, rules, stage } = stageWith();
    const { over, hits } = armed(`create/restart/${error}/services`);
    expect(rules).toMatchObject([{ fault: { kind: 'crash', when: 'after' }, skip: 2 }]);
    expect(hits()).toBe(0);
    stage.onRestart?.(stage.current.entrance);
    expect(rules.slice(1).every(({ match }) => matches(match, { verb: 'list', resource: 'pods' } as Subject))).toBe(
      false,
    );
    expect(rules.slice(1).some(({ match }) => matches(match, { verb: 'list', resource: 'services' } as Subject))).toBe(
      true,
    );
    expect(hits()).toBeGreaterThan(0);
    const ended = over();
    await vi.advanceTimersByTimeAsync(2_100);
    await ended;
    expect(rules.slice(1).every(({ removed }) => removed)).toBe(true);
  });

  it('comes soon after the action where there are too few writes to die at', async () => {
    const { armed, stage } = stageWith();
    const ended = armed('create/restart/gone/services').over();
    await vi.advanceTimersByTimeAsync(2_100);
    await ended;
    expect(stage.restarts).toBe(1);
  });
});

describe('a wrong clock', () => {
  it.each(CLOCK_ERRORS)('%s: counts once somebody was told the time', async (error) => {
    const { armed, stage } = stageWith();
    const { hits, over } = armed(`create/clock/${error}`);
    expect(hits()).toBe(0);
    const wrongBy = (): number => stage.clock.now() - Date.now();
    expect(Math.sign(wrongBy())).toBe(error.startsWith('ahead') ? 1 : -1);
    expect(hits()).toBe(1);
    const ended = over();
    await vi.advanceTimersByTimeAsync(2_100);
    await ended;
    expect(wrongBy() === 0).toBe(error.endsWith('-and-back'));
    expect(stage.lastFault).toBeGreaterThan(0);
  });
});
