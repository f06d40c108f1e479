import type { Validators } from './validators.ts';

/** Why a page was not fetched; keys of the problem catalogue. */
export type FetchCode =
  | 'FETCH_REFUSED'
  | 'FETCH_DNS'
  | 'FETCH_CONNECT'
  | 'FETCH_TLS'
  | 'FETCH_TIMEOUT'
  | 'FETCH_STATUS'
  | 'FETCH_REDIRECT'
  | 'FETCH_TOO_LARGE'
  | 'FETCH_CONTENT_TYPE'
  | 'FETCH_ENCODING'
  | 'FETCH_ROBOTS'
  | 'FETCH_HOST_BUSY';

/** A page, decoded to text. */
export interface FetchedPage {
  readonly ok: true;
  readonly status: number;
  /** Where the redirects ended; without credentials. */
  readonly finalUrl: string;
  /** Media type without parameters: `text/html`, `application/xhtml+xml` or `text/plain`. */
  readonly contentType: string;
  readonly html: string;
  /** Size of what was read, after decompression. */
  readonly bytes: number;
  /** The page is longer than the limit; `html` is its beginning. */
  readonly truncated: boolean;
  /** What to ask with next time, at `finalUrl`; absent where the host gave nothing. */
  readonly validators?: Validators;
}

/** The host says that the page is what it was. There is none to read. */
export interface FetchUnchanged {
  readonly ok: false;
  readonly unchanged: true;
}

/** A page that was not fetched. */
export interface FetchError {
  readonly ok: false;
  readonly unchanged?: never;
  readonly code: FetchCode;
  /** For the caller: says what happened, not where in the inside it happened. */
  readonly detail: string;
  /** Whether the same fetch may succeed later. */
  readonly retriable: boolean;
  /** Finer than the code, for logs and metrics only: `loopback`, `port`, `ECONNREFUSED`, `503`. */
  readonly reason: string;
  /** What the host asked for in Retry-After, in milliseconds. */
  readonly retryAfterMs?: number;
}

export type FetchResult = FetchedPage | FetchUnchanged | FetchError;

export interface FailureNotes {
  readonly reason: string;
  readonly retriable?: boolean;
  readonly retryAfterMs?: number | undefined;
}

/** Carries a coded failure up to the edge of this library, where it becomes a {@link FetchError}; it never leaves it. */
export class FetchFailure extends Error {
  override readonly name = 'FetchFailure';
  readonly code: FetchCode;
  readonly notes: FailureNotes;

  constructor(code: FetchCode, detail: string, notes: FailureNotes) {
    super(detail);
    this.code = code;
    this.notes = notes;
  }

  toResult(): FetchError {
    const { reason, retriable = false, retryAfterMs } = this.notes;
    const result = { ok: false, code: this.code, detail: this.message, retriable, reason } as const;
    return retryAfterMs === undefined ? result : { ...result, retryAfterMs };
  }
}
