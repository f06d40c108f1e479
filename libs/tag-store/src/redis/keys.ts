/**
 * Keys of the store. What is written of one URL carries its hash as hash tag, so that it lies in one slot should the index be spread over
 * several primaries. Records are the truth; postings are derived from them, and compared with them by scripts that today find both on
 * one primary (docs/adr/0016-postings-in-one-script.md).
 *
 * | key | type | holds | lives |
 * | --- | --- | --- | --- |
 * | `url:{hash}` | hash | the record: `page` (JSON), `acceptedAt` and `jobId` (its version), `tags` (keys, JSON), `unposted` (the outbox: keys of tags whose postings may differ from the record, JSON) | for good, or as long as told |
 * | `claim:{hash}` | hash | the job under way: `jobId`, `leaseUntil`, `confirmed` | until the job ends, or a day |
 * | `job:{hash}:rest` | hash | the job | a day |
 * | `tag:{key}` | sorted set | hashes of URLs by score | for good, bounded |
 * | `watermarks:{topic}` | hash | by partition the first offset that is not dealt with, and as `{partition}:writes` how many writes brought one | for good |
 * | `epoch` | string | number of the current primary's reign, written by the elector | for good |
 * | `repair` | hash | who repairs: `holder`, `until`; how far: `place`; not before: `rest` | for good |
 */
export const keys = {
  record: (urlHash: string): string => `url:{${urlHash}}`,
  claim: (urlHash: string): string => `claim:{${urlHash}}`,
  jobPrefix: (urlHash: string): string => `job:{${urlHash}}:`,
  /** A job id is the hash of its URL, a dash and its own part. */
  job: (jobId: string): string => `job:{${jobId.slice(0, 32)}}:${jobId.slice(33)}`,
  /** Of the key of a tag, not of the tag itself. */
  posting: (tagKey: string): string => `tag:{${tagKey}}`,
  watermarks: (topic: string): string => `watermarks:{${topic}}`,
  epoch: 'epoch',
  repair: 'repair',
} as const;

/** Channel on which an instance hears that jobs have ended. */
export function wakeChannel(instance: string): string {
  return `wake:${instance}`;
}
