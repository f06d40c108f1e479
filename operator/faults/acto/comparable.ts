import type { NormalState, Snapshot } from '../state/normalise.ts';

export type Parts = NormalState['parts'];
type Json = Record<string, unknown>;

/**
 * What stays on purpose when a change is taken back: records tell how a state was reached, and volumes of copies of Redis outlive the copies.
 */
const STAYS = new Set(['TagServiceRevision', 'TagServiceOperation', 'PersistentVolumeClaim']);

/** A snapshot without what stays. Revisions of the past would give the one that serves another number, and so another name. */
export const withoutPast = ({ objects, topics }: Snapshot): Snapshot => ({
  objects: objects.filter(({ kind }) => !STAYS.has(kind)),
  topics,
});

/** A state without that which counts changes: equal before and after a change that was taken back. */
export function comparable(parts: Parts): Parts {
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [
      name,
      name.startsWith('TagService ') ? withoutGenerations(part as Service) : part,
    ]),
  );
}

/** What a state shows of a declaration: everything but the declaration itself. */
export function effectOf(parts: Parts): string {
  const shown = Object.entries(parts).map(([name, part]) => {
    if (!name.startsWith('TagService ')) return [name, part] as const;
    const { spec: _spec, ...rest } = part as Service & { spec?: unknown };
    return [name, rest] as const;
  });
  return JSON.stringify(Object.fromEntries(shown));
}

type Service = { metadata: Json; status?: Json & { conditions?: Json[] } };

function withoutGenerations(part: Service): Json {
  const { generation: _generation, ...metadata } = part.metadata;
  const { observedGeneration: _observed, conditions = [], ...status } = part.status ?? {};
  const told = conditions.map(({ observedGeneration: _of, ...condition }) => condition);
  return { ...part, metadata, status: { ...status, conditions: told } };
}
