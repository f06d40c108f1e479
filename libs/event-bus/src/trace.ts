import { context, propagation, type Context } from '@opentelemetry/api';

/** Headers with the trace context (W3C `traceparent`, `tracestate`) of the active span added. Without a tracer: unchanged. */
export function withTraceContext(headers: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const carrier: Record<string, string> = { ...headers };
  propagation.inject(context.active(), carrier);
  return carrier;
}

/** The context in which a message was written, to run its handler in. */
export function traceContextOf(headers: Readonly<Record<string, string>>): Context {
  return propagation.extract(context.active(), headers);
}
