import { parseLine } from '../process/lines.ts';

/** Milliseconds of fetching and tagging of each job, by the part of its id that entity tags show: from the log of compute. */
export function workOf(log: string): ReadonlyMap<string, number> {
  const work = new Map<string, number>();
  for (const text of log.split('\n')) {
    if (!text.includes('"job ended"')) continue;
    const { jobId, fetchMs, tagMs } = parseLine(text);
    if (typeof jobId === 'string') work.set(jobId.slice(-16), Number(fetchMs) + Number(tagMs));
  }
  return work;
}
