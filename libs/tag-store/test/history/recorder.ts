import { StoreUnavailable } from '../../src/errors.ts';
import type { JobReference } from '../../src/port.ts';
import type { Answers, Call, CallKind, Heard } from './record.ts';

/** Who calls what, about which job. */
export interface CallOf<Kind extends CallKind> {
  readonly kind: Kind;
  readonly client: number;
  readonly job: JobReference;
}

/** Writes down every call of every client. */
export class Recorder {
  readonly calls: Call[] = [];

  /** Makes a call and records it. An answer of which nobody knows whether the call took effect is `unknown`. */
  async call<Kind extends CallKind>(
    of: CallOf<Kind>,
    make: () => Promise<Answers[Kind]>,
  ): Promise<Heard<Answers[Kind]>> {
    const from = performance.now();
    const heard = await make().then(
      (value): Heard<Answers[Kind]> => ({ is: 'ok', value }),
      (error: unknown): Heard<Answers[Kind]> => ({ is: certainlyNot(error) ? 'refused' : 'unknown' }),
    );
    const call: unknown = { ...of, from, to: performance.now(), heard };
    this.calls.push(call as Call);
    return heard;
  }
}

/** Redis refuses a write before it begins with these, and an open breaker sends nothing. */
function certainlyNot(error: unknown): boolean {
  if (!(error instanceof StoreUnavailable)) throw error;
  return error.retryAfterMs !== undefined || /: (READONLY|NOREPLICAS|LOADING|OOM)/.test(error.message);
}
