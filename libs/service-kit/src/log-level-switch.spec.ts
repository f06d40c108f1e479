import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { offerLogLevelSwitch } from './log-level-switch.ts';
import { createLogger, type Logger } from './logger.ts';

let lines: string[];
let host: EventEmitter;
let logger: Logger;
let derived: Logger;
beforeEach(() => {
  vi.useFakeTimers();
  lines = [];
  host = new EventEmitter();
  logger = createLogger({ level: 'warn', base: {}, destination: { write: (line: string) => void lines.push(line) } });
  derived = logger.child({});
  offerLogLevelSwitch({ logger, host });
});
afterEach(() => vi.useRealTimers());

const saysDetails = (one: Logger): boolean => {
  const before = lines.length;
  one.debug('a detail');
  return lines.length > before;
};

describe('SIGHUP', () => {
  it('makes the log and all that were made of it tell more, without a restart', () => {
    expect([logger, derived].map(saysDetails)).toEqual([false, false]);
    host.emit('SIGHUP');
    expect([logger, derived].map(saysDetails)).toEqual([true, true]);
    // The line itself has a level, too.
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'info', logLevel: 'debug', forSeconds: 600 });
  });

  it('again makes it tell as much as usual', () => {
    host.emit('SIGHUP');
    host.emit('SIGHUP');
    expect([logger, derived].map(saysDetails)).toEqual([false, false]);
    expect([logger.level, derived.level]).toEqual(['warn', 'warn']);
    // The time of the former one is over, too.
    host.emit('SIGHUP');
    vi.advanceTimersByTime(599_000);
    expect(saysDetails(logger)).toBe(true);
  });

  it('that nobody takes back ends by itself', () => {
    host.emit('SIGHUP');
    vi.advanceTimersByTime(600_000);
    expect([logger, derived].map(saysDetails)).toEqual([false, false]);
    expect(lines.at(-1)).toContain('as much as usual');
  });
});
