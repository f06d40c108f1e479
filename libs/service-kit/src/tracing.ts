import { ROOT_CONTEXT, SpanKind, SpanStatusCode, context, propagation, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import { passingTracerProvider } from './passing-tracer.ts';

export interface TracingOptions {
  readonly service: string;
  /** Base URL of an OTLP/HTTP collector (`http://collector:4318`); undefined exports nothing. */
  readonly endpoint: string | undefined;
  /** Share of new traces that is recorded, 0 to 1; a caller's own decision wins. */
  readonly sampleRatio: number;
  readonly attributes?: Attributes;
}

export interface Tracing {
  /** Sends what is buffered and stops. */
  shutdown(): Promise<void>;
}

/**
 * Makes trace ids flow from request to message to worker and into log lines. Without an endpoint nothing is recorded or
 * sent, spans cost next to nothing, and the ids flow all the same. The exporter is loaded only when it is needed.
 */
export function startTracing(options: TracingOptions): Tracing {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  if (options.endpoint === undefined) {
    trace.setGlobalTracerProvider(passingTracerProvider);
    return { shutdown: () => Promise.resolve() };
  }
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': options.service, ...options.attributes }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.sampleRatio) }),
    spanProcessors: [lazyExporter(options.endpoint)],
  });
  trace.setGlobalTracerProvider(provider);
  return { shutdown: () => provider.shutdown() };
}

/** Loads the OTLP exporter (about 100 ms, 10 MiB) when the first sampled span ends, and never before. */
function lazyExporter(endpoint: string): SpanProcessor {
  let loading: Promise<SpanProcessor> | undefined;
  const load = () =>
    (loading ??= import('@opentelemetry/exporter-trace-otlp-http').then(({ OTLPTraceExporter }) => {
      const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
      return new BatchSpanProcessor({ exporter });
    }));
  return {
    onStart: () => undefined,
    onEnd: (span) =>
      void load().then((processor) => {
        processor.onEnd(span);
      }),
    forceFlush: async () => loading && (await loading).forceFlush(),
    shutdown: async () => loading && (await loading).shutdown(),
  };
}

/** Message and HTTP headers as the bus and the server deliver them: names in lower case. */
export type HeaderMap = Readonly<Record<string, string | readonly string[] | undefined>>;

const headerGetter = {
  keys: (carrier: HeaderMap) => Object.keys(carrier),
  get: (carrier: HeaderMap, key: string) => {
    const value = carrier[key];
    return typeof value === 'string' ? value : value?.[0];
  },
};

/** The trace context that a caller sent; a malformed or absent `traceparent` gives an empty one. */
export function contextFromHeaders(headers: HeaderMap): Context {
  return propagation.extract(ROOT_CONTEXT, headers, headerGetter);
}

/** `traceparent` (and `tracestate`) of the active span, to be sent along; empty outside a span. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** Whose child the span is; the active span unless given. */
  readonly parent?: Context;
}

/** Runs `work` inside a new span, which ends with it; a rejection is recorded on the span and passed on. */
export async function inSpan<Result>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  const tracer = trace.getTracer('tagservice');
  const settings = { kind: options.kind ?? SpanKind.INTERNAL, attributes: options.attributes ?? {} };
  return tracer.startActiveSpan(name, settings, options.parent ?? context.active(), async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.recordException(error instanceof Error ? error : String(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Runs a call to the store inside a span of its own. Names say what is done, never to which key. */
export async function inStoreSpan<Result>(name: string, call: () => Promise<Result>): Promise<Result> {
  return await inSpan(name, { kind: SpanKind.CLIENT, attributes: { 'db.system.name': 'redis' } }, call);
}

/** Writes a message inside a span; whoever handles the message goes on below it. */
export async function inPublishSpan<Result>(name: string, topic: string, call: () => Promise<Result>): Promise<Result> {
  const attributes = { 'messaging.system': 'kafka', 'messaging.destination.name': topic };
  return await inSpan(name, { kind: SpanKind.PRODUCER, attributes }, call);
}
