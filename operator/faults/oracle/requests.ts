import type { HistoryEntry } from '@tagservice/fault-proxy';
import { writeKind, writeText } from '../plans/target.ts';
import { isWrite } from '../runs/stage.ts';
import { canonical } from '../state/mask.ts';

/** What is wrong with the requests of a run without faults: equal writes, and writes after the service was reported ready. */
export function checkRequests(requests: readonly HistoryEntry[]): string[] {
  const writes = requests.filter(isWrite).filter(({ resource }) => resource !== 'events');
  return [...duplicates(writes), ...afterReady(writes)];
}

function duplicates(writes: readonly HistoryEntry[]): string[] {
  const seen = new Map<string, number>();
  for (const entry of writes) {
    const text = `${writeText(writeKind(entry))} ${canonical(entry.body)}`;
    seen.set(text, (seen.get(text) ?? 0) + 1);
  }
  return [...seen]
    .filter(([, count]) => count > 1)
    .map(([text, count]) => `the same was written ${String(count)} times: ${text.slice(0, 200)}`);
}

function afterReady(writes: readonly HistoryEntry[]): string[] {
  const ready = writes.findLastIndex(saysReady);
  const late = ready < 0 ? [] : writes.slice(ready + 1);
  return late.map((entry) => `written after the service was ready: ${writeText(writeKind(entry))}`);
}

type StatusBody = { status?: { conditions?: { type: string; status: string }[] } };

/** True for a write of status that says Ready=True. */
export function saysReady({ subresource, body }: HistoryEntry): boolean {
  const conditions = subresource === 'status' ? (body as StatusBody | undefined)?.status?.conditions : undefined;
  return conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}
