import { ApiError, ConnectionError, StoreRefusedError } from '@tagservice/controller-runtime';
import type { AdvisoryReason, FailedReason, StalledReason, SuccessReason, WaitingReason } from '../reasons.ts';

/** What a concern found out about one of its conditions. `message` names the object, what was found, what is wanted and what to do. */
export type Outcome =
  | { readonly kind: 'done'; readonly reason: SuccessReason; readonly message: string }
  | { readonly kind: 'waiting'; readonly reason: WaitingReason; readonly message: string }
  | { readonly kind: 'stalled'; readonly reason: StalledReason; readonly message: string }
  | { readonly kind: 'failed'; readonly reason: FailedReason; readonly message: string; readonly error: unknown }
  /** The condition does not hold (or is not known), and the service does its work all the same: `Ready` does not fall. */
  | { readonly kind: 'advisory'; readonly reason: AdvisoryReason; readonly message: string; readonly known: boolean };

/** Everything is as declared. */
export const done = (reason: SuccessReason, message: string): Outcome => ({ kind: 'done', reason, message });
/** Something else has to happen first; the operator looks again. */
export const waiting = (reason: WaitingReason, message: string): Outcome => ({ kind: 'waiting', reason, message });
/** A person has to change something. */
export const stalled = (reason: StalledReason, message: string): Outcome => ({ kind: 'stalled', reason, message });
/** Not as it should be, but no reason to call the service not ready. */
export const advisory = (reason: AdvisoryReason, message: string): Outcome => ({
  kind: 'advisory',
  reason,
  message,
  known: true,
});
/** Not known, and no reason to call the service not ready. */
export const unknown = (reason: AdvisoryReason, message: string): Outcome => ({
  kind: 'advisory',
  reason,
  message,
  known: false,
});

/** An object of ours would have a name that somebody else's object has. It is never taken over. */
export class ForeignObjectError extends Error {
  override readonly name = 'ForeignObjectError';
  /** `holder` is who controls that object, if anybody does. */
  constructor(kind: string, name: string, holder?: string) {
    const whose = holder === undefined ? 'does not belong to this TagService' : `belongs to ${holder}`;
    super(`${kind} ${name} exists and ${whose}: delete or rename it, or give the TagService another name`);
  }
}

/** The API server found a child invalid that follows from the spec; the message names the field of the spec. */
export class InvalidChildError extends Error {
  override readonly name = 'InvalidChildError';
  constructor(message: string, cause: unknown) {
    super(message, { cause });
  }
}

/** A step was ended, because its trouble has to be told soon. It goes on from there at the next look. */
export class StepDeadlineError extends Error {
  override readonly name = 'StepDeadlineError';
  constructor(concern: string, limitMs: number) {
    super(`the API server did not answer all requests of ${concern} within ${(limitMs / 1_000).toString()} s`);
  }
}

/** An object of a former TagService of the same name is still being removed by the garbage collector. */
export class FormerChildError extends Error {
  override readonly name = 'FormerChildError';
  constructor(kind: string, name: string) {
    super(
      `${kind} ${name} belongs to an earlier TagService of this name and is being removed; nothing needs to be done`,
    );
  }
}

/** Turns what a step threw into an outcome, so that one concern never stops another. */
export function outcomeOfError(error: unknown): Outcome {
  if (error instanceof ForeignObjectError) return stalled('NameTaken', error.message);
  if (error instanceof FormerChildError) return waiting('Deleting', error.message);
  if (error instanceof InvalidChildError) return stalled('InvalidSpec', error.message);
  return { kind: 'failed', reason: failureReason(error), message: failureMessage(error), error };
}

function failureReason(error: unknown): FailedReason {
  if (error instanceof ApiError || error instanceof StoreRefusedError) return 'ApiServerRefused';
  const isSilence = error instanceof ConnectionError || error instanceof StepDeadlineError;
  return isSilence ? 'ApiServerUnreachable' : 'InternalError';
}

function failureMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return `${text}; it is tried again by itself`;
}
