import { stores } from './request-info.ts';
import type { Fault, HistoryEntry } from './types.ts';

/** Which of the recorded calls are wanted. */
export type CallFilter = {
  readonly entrance?: string;
  /** Only requests that store something (Leases and Events too, unless left out below). */
  readonly writes?: boolean;
  /** Resources that do not matter: `['leases', 'events']`. */
  readonly without?: readonly string[];
  /** From this moment on, and before that one: milliseconds since 1970, as in {@link HistoryEntry.at}. */
  readonly from?: number;
  readonly to?: number;
};

/** The recorded calls that a filter leaves, in order. */
export function callsIn(history: readonly HistoryEntry[], filter: CallFilter): readonly HistoryEntry[] {
  const { entrance, writes, without = [], from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = filter;
  return history.filter(
    (call) =>
      (entrance === undefined || call.entrance === entrance) &&
      (writes !== true || stores(call)) &&
      !without.includes(call.resource) &&
      call.at >= from &&
      call.at < to,
  );
}

/**
 * Writes that the API server accepted and that changed nothing: the object's version was one that an earlier answer to a write of the
 * same object had already. A control loop at rest has none.
 */
export function withoutEffect(history: readonly HistoryEntry[]): readonly HistoryEntry[] {
  const seen = new Map<string, Set<string>>();
  return history.filter((call) => {
    const { answerVersion: version } = call;
    if (!stores(call) || version === undefined) return false;
    const key = [call.group, call.resource, call.namespace ?? '', call.name ?? ''].join('/');
    const versions = seen.get(key) ?? new Set();
    const before = versions.has(version);
    seen.set(key, versions.add(version));
    return before;
  });
}

/** A fault in a few words: `answer 429`, `crash after`. */
export function faultText(fault: Fault): string {
  const { kind, ...rest } = fault;
  const values = Object.values(rest).filter((value) => value !== undefined);
  return [kind, ...values.map(String)].join(' ');
}

/** `apps/deployments/status`: what a call is about. */
export function resourceText(call: Pick<HistoryEntry, 'group' | 'resource' | 'subresource' | 'path'>): string {
  if (call.resource === '') return call.path;
  return [call.group, call.resource, call.subresource].filter((part) => part !== undefined && part !== '').join('/');
}

type Column = {
  readonly title: string;
  readonly right?: true;
  readonly cell: (call: HistoryEntry, start: number) => string;
};

const columns: readonly Column[] = [
  { title: '#', right: true, cell: ({ n }) => String(n) },
  { title: 'AT ms', right: true, cell: ({ at }, start) => (at - start).toFixed(0) },
  { title: 'CLIENT', cell: ({ entrance }) => entrance },
  { title: 'WRITE', right: true, cell: ({ write }) => (write === undefined ? '' : String(write)) },
  { title: 'VERB', cell: ({ verb, dryRun }) => (dryRun ? `${verb} (dry run)` : verb) },
  { title: 'RESOURCE', cell: resourceText },
  { title: 'OBJECT', cell: ({ namespace, name }) => [namespace, name].filter((part) => part !== undefined).join('/') },
  { title: 'MANAGER', cell: ({ fieldManager }) => fieldManager ?? '' },
  { title: 'CODE', right: true, cell: codeText },
  { title: 'VERSION', right: true, cell: ({ answerVersion }) => answerVersion ?? '' },
  { title: 'EVENTS', right: true, cell: ({ events }) => (events === undefined ? '' : String(events)) },
  { title: 'TOOK ms', right: true, cell: ({ at, ended }) => (ended === undefined ? '' : (ended - at).toFixed(0)) },
  { title: 'FAULT', cell: ({ faults, error }) => faults.map(faultText).join(', ') || (error ?? '') },
];

/** The calls as a table, one line each. Columns that would be empty are left out. */
export function formatCalls(calls: readonly HistoryEntry[]): string {
  const start = calls[0]?.at ?? 0;
  const filled = columns
    .map((column) => ({ ...column, cells: calls.map((call) => column.cell(call, start)) }))
    .filter(({ cells }) => calls.length === 0 || cells.some((cell) => cell !== ''));
  const widths = filled.map(({ title, cells }) =>
    cells.reduce((width, { length }) => Math.max(width, length), title.length),
  );
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) =>
        filled[index]?.right === true ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const rows = calls.map((_call, row) => line(filled.map(({ cells }) => cells[row] ?? '')));
  return [line(filled.map(({ title }) => title)), ...rows].join('\n');
}

/** One line per verb and resource with how often it was called: `3 apply apps/deployments`. Most frequent first. */
export function countCalls(calls: readonly HistoryEntry[]): string {
  const counts = new Map<string, number>();
  for (const call of calls) {
    const what = `${call.verb} ${resourceText(call)}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  const width = String(Math.max(0, ...counts.values())).length;
  return [...counts]
    .sort(([one, often], [other, times]) => times - often || one.localeCompare(other))
    .map(([what, count]) => `${String(count).padStart(width)} ${what}`)
    .join('\n');
}

/** The API server's answer; behind it the client's, where a fault made another of it. */
function codeText({ code, answered, ended }: HistoryEntry): string {
  const given = code === undefined ? [] : [String(code)];
  if (answered !== undefined) return (code === answered ? given : [...given, String(answered)]).join('>');
  return (ended === undefined ? given : [...given, 'lost']).join('>');
}
