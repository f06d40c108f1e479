import { accessProblems } from './errors-access.ts';
import { jobProblems } from './errors-job.ts';
import { requestProblems } from './errors-request.ts';
import type { ProblemDefinition } from './problem.ts';

/**
 * Every way in which the service refuses or fails, in one place: HTTP problems (RFC 9457), reasons of failed jobs and
 * reasons of dead letters. Documentation, events and runbooks are generated from here; no text lives elsewhere.
 */
export const problems = { ...requestProblems, ...accessProblems, ...jobProblems } as const satisfies Record<
  string,
  ProblemDefinition
>;

/** A key of the catalogue. */
export type ProblemCode = keyof typeof problems;

/** The codes that {@link canonicalUrl} answers with. */
export type UrlProblemCode = Extract<ProblemCode, `URL_${string}`>;

/** All codes, in the order of the catalogue. */
export const problemCodes = Object.keys(problems) as readonly ProblemCode[];

/** Whether a text, such as one read from Redis, is a code of this version's catalogue. */
export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(problems, text);
}

/** Root of the problem type URIs. They identify; they need not resolve. */
export const PROBLEM_TYPE_ROOT = 'https://tagservice.dev/problems/';

/** The problem type URI of a code: `QUEUE_TOO_LONG` -> `https://tagservice.dev/problems/queue-too-long`. */
export function problemType(code: ProblemCode): string {
  return PROBLEM_TYPE_ROOT + code.toLowerCase().replaceAll('_', '-');
}

/** What one occurrence adds to its catalogue entry. */
export interface ProblemOccurrence {
  /** What is wrong this time, for the caller; never internals. */
  readonly detail?: string;
  /** The path or id that it concerns. */
  readonly instance?: string;
  /** Parts of the request at fault, as JSON pointers or parameter names. */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string; readonly fix?: string }[];
}

/** Body of an `application/problem+json` answer. */
export interface ProblemDocument extends ProblemOccurrence {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  /** What the caller can do. */
  readonly fix: string;
}

/** Builds the body of an answer from the catalogue. */
export function problemDocument(code: ProblemCode, occurrence: ProblemOccurrence = {}): ProblemDocument {
  const { status, title, remedy } = problems[code];
  return { type: problemType(code), title, status, code, fix: remedy, ...occurrence };
}
