import type { AdvisoryReason, StalledReason, WaitingReason } from '../reasons.ts';

/** Why one topic is not as declared. */
export type TopicProblem = {
  readonly topic: string;
  readonly reason: StalledReason | WaitingReason | AdvisoryReason;
  readonly message: string;
};

/** The plan was not carried out to its end: nobody waits for it any more. */
export class AbandonedError extends Error {
  override readonly name = 'AbandonedError';
}
