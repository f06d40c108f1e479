import { Catch, HttpException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { BusClosed, BusUnavailable, TopicMissing } from '@tagservice/event-bus';
import type { Logger } from '@tagservice/service-kit';
import { InvalidCursor, StoreUnavailable } from '@tagservice/tag-store';
import { TimerUnavailable } from '@tagservice/timers';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problem.error.ts';
import { sendProblem } from './send-problem.ts';

/** The one place where errors become answers; only what is unknown is a 500, and only that is logged with its stack. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly allowedMethods: (path: string) => readonly string[],
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = this.notRouted(error, request) ?? toProblem(error);
    if (problem.status >= 500) {
      const cause = problem.cause ?? error;
      if (problem.code === 'INTERNAL') this.logger.error({ error: cause }, 'request failed');
      else
        this.logger.warn(
          { problem: problem.code, reason: cause instanceof Error ? cause.message : undefined },
          'request refused',
        );
    }
    sendProblem(reply, problem);
  }

  /** Nest knows no 405: a path of ours without that method is a 404 to it. */
  private notRouted(error: unknown, request: FastifyRequest): Problem | undefined {
    if (!(error instanceof HttpException) || error.getStatus() !== 404) return undefined;
    const methods = this.allowedMethods(request.url.split('?', 1)[0] ?? '/');
    if (methods.length === 0) return new Problem('NOT_FOUND');
    const allow = methods.join(', ');
    return new Problem('METHOD_NOT_ALLOWED', { detail: `Allowed: ${allow}.`, headers: { allow } });
  }
}

/** The problem that an error is to the caller. What the error says of our inside stays in its cause, for the log. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof StoreUnavailable || error instanceof TimerUnavailable)
    return new Problem('STORE_UNAVAILABLE', {}, { cause: error });
  if (error instanceof BusUnavailable || error instanceof TopicMissing || error instanceof BusClosed) {
    return new Problem('QUEUE_UNAVAILABLE', {}, { cause: error });
  }
  if (error instanceof InvalidCursor) return new Problem('CURSOR_INVALID');
  return fromFramework(error) ?? new Problem('INTERNAL', {}, { cause: error });
}

/** Errors of Fastify and Nest about the form of the request. */
function fromFramework(error: unknown): Problem | undefined {
  const status = statusOf(error);
  if (status === undefined || status < 400 || status >= 500) return undefined;
  if (status === 413 || status === 431) return new Problem('REQUEST_TOO_LARGE');
  if (status === 404) return new Problem('NOT_FOUND');
  if (status === 415) return new Problem('UNSUPPORTED_MEDIA_TYPE');
  return new Problem('PARAMETER_INVALID', {
    detail: error instanceof Error ? error.message : 'The request is malformed.',
  });
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  return undefined;
}
