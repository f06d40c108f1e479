import type { HistoryEntry } from '@tagservice/fault-proxy';

/** A figure beside its limit. */
export type Check = { readonly what: string; readonly value: number; readonly limit: number; readonly unit: string };

export const isMet = ({ value, limit }: Check): boolean => value <= limit;

/** A check on a line. */
export function checkLine(check: Check): string {
  const { what, value, limit, unit } = check;
  const number = value >= 100 ? value.toFixed(0) : value.toFixed(2);
  return `${isMet(check) ? 'ok    ' : 'FAILED'} ${what}: ${number} ${unit} (limit ${String(limit)})`;
}

/** The largest count; not a number where nothing was counted, so that no limit is met by it. */
export const mostOf = (counts: ReadonlyMap<string, number>): number =>
  counts.size === 0 ? Number.NaN : Math.max(...counts.values());

/** How often each kind was listed: pages of one list count once. */
export function listsOf(history: readonly HistoryEntry[]): ReadonlyMap<string, number> {
  const lists = history.filter(({ verb, path }) => verb === 'list' && !path.includes('continue='));
  const counts = new Map<string, number>();
  for (const { group, resource } of lists) {
    const kind = group === '' ? resource : `${resource}.${group}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/** The kinds that were listed more than once, and how many once: `once 17, pods 2`. */
export function listText(counts: ReadonlyMap<string, number>): string {
  const often = [...counts].filter(([, count]) => count > 1);
  return [
    `once ${String(counts.size - often.length)}`,
    ...often.map(([kind, count]) => `${kind} ${String(count)}`),
  ].join(', ');
}
