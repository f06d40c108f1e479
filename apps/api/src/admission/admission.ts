import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../identity/caller.ts';
import type { ApiMetrics } from '../http/api-metrics.ts';
import { Problem } from '../http/problem.error.ts';
import { toProblem } from '../http/problem.filter.ts';
import { extendRoute } from '../http/route-config.ts';
import { sendProblem } from '../http/send-problem.ts';
import { checkFeature } from './features.ts';
import type { FeaturesOff } from './features.ts';
import { InFlight } from './in-flight.ts';
import type { Ticket } from './in-flight.ts';
import { quotaKey } from './quota-key.ts';
import { RetryBudget } from './retry-budget.ts';
import type { Allowance, TenantLimits } from './tenant-limits.ts';
import { Throttle } from './throttle.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The handler looks at `refusal` itself: it may know an answer that costs no more than refusing. */
    answersRefused?: true;
  }
  interface FastifyRequest {
    /** The place of the request among those in flight; null where it needs none. */
    ticket: Ticket | null;
    /** Why the request is to be refused; only ever set on routes with `answersRefused`. */
    refusal: Problem | null;
  }
}

export interface AdmissionOptions {
  readonly inFlight: InFlight;
  /** Undefined: requests are not counted. */
  readonly limits: TenantLimits | undefined;
  /** Percent of requests that are let through. */
  readonly throttle: number;
  readonly featuresOff: FeaturesOff;
  readonly metrics: ApiMetrics;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** How a caller says that a request is a repeat: 1 for the first one. */
const ATTEMPT_HEADER = 'retry-attempt';
/** So long after a refusal the service counts as refusing. */
const REFUSING_MS = 1_000;

/** Lets the handler answer a request although it is to be refused. */
export function AnswersRefused(): MethodDecorator {
  return extendRoute({ answersRefused: true });
}

/** After authentication and before every protected route: quota of the tenant, brown-out, budget of repeats, places. */
export function installAdmission(server: FastifyInstance, options: AdmissionOptions): void {
  const gate = new AdmissionGate(options);
  server.decorateRequest('ticket', null);
  server.decorateRequest('refusal', null);
  server.addHook('onRequest', (request, reply, done) => {
    if (request.caller === null) {
      done();
      return;
    }
    const proceed = (isAdmitted: boolean): void => {
      if (isAdmitted) done();
    };
    const fail = (error: unknown): void => {
      sendProblem(reply, toProblem(error));
    };
    // Most requests are judged at once, and should not wait a turn of the event loop for it.
    let admitted: boolean | Promise<boolean>;
    try {
      admitted = gate.admit(request, reply);
    } catch (error) {
      fail(error);
      return;
    }
    if (admitted instanceof Promise) admitted.then(proceed, fail);
    else proceed(admitted);
  });
}

class AdmissionGate {
  private readonly throttle: Throttle;
  private readonly retries = new RetryBudget();
  private refusedAt = -Infinity;

  constructor(private readonly options: AdmissionOptions) {
    this.throttle = new Throttle(options.throttle);
    options.metrics.showInFlight(options.inFlight);
  }

  /** Whether the request goes on; otherwise it has been answered. At once, or when the quota is known. @throws Problem */
  admit(request: FastifyRequest, reply: FastifyReply): boolean | Promise<boolean> {
    this.checkParts(request);
    const { limits } = this.options;
    if (limits === undefined) return this.judge(request, reply);
    const judge = (allowance: Allowance): boolean => {
      tellQuota(reply, allowance, limits);
      return allowance.allowed ? this.judge(request, reply) : this.refuse(reply, exceeded(allowance));
    };
    const found = limits.take(quotaKey(request));
    return found instanceof Promise ? found.then(judge) : judge(found);
  }

  private judge(request: FastifyRequest, reply: FastifyReply): boolean {
    const refusal = this.enter(request, reply);
    if (refusal === undefined) return true;
    if (request.matched.config?.answersRefused !== true) return this.refuse(reply, refusal);
    this.options.metrics.refused.inc({ reason: refusal.code });
    request.refusal = refusal;
    return true;
  }

  private checkParts(request: FastifyRequest): void {
    const feature = request.matched.config?.feature;
    if (feature === undefined) return;
    const header = request.headers['x-tagservice-features'];
    checkFeature(feature, { off: this.options.featuresOff, header, caller: callerOf(request) });
  }

  private refuse(reply: FastifyReply, problem: Problem): false {
    this.options.metrics.refused.inc({ reason: problem.code });
    sendProblem(reply, problem);
    return false;
  }

  private enter(request: FastifyRequest, reply: FastifyReply): Problem | undefined {
    if (!this.throttle.passes()) return new Problem('REDUCED');
    if (!isRepeat(request.headers[ATTEMPT_HEADER])) this.retries.firstTry();
    else if (this.isRefusing() && !this.retries.passes()) return new Problem('RETRIES_EXHAUSTED');
    const ticket = this.options.inFlight.enter(callerOf(request).priority);
    if (ticket === undefined) {
      this.refusedAt = this.options.now();
      return new Problem('OVERLOADED');
    }
    request.ticket = ticket;
    // `close` comes once for every answer, also when the caller hangs up; Fastify's own hooks do not.
    reply.raw.on('close', () => {
      ticket.leave(reply.raw.writableEnded);
    });
    return undefined;
  }

  private isRefusing(): boolean {
    return this.options.now() - this.refusedAt < REFUSING_MS;
  }
}

const isRepeat = (header: string | string[] | undefined): boolean =>
  header !== undefined && /^[1-9]\d{0,3}$/.test(String(header));

const seconds = (ms: number): string => String(Math.ceil(ms / 1000));

/** Header fields of the IETF draft "RateLimit header fields for HTTP". */
function tellQuota(reply: FastifyReply, { remaining, fullMs }: Allowance, { limits }: TenantLimits): void {
  void reply
    .header('ratelimit-policy', `"tenant";q=${String(limits.perMinute)};w=60`)
    .header('ratelimit', `"tenant";r=${String(remaining)};t=${seconds(fullMs)}`);
}

function exceeded({ nextMs }: Allowance): Problem {
  return new Problem('QUOTA_EXCEEDED', { headers: { 'retry-after': seconds(Math.max(1, nextMs)) } });
}
