import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Health } from './health.ts';
import { superviseProcess } from './lifecycle.ts';
import { createLogger } from './logger.ts';

function supervised(over: { graceMs?: number; stop?: () => Promise<unknown> } = {}) {
  const lines: string[] = [];
  const steps: string[] = [];
  const exit = Promise.withResolvers<number>();
  const host = Object.assign(new EventEmitter(), {
    exit: (code: number) => {
      steps.push(`exit ${String(code)}`);
      exit.resolve(code);
    },
  });
  const health = new Health();
  const lifecycle = superviseProcess({
    logger: createLogger({ level: 'info', base: {}, destination: { write: (line: string) => void lines.push(line) } }),
    health,
    graceMs: over.graceMs ?? 1000,
    drainDelayMs: 5,
    stop:
      over.stop ??
      (async () => {
        steps.push(`closing while ready is ${(await health.report('ready')).status}`);
      }),
    host,
  });
  return { host, lifecycle, health, steps, exited: exit.promise, log: () => lines.join('') };
}

describe('a process that is asked to stop', () => {
  it.each(['SIGTERM', 'SIGINT'])('is not ready first, then closes, then exits with 0 (%s)', async (signal) => {
    const { host, exited, steps } = supervised();
    host.emit(signal);
    expect(await exited).toBe(0);
    expect(steps).toEqual(['closing while ready is failing', 'exit 0']);
  });

  it('is cut off when work in flight does not end in time, and says so', async () => {
    const { host, exited, log } = supervised({ graceMs: 20, stop: () => Promise.withResolvers<undefined>().promise });
    host.emit('SIGTERM');
    expect(await exited).toBe(1);
    expect(log()).toContain('did not end in time');
  });

  it('leaves at once on the second signal', async () => {
    const { host, exited, log } = supervised({ stop: () => Promise.withResolvers<undefined>().promise });
    host.emit('SIGINT');
    host.emit('SIGINT');
    expect(await exited).toBe(1);
    expect(log()).toContain('second signal');
  });

  it('exits with 1 when closing fails', async () => {
    const { host, exited, log } = supervised({ stop: () => Promise.reject(new Error('socket hung')) });
    host.emit('SIGTERM');
    expect(await exited).toBe(1);
    expect(log()).toContain('socket hung');
  });
});

describe('a process that is broken', () => {
  it.each(['uncaughtException', 'unhandledRejection'])('logs the stack and exits with 1 (%s)', async (event) => {
    const { host, exited, log } = supervised();
    host.emit(event, new TypeError('undefined is not a function'));
    expect(await exited).toBe(1);
    expect(log()).toContain('undefined is not a function');
    expect(log()).toContain('"level":"fatal"');
  });

  it('closes in order and exits with 1 when a part gives up', async () => {
    const { lifecycle, exited, steps } = supervised();
    lifecycle.fail(new Error('consumer crashed'), 'the consumer does not restart');
    lifecycle.fail(new Error('again'), 'the consumer does not restart');
    expect(await exited).toBe(1);
    expect(steps).toEqual(['closing while ready is failing', 'exit 1']);
  });
});
