import type { HistoryEntry } from '@tagservice/fault-proxy';

/** A write of the status of a TagService. */
export function isStatusWrite({ resource, subresource, verb }: HistoryEntry): boolean {
  return (
    resource === 'tagservices' &&
    subresource === 'status' &&
    (verb === 'patch' || verb === 'apply' || verb === 'update')
  );
}

/**
 * Number 17: no status is written that stands there already. The API server answers such a write with the version that the object had before. A
 * writer that did not hear of its own success, or whose view was disturbed, cannot know better: what comes after a fault is left out.
 */
export function noEqualStatusTwice(history: readonly HistoryEntry[]): string[] {
  const firstFault = history.findIndex(({ faults }) => faults.length > 0);
  const judged = firstFault < 0 ? history : history.slice(0, firstFault);
  const versions = new Set<string>();
  const found: string[] = [];
  for (const { answerVersion, code, n } of judged.filter(isStatusWrite)) {
    if (code !== 200 || answerVersion === undefined) continue;
    if (versions.has(answerVersion)) found.push(`request ${String(n)} wrote the status that stood there already`);
    versions.add(answerVersion);
  }
  return found;
}
