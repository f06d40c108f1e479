import { problemDocument, problems } from '@tagservice/contracts';
import type { ProblemCode, ProblemDocument, ProblemOccurrence } from '@tagservice/contracts';
import type { Naming } from '../jobs/job-names.ts';

/** What an occurrence may add: members of the body, and headers of the answer. */
export interface ProblemNotes extends ProblemOccurrence {
  /** The id of the job that it is about; an answer names it as its reader does. */
  readonly job?: string;
  /** ISO 8601: until then the same question has the same answer. */
  readonly retryAt?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Seconds that a caller shall wait where the catalogue says `retry: after` and nothing better is known. */
const RETRY_AFTER_SECONDS = 1;

/** A refusal or failure that is answered as an RFC 9457 problem of the catalogue. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly notes: ProblemNotes;

  constructor(code: ProblemCode, notes: ProblemNotes = {}, options?: ErrorOptions) {
    super(notes.detail ?? problems[code].title, options);
    this.code = code;
    this.notes = notes;
  }

  get status(): number {
    return problems[this.code].status;
  }

  headers(): Record<string, string> {
    const retryable: boolean = problems[this.code].retry === 'after' || problems[this.code].retry === 'now';
    return {
      'cache-control': 'no-store',
      ...(retryable ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {}),
      ...this.notes.headers,
    };
  }

  /** The document; `name` is how jobs are named to who reads it. */
  body(traceId: string | undefined, name: Naming): ProblemDocument & Pick<ProblemNotes, 'job' | 'retryAt'> {
    const { job, retryAt, headers: _, ...occurrence } = this.notes;
    return {
      ...problemDocument(this.code, occurrence),
      ...(traceId === undefined ? {} : { instance: `urn:trace:${traceId}` }),
      ...(job === undefined ? {} : { job: name({ id: job }).id }),
      ...(retryAt === undefined ? {} : { retryAt }),
    };
  }
}

/** A parameter that is not valid, with the way to repair it. */
export function invalidParameter(pointer: string, detail: string, fix: string): Problem {
  return new Problem('PARAMETER_INVALID', { detail, errors: [{ pointer, detail, fix }] });
}
