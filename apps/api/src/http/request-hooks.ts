import { SpanKind, context, trace } from '@opentelemetry/api';
import type { Context, Span } from '@opentelemetry/api';
import { contextFromHeaders } from '@tagservice/service-kit';
import type { Logger } from '@tagservice/service-kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Answered, ApiMetrics } from './api-metrics.ts';
import { LineSampler } from './line-sampler.ts';

export interface HookOptions {
  readonly logger: Logger;
  readonly metrics: ApiMetrics;
}

const requestIdPattern = /^[\w.:-]{1,128}$/;

/** An API answers data: nothing of it is a page, a script or a frame. */
export const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
};

/** Around each request: its span, security headers, duration and access log. */
export function installHooks(server: FastifyInstance, options: HookOptions): void {
  const { metrics } = options;
  // An access line holds a method, a pattern and numbers: looking for secrets in it costs more than writing it.
  const logger = options.logger.child({}, { redact: { paths: [], censor: '' } });
  const log = { logger, sampler: new LineSampler(() => performance.now()) };
  const tracer = trace.getTracer('tagservice');

  server.addHook('onRequest', (request, reply, done) => {
    const arrived = performance.now();
    const parent = contextFromHeaders(request.headers);
    const name = `${request.method} ${request.matched.pattern}`;
    const span = tracer.startSpan(name, { kind: SpanKind.SERVER }, parent);
    const active = trace.setSpan(parent, span);
    // `close` comes once for every answer, also when the caller hangs up; Fastify's own hooks do not.
    reply.raw.on('close', () => {
      finish(request, reply, { metrics, log, arrived, span, active });
    });
    void reply.headers(securityHeaders).header('x-request-id', requestId(request, span));
    context.with(active, done);
  });
}

interface AccessLog {
  readonly logger: Logger;
  readonly sampler: LineSampler;
}

interface Finished {
  readonly metrics: ApiMetrics;
  readonly log: AccessLog;
  readonly arrived: number;
  readonly span: Span;
  /** The context of the span. */
  readonly active: Context;
}

function finish(request: FastifyRequest, reply: FastifyReply, finished: Finished): void {
  const { metrics, arrived, span } = finished;
  const { method } = request;
  const route = request.matched.pattern;
  // 499 is nginx's number for a caller who did not wait; the status that was never sent would be a lie.
  const status = reply.raw.writableEnded ? reply.statusCode : 499;
  const seconds = (performance.now() - arrived) / 1000;
  const isRecorded = span.isRecording();
  const answered: Answered = { method, route, status, class: request.caller?.priority ?? 'none' };
  metrics.answered(answered, seconds, isRecorded ? span.spanContext().traceId : undefined);
  if (isRecorded)
    span.setAttributes({ 'http.request.method': method, 'http.route': route, 'http.response.status_code': status });
  span.end();
  tell({ method, route, status, ms: Math.round(seconds * 1e5) / 100 }, finished);
}

interface AccessLine {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly ms: number;
}

/** One line about a request; where there are many, for each class of statuses samples, unless the log is to tell more than usual. */
function tell(line: AccessLine, { log: { logger, sampler }, active }: Finished): void {
  const standsFor = logger.isLevelEnabled('debug') ? 1 : sampler.weigh(Math.floor(line.status / 100));
  if (standsFor === 0) return;
  context.with(active, () => {
    logger.info(standsFor === 1 ? line : { ...line, standsFor }, 'answered');
  });
}

/** The caller's own id where it has a decent form, else the trace id: under either the log can be searched. */
function requestId(request: FastifyRequest, span: Span): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && requestIdPattern.test(given) ? given : span.spanContext().traceId;
}
