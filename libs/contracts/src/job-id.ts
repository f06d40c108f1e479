import { randomBytes } from 'node:crypto';

/** Form of a job id: the hash of its URL, a dash, 64 random bits. */
export const JOB_ID_PATTERN = /^[0-9a-f]{32}-[0-9a-f]{16}$/;

/**
 * Form of a job's name to callers: the id, and where tenants are told apart a signature that makes it the name for one tenant alone. Opaque to
 * callers.
 */
export const JOB_HANDLE_PATTERN = /^[0-9a-f]{32}-[0-9a-f]{16}(-[0-9a-f]{32})?$/;

/**
 * A new job id. It begins with the hash of its URL so that a job, its claim and the record it produces share one storage
 * slot and are written by one script, even once the index is spread over several primaries.
 */
export function newJobId(urlHash: string): string {
  return `${urlHash}-${randomBytes(8).toString('hex')}`;
}

/** The hash of the URL that a job is about; undefined when the text is no job id. */
export function urlHashOfJob(jobId: string): string | undefined {
  return JOB_ID_PATTERN.test(jobId) ? jobId.slice(0, 32) : undefined;
}
