import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { context, propagation, trace } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { contextFromHeaders, inSpan, startTracing, traceHeaders } from './tracing.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const incoming = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };

afterEach(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

describe('tracing without a collector', () => {
  it("passes the caller's trace on to what is sent", async () => {
    startTracing({ service: 'demo', endpoint: undefined, sampleRatio: 1 });
    const sent = await inSpan('request', { parent: contextFromHeaders(incoming) }, () =>
      Promise.resolve(traceHeaders()),
    );
    expect(sent['traceparent']).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(sent['traceparent']).not.toContain('b7ad6b7169203331');
  });

  it('starts a trace where the caller sent none, and keeps it across awaits', async () => {
    startTracing({ service: 'demo', endpoint: undefined, sampleRatio: 1 });
    const [before, after] = await inSpan('request', { parent: contextFromHeaders({}) }, async () => {
      const first = traceHeaders();
      await Promise.resolve();
      return [first, traceHeaders()];
    });
    expect(before?.['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(after).toEqual(before);
  });

  it.each(['', 'garbage', '00-0-0-01', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`])(
    'ignores the traceparent %j',
    (bad) => {
      startTracing({ service: 'demo', endpoint: undefined, sampleRatio: 1 });
      expect(trace.getSpanContext(contextFromHeaders({ traceparent: bad }))).toBeUndefined();
    },
  );

  it('sends no header outside a span', () => {
    startTracing({ service: 'demo', endpoint: undefined, sampleRatio: 1 });
    expect(traceHeaders()).toEqual({});
  });

  it('hands errors through', async () => {
    startTracing({ service: 'demo', endpoint: undefined, sampleRatio: 1 });
    await expect(inSpan('work', {}, () => Promise.reject(new TypeError('no')))).rejects.toThrow('no');
  });
});

describe('tracing with a collector', () => {
  it('delivers finished spans on shutdown', async () => {
    const received: string[] = [];
    const collector = createServer((request, response) => {
      request.setEncoding('utf8').on('data', (chunk: string) => received.push(`${String(request.url)} ${chunk}`));
      request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
    }).listen(0, '127.0.0.1');
    await once(collector, 'listening');
    try {
      const { port } = collector.address() as AddressInfo;
      const tracing = startTracing({ service: 'demo', endpoint: `http://127.0.0.1:${String(port)}/`, sampleRatio: 1 });
      await inSpan('fetch page', { parent: contextFromHeaders(incoming) }, () => Promise.resolve());
      await tracing.shutdown();
      expect(received.join('')).toContain('/v1/traces');
      expect(received.join('')).toContain('fetch page');
      expect(received.join('')).toContain(traceId);
    } finally {
      collector.close();
      collector.closeAllConnections();
    }
  });
});
