import { ROOT_CONTEXT, TraceFlags, context, createTraceState, trace } from '@opentelemetry/api';
import type { SpanContext } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { passingTracerProvider } from './passing-tracer.ts';

const tracer = passingTracerProvider.getTracer('test');
const parent: SpanContext = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: TraceFlags.SAMPLED,
  traceState: createTraceState('vendor=1'),
};
const within = trace.setSpanContext(ROOT_CONTEXT, parent);

beforeEach(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterEach(() => {
  context.disable();
});

describe('a span of which nothing is recorded', () => {
  it('goes on with the trace of its parent under an id of its own', () => {
    const span = tracer.startSpan('work', {}, within);
    const { spanId, ...rest } = span.spanContext();
    expect(rest).toEqual({ traceId: parent.traceId, traceFlags: parent.traceFlags, traceState: parent.traceState });
    expect(spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(spanId).not.toBe(parent.spanId);
    expect(span.isRecording()).toBe(false);
  });

  it.each([
    ['without a parent', {}, ROOT_CONTEXT],
    ['that is to be a root', { root: true }, within],
    ['of a parent whose ids are none', {}, trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceId: '0'.repeat(32) })],
  ])('begins a trace of its own %s, each time another', (_, options, above) => {
    const contexts = Array.from({ length: 1_000 }, () => tracer.startSpan('work', options, above).spanContext());
    for (const one of contexts) {
      expect(trace.isSpanContextValid(one)).toBe(true);
      expect(one.traceFlags).toBe(TraceFlags.NONE);
    }
    expect(new Set(contexts.map(({ traceId }) => traceId)).size).toBe(1_000);
    expect(new Set(contexts.map(({ spanId }) => spanId)).size).toBe(1_000);
  });

  it('is active while its work runs, in whatever form it is asked for', () => {
    const ids = (span: { spanContext(): SpanContext }) => {
      expect(trace.getActiveSpan()).toBe(span);
      return span.spanContext().traceId;
    };
    expect(tracer.startActiveSpan('work', ids)).not.toBe(parent.traceId);
    expect(tracer.startActiveSpan('work', {}, within, ids)).toBe(parent.traceId);
    context.with(within, () => {
      expect(tracer.startActiveSpan('work', ids)).toBe(parent.traceId);
      expect(tracer.startActiveSpan('work', {}, ids)).toBe(parent.traceId);
    });
    expect(trace.getActiveSpan()).toBeUndefined();
  });
});
