import { beforeEach, describe, expect, it } from 'vitest';
import { InFlight } from './in-flight.ts';
import type { Ticket } from './in-flight.ts';

let nowMs: number;
let loopDelayMs: number;
let inFlight: InFlight;
beforeEach(() => {
  nowMs = 0;
  loopDelayMs = 0;
  inFlight = new InFlight({
    shares: { critical: 60, normal: 30, bulk: 10 },
    most: 100,
    now: () => nowMs,
    loopDelayMs: () => loopDelayMs,
  });
});

const enter = (count: number): Ticket[] =>
  Array.from({ length: count }, () => inFlight.enter('normal')).filter((ticket) => ticket !== undefined);

/** Rounds in which as many as get in are worked on for so long. */
function rounds(count: number, workMs: number): void {
  for (let round = 0; round < count; round += 1) {
    const tickets = enter(200);
    nowMs += workMs;
    for (const ticket of tickets) ticket.leave(true);
  }
}

describe('requests in flight', () => {
  it('are at first as many as an instance can surely serve', () => {
    expect(enter(100)).toHaveLength(32);
    expect(inFlight.total).toBe(32);
  });

  it('become more while they stay quick, up to the fixed limit', () => {
    rounds(400, 120);
    expect(enter(200)).toHaveLength(100);
  });

  it('become fewer when they take longer, or when the event loop is late', () => {
    rounds(100, 120);
    const before = inFlight.limit;
    rounds(5, 400);
    expect(inFlight.limit).toBeLessThan(before);
    rounds(200, 120);
    const again = inFlight.limit;
    loopDelayMs = 500;
    rounds(5, 120);
    expect(inFlight.limit).toBeLessThan(again);
  });

  it('give their place to others while they wait for a job, and count against the fixed limit still', () => {
    const waiting = enter(32);
    for (const ticket of waiting) ticket.park();
    expect(enter(100)).toHaveLength(32);
    for (const ticket of waiting) ticket.unpark();
    expect(inFlight.total).toBe(64);
    const parked = new InFlight({
      shares: { critical: 60, normal: 30, bulk: 10 },
      most: 8,
      now: () => 0,
      loopDelayMs: () => 0,
    });
    const tickets = Array.from({ length: 9 }, () => {
      const ticket = parked.enter('normal');
      ticket?.park();
      return ticket;
    });
    expect(tickets.filter((ticket) => ticket === undefined)).toHaveLength(1);
  });

  it('that wait for several jobs have their place back after the last', () => {
    const [batch] = enter(32);
    for (let job = 0; job < 3; job += 1) batch?.park();
    expect(enter(2)).toHaveLength(1);
    batch?.unpark();
    batch?.unpark();
    expect(inFlight.total).toBe(33);
    batch?.leave(false);
    expect(enter(2)).toHaveLength(0);
    expect(inFlight.total).toBe(32);
  });

  it('teach nothing by the time that they waited', () => {
    rounds(20, 120);
    const before = inFlight.limit;
    for (let round = 0; round < 20; round += 1) {
      const tickets = enter(200);
      for (const ticket of tickets) ticket.park();
      nowMs += 4_000;
      for (const ticket of tickets) ticket.unpark();
      nowMs += 120;
      for (const ticket of tickets) ticket.leave(true);
    }
    expect(inFlight.limit).toBeGreaterThanOrEqual(before);
  });

  it('leave once, however often it is said, and also from where they wait', () => {
    const [first, second] = enter(2);
    first?.leave(true);
    first?.leave(true);
    first?.park();
    second?.park();
    second?.park();
    second?.leave(false);
    second?.unpark();
    expect(inFlight.total).toBe(0);
    expect(enter(100)).toHaveLength(32);
  });

  it('fill what the autoscaler sees: the quotient is that of the tighter limit', () => {
    expect(inFlight.limit).toBe(32);
    const tickets = enter(16);
    expect(inFlight.total / inFlight.limit).toBeCloseTo(0.5);
    for (const ticket of tickets) ticket.park();
    enter(16);
    expect(inFlight.total / inFlight.limit).toBeCloseTo(0.5, 1);
  });
});
