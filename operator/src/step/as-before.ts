import type { TagService } from '@tagservice/crd';
import { reasons, type SuccessReason } from '../reasons.ts';
import { done, type Outcome } from './outcome.ts';
import type { PartCondition } from './step.ts';

/**
 * What an earlier process found of this very declaration. It counts until this process has its first answer, a few seconds: an operator that
 * starts beside a slow broker has found nothing new. Undefined where nothing good was said of this declaration.
 */
export function asBefore({ status, metadata }: TagService, type: PartCondition): Outcome | undefined {
  const said = status?.conditions?.find((condition) => condition.type === type);
  if (said?.status !== 'True' || said.observedGeneration !== metadata.generation) return undefined;
  return isSuccess(said.reason) ? done(said.reason, said.message) : undefined;
}

/** A process of another version may have had other reasons. */
function isSuccess(reason: string): reason is SuccessReason {
  return Object.entries(reasons).some(([name, { kind }]) => name === reason && kind === 'success');
}
