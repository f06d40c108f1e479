import type { TagService } from '@tagservice/crd';
import { reasonEntry, type SuccessReason } from '../reasons.ts';
import { done, type Outcome } from './outcome.ts';
import type { PartCondition } from './step.ts';

/**
 * What the status says of this very declaration, where that is good. It counts until Kafka has answered for the first time, 8 s at most (see
 * kafka-timing): an operator that starts beside a slow broker has found nothing new.
 */
export function asBefore({ status, metadata }: TagService, type: PartCondition): Outcome | undefined {
  const said = status?.conditions?.find((condition) => condition.type === type);
  if (said?.observedGeneration !== metadata.generation) return undefined;
  return isSuccess(said.reason) ? done(said.reason, said.message) : undefined;
}

/** A reason of success only ever stands with True. A process of another version may have had other reasons. */
function isSuccess(reason: string): reason is SuccessReason {
  return reasonEntry(reason)?.kind === 'success';
}
