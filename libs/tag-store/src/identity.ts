import { urlHashOfJob } from '@tagservice/contracts';
import { InvalidJobId } from './errors.ts';
import type { JobReference } from './port.ts';

/** Refuses a reference whose job id does not belong to its URL: the keys of one job would lie in two slots. */
export function checkReference({ jobId, urlHash }: JobReference): void {
  if (urlHashOfJob(jobId) !== urlHash) throw new InvalidJobId(jobId);
}

/** The hash of the URL of a job. @throws InvalidJobId */
export function urlHashOf(jobId: string): string {
  const hash = urlHashOfJob(jobId);
  if (hash === undefined) throw new InvalidJobId(jobId);
  return hash;
}

/** Which of two results for one URL is newer: the one accepted later; of two accepted in one millisecond, the greater id. */
export function isNewer(candidate: Version, current: Version): boolean {
  if (candidate.acceptedAt !== current.acceptedAt) return candidate.acceptedAt > current.acceptedAt;
  return candidate.jobId > current.jobId;
}

/** What orders the results of one URL. */
export interface Version {
  readonly acceptedAt: string;
  readonly jobId: string;
}
