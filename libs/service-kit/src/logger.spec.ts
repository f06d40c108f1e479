import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { ROOT_CONTEXT, context, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';
import { startTracing } from './tracing.ts';

function logged(write: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  write(createLogger({ level: 'info', base: { service: 'demo', component: 'api' }, destination }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a log line', () => {
  it('is one JSON object with level, time, message and the service', () => {
    const [line] = logged((logger) => {
      logger.info({ route: '/v1/tags' }, 'answered');
    });
    expect(line).toMatchObject({
      level: 'info',
      msg: 'answered',
      service: 'demo',
      component: 'api',
      route: '/v1/tags',
    });
    expect(Date.parse(String(line?.['time']))).not.toBeNaN();
    expect(line).not.toHaveProperty('trace_id');
  });

  it('carries the trace in which it was written', () => {
    startTracing({ service: 'demo', endpoint: undefined, sampleRatio: 1 });
    const spanContext = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
    const [line] = logged((logger) => {
      context.with(trace.setSpanContext(ROOT_CONTEXT, spanContext), () => {
        logger.info('inside');
      });
    });
    expect(line).toMatchObject({ trace_id: spanContext.traceId, span_id: spanContext.spanId });
  });

  it.each([
    { password: 'hunter2' },
    { redis: { password: 'hunter2' } },
    { headers: { authorization: 'hunter2', cookie: 'hunter2' } },
    { request: { headers: { authorization: 'hunter2', 'set-cookie': 'hunter2' } } },
  ])('does not show secrets in %j', (fields) => {
    const [line] = logged((logger) => {
      logger.info(fields, 'connecting');
    });
    expect(JSON.stringify(line)).not.toContain('hunter2');
    expect(JSON.stringify(line)).toContain('[redacted]');
  });

  it('below the level is not written', () => {
    const lines = logged((logger) => {
      logger.debug('hidden');
      logger.warn('shown');
    });
    expect(lines.map((line) => line['msg'])).toEqual(['shown']);
  });

  it('shows the stack of an error once', () => {
    const [line] = logged((logger) => {
      logger.error({ error: new TypeError('broken') }, 'failed');
    });
    expect(line?.['error']).toMatchObject({ type: 'TypeError', message: 'broken' });
  });
});

describe('the process of a logger', () => {
  it('ends although nobody reads its lines any more', async () => {
    const script = `
      import { createLogger } from ${JSON.stringify(join(import.meta.dirname, 'logger.ts'))};
      const log = createLogger({ level: 'info', base: {} });
      log.info('up');
      process.once('SIGTERM', () => {
        log.error('the first line that nobody reads');
        log.error('the second');
        process.exit(3);
      });
      setInterval(() => undefined, 1_000);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const hung = setTimeout(() => child.kill('SIGKILL'), 5_000);
    expect(await ended).toEqual([3, null]);
    clearTimeout(hung);
  });
});
