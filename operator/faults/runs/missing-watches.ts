import type { HistoryEntry } from '@tagservice/fault-proxy';

/**
 * Paths, without their query, of watches that a fault has touched, that have ended (or will: those that missed events are made to) and
 * that were not opened again. `requests` are those of one operator, in order.
 */
export function missingWatches(requests: readonly HistoryEntry[]): string[] {
  const missing = new Map<string, string>();
  for (const entry of requests) {
    if (entry.verb !== 'watch') continue;
    const key = [entry.group, entry.resource, entry.namespace, entry.labelSelector, entry.fieldSelector].join(' ');
    const isOver = entry.ended !== undefined || entry.faults.some(({ kind }) => kind === 'hide');
    if (isOver && entry.faults.length > 0) missing.set(key, entry.path.replace(/\?.*/, ''));
    else if (!isOver) missing.delete(key);
  }
  return [...missing.values()];
}
