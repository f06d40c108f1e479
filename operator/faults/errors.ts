/** What was waited for did not come in time. */
export class NotInTimeError extends Error {
  override readonly name = 'NotInTimeError';
  constructor(what: string, limitMs: number, found = '') {
    super(`${what} did not come within ${String(limitMs)} ms${found === '' ? '' : `; ${found}`}`);
  }
}

/** An option of the command line cannot be used. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The suite itself cannot do its work, whatever the operator does. */
export class HarnessError extends Error {
  override readonly name = 'HarnessError';
}
