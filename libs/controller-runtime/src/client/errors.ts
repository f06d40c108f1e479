/** The `Status` object that the API server answers an error with. */
export interface ApiStatus {
  kind?: string;
  code?: number;
  reason?: string;
  message?: string;
  details?: {
    name?: string;
    kind?: string;
    uid?: string;
    retryAfterSeconds?: number;
    causes?: { reason?: string; message?: string; field?: string }[];
  };
}

/** Longest wait that a server is granted (60 s): a wrong header must not stop us for a day. */
const longestRetryAfterMs = 60_000;

/** The API server refused a request. `code` is the HTTP status, `reason` the machine-readable `metav1.StatusReason`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  /** `NotFound`, `AlreadyExists`, `Conflict`, `Invalid`, `Expired`, ...; empty if the answer was not a Status. */
  readonly reason: string;
  readonly details: ApiStatus['details'];
  /** `METHOD path` of the request. */
  readonly request: string;
  /** How long the server asked to wait, in milliseconds (Retry-After header or details.retryAfterSeconds); at most 60,000. */
  readonly retryAfterMs: number | undefined;

  constructor(status: ApiStatus & { code: number }, request: string, retryAfterMs?: number) {
    super(`${request}: ${status.message ?? status.reason ?? 'request refused'} (${status.code.toString()})`);
    this.code = status.code;
    this.reason = status.reason ?? '';
    this.details = status.details;
    this.request = request;
    const seconds = status.details?.retryAfterSeconds;
    const asked = retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1000);
    this.retryAfterMs = asked === undefined ? undefined : Math.min(asked, longestRetryAfterMs);
  }
}

/** No usable answer came: connection refused or reset, time-out, broken body. Whether a write took effect is unknown. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly request: string;
  /** True if the request's own time limit ended it. */
  readonly timedOut: boolean;

  constructor(request: string, options: { cause: unknown; timedOut?: boolean }) {
    super(`${request}: ${options.timedOut === true ? 'timed out' : describe(options.cause)}`, { cause: options.cause });
    this.request = request;
    this.timedOut = options.timedOut === true;
  }
}

/** The write was not sent: this process does not hold the lease (any more). */
export class FencedError extends Error {
  override readonly name = 'FencedError';

  constructor(request: string) {
    super(`${request}: not sent, this process does not hold the lease`);
  }
}

/** The kubeconfig, the context or a credential cannot be used. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function hasCode(error: unknown, code: number): error is ApiError {
  return error instanceof ApiError && error.code === code;
}

/** The object does not exist (404). */
export const isNotFound = (error: unknown): error is ApiError => hasCode(error, 404);
/** The object exists already (409 AlreadyExists). */
export const isAlreadyExists = (error: unknown): error is ApiError =>
  hasCode(error, 409) && error.reason === 'AlreadyExists';
/** A precondition failed or another manager owns a field (409 other than AlreadyExists). */
export const isConflict = (error: unknown): error is ApiError => hasCode(error, 409) && !isAlreadyExists(error);
/** The resourceVersion or the continue token is too old (410). */
export const isGone = (error: unknown): error is ApiError => hasCode(error, 410);
/** The server found the object invalid (422); `details.causes` names the fields. */
export const isInvalid = (error: unknown): error is ApiError => hasCode(error, 422);
/** The credentials do not allow it (403). */
export const isForbidden = (error: unknown): error is ApiError => hasCode(error, 403);
