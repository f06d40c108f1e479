import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CircuitBreaker, type BreakerState } from './circuit-breaker.ts';

function breaker(random = 1) {
  const clock = { now: 0 };
  const changes: BreakerState[] = [];
  const options = { failures: 3, firstMs: 100, mostMs: 1_000, now: () => clock.now, random: () => random };
  return { clock, changes, subject: new CircuitBreaker({ ...options, onChange: (state) => changes.push(state) }) };
}

function fail(subject: CircuitBreaker, times: number): void {
  for (let call = 0; call < times; call += 1) subject.failed();
}

describe('a breaker', () => {
  it('lets calls pass until some in a row have failed', () => {
    const { subject } = breaker();
    fail(subject, 2);
    subject.succeeded();
    fail(subject, 2);
    expect(subject.admit()).toEqual({ passes: true });
    subject.failed();
    expect(subject.admit()).toEqual({ passes: false, retryAfterMs: 100 });
  });

  it('lets one call pass as a trial after its pause, and refuses the others meanwhile', () => {
    const { subject, clock } = breaker();
    fail(subject, 3);
    clock.now = 100;
    expect(subject.admit()).toEqual({ passes: true });
    expect(subject.state).toBe('half-open');
    expect(subject.admit().passes).toBe(false);
  });

  it('closes when the trial was answered', () => {
    const { subject, clock, changes } = breaker();
    fail(subject, 3);
    clock.now = 100;
    subject.admit();
    subject.succeeded();
    expect(subject.admit()).toEqual({ passes: true });
    expect(changes).toEqual(['open', 'half-open', 'closed']);
  });

  it('waits twice as long after each trial that failed, up to a limit', () => {
    const { subject, clock } = breaker();
    fail(subject, 3);
    const pauses = Array.from({ length: 6 }, () => {
      const admission = subject.admit();
      const pauseMs = admission.passes ? 0 : admission.retryAfterMs;
      clock.now += pauseMs;
      subject.admit();
      subject.failed();
      return pauseMs;
    });
    expect(pauses).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it('begins with the short pause again after it was closed', () => {
    const { subject, clock } = breaker();
    fail(subject, 3);
    clock.now = 100;
    subject.admit();
    subject.failed();
    subject.succeeded();
    fail(subject, 3);
    expect(subject.admit()).toEqual({ passes: false, retryAfterMs: 100 });
  });

  it('takes up to half off a pause, so that many do not come back together', () => {
    const { subject } = breaker(0);
    fail(subject, 3);
    expect(subject.admit()).toEqual({ passes: false, retryAfterMs: 50 });
  });

  it('is not kept open longer by calls that were sent before it opened', () => {
    const { subject, clock } = breaker();
    fail(subject, 3);
    clock.now = 99;
    fail(subject, 50);
    clock.now = 100;
    expect(subject.admit()).toEqual({ passes: true });
  });

  it('allows a new trial where one was never heard of again', () => {
    const { subject, clock } = breaker();
    fail(subject, 3);
    clock.now = 100;
    subject.admit();
    clock.now += 1_000;
    expect(subject.admit()).toEqual({ passes: true });
  });

  it('never keeps anybody out longer than its longest pause, whatever happens', () => {
    const event = fc.oneof(fc.constantFrom('admit', 'succeed', 'fail'), fc.integer({ min: 0, max: 2_000 }));
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const { subject, clock } = breaker();
        for (const one of events) {
          if (typeof one === 'number') clock.now += one;
          else if (one === 'succeed') subject.succeeded();
          else if (one === 'fail') subject.failed();
          else subject.admit();
        }
        const admission = subject.admit();
        if (!admission.passes) expect(admission.retryAfterMs).toBeLessThanOrEqual(1_000);
        clock.now += 1_000;
        expect(subject.admit()).toEqual({ passes: true });
      }),
    );
  });
});
