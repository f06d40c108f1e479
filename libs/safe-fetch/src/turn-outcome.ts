import type { IncomingHttpHeaders } from 'node:http';
import { FetchFailure } from './result.ts';
import type { TurnOutcome } from './turns.ts';

/** A host that names no time is left alone for so long, in milliseconds. */
const REST_MS = 5_000;

/** What an answer says about its host. A refusal to be asked so often counts as an answer; only 5xx without a time is trouble. */
export function outcomeOfAnswer(response: {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
}): TurnOutcome {
  const { statusCode, headers } = response;
  const ms = retryAfterMs(headers['retry-after'], Date.now());
  if (statusCode === 429) return { kind: 'rest', ms: ms ?? REST_MS };
  if (statusCode === 503 && ms !== undefined) return { kind: 'rest', ms };
  return { kind: statusCode >= 500 ? 'failed' : 'answered' };
}

/** What an error says about the host: an answer that was merely useless says that the host is well. */
export function outcomeOfError(error: unknown, answered: TurnOutcome): TurnOutcome {
  if (error instanceof FetchFailure) return answered;
  return { kind: 'failed' };
}

/** Retry-After as milliseconds from now: it is a number of seconds or a date (RFC 9110, section 10.2.3). */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  const date = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
