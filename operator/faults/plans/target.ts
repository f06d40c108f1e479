import type { HistoryEntry, ProxiedRequest, Subject } from '@tagservice/fault-proxy';
import { maskAll } from '../state/mask.ts';

/** One kind of write to one object, in words that are the same in every run. */
export type WriteKind = {
  readonly verb: string;
  /** With the subresource: `tagservices/status`. */
  readonly resource: string;
  /** Generated parts are masked; Events all have the name `*`. */
  readonly name: string;
};

/** The nth of them, from 1. */
export type WriteTarget = WriteKind & { readonly occurrence: number };

/** What a request writes to. */
export function writeKind({ verb, resource, subresource, name = '' }: ProxiedRequest): WriteKind {
  const full = subresource === undefined ? resource : `${resource}/${subresource}`;
  return { verb, resource: full, name: resource === 'events' ? '*' : maskAll(name) };
}

/** `apply deployments demo-api`, for tables and as a key. */
export const writeText = ({ verb, resource, name }: WriteKind): string => `${verb} ${resource} ${name}`;

/** Every write of a run, numbered among its like. */
export function targetsOf(writes: readonly HistoryEntry[]): WriteTarget[] {
  const counts = new Map<string, number>();
  return writes.map((entry) => {
    const kind = writeKind(entry);
    const occurrence = (counts.get(writeText(kind)) ?? 0) + 1;
    counts.set(writeText(kind), occurrence);
    return { ...kind, occurrence };
  });
}

/** Fits every write of a kind. */
export const matching =
  (kind: WriteKind) =>
  (subject: Subject): boolean =>
    subject.event === undefined && !subject.dryRun && writeText(writeKind(subject)) === writeText(kind);

/** For ids: `apply.deployments.demo-api.1`, with `_` in the place of a slash. */
export function targetId({ verb, resource, name, occurrence }: WriteTarget): string {
  return [verb, resource.replace('/', '_'), name, String(occurrence)].join('.');
}

/** The inverse of {@link targetId}; undefined for a text that is none. */
export function parseTargetId(text: string): WriteTarget | undefined {
  const found = /^([a-z]+)\.([a-z_]+)\.(.+)\.(\d+)$/.exec(text);
  if (found === null) return undefined;
  const [, verb = '', resource = '', name = '', occurrence = ''] = found;
  return { verb, resource: resource.replace('_', '/'), name, occurrence: Number(occurrence) };
}
