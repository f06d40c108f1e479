import { RUN_NAMES, type RunName } from '../runs/runs.ts';
import { parseTargetId, targetId, type WriteTarget } from './target.ts';

/** Moments of a write at which the operator can die. */
export const CRASHES = ['before', 'after', 'lost-response'] as const;
export type CrashMoment = (typeof CRASHES)[number];

/** Every write goes wrong the first time. */
export const WRITE_ERRORS = [
  'conflict',
  'throttled',
  'server-error',
  'unavailable',
  'dropped',
  'answer-lost',
  'cut-off',
  'slow',
] as const;
export type WriteError = (typeof WRITE_ERRORS)[number];

/** What is wrong with the watch of one kind for a while. */
export const WATCH_ERRORS = ['gone', 'held', 'cut-off', 'hidden', 'late', 'repeated'] as const;
export type WatchError = (typeof WATCH_ERRORS)[number];

/** How a list goes wrong once, after a restart. */
export const LIST_ERRORS = ['stale', 'unavailable', 'throttled', 'gone', 'cut-off'] as const;
export type ListError = (typeof LIST_ERRORS)[number];

/** How the operator's clock is wrong from the action on: for good, or set right again. */
export const CLOCK_ERRORS = ['ahead', 'behind', 'ahead-and-back', 'behind-and-back'] as const;
export type ClockError = (typeof CLOCK_ERRORS)[number];

/** What goes wrong in a plan. */
export type PlanFault =
  | { readonly kind: 'crash'; readonly when: CrashMoment; readonly at: WriteTarget }
  | { readonly kind: 'writes'; readonly error: WriteError }
  | { readonly kind: 'clock'; readonly error: ClockError }
  | { readonly kind: 'watch'; readonly error: WatchError; readonly resource: string }
  /** The operator dies amid the run, and the next one lists this kind first. */
  | { readonly kind: 'restart'; readonly error: ListError; readonly resource: string };

/** A run and what goes wrong in it. The id says all, so that a plan can be repeated from it alone. */
export type Plan = { readonly id: string; readonly run: RunName; readonly fault: PlanFault };

/** Makes a plan; its id is `run/fault/where`. */
export function planOf(run: RunName, fault: PlanFault): Plan {
  return { id: `${run}/${faultId(fault)}`, run, fault };
}

/** The group of a plan in tables: run and sort of fault. */
export function groupOf({ fault }: Plan): string {
  return fault.kind === 'crash' ? `crash-${fault.when}` : fault.kind;
}

function faultId(fault: PlanFault): string {
  switch (fault.kind) {
    case 'crash':
      return `crash-${fault.when}/${targetId(fault.at)}`;
    case 'writes':
    case 'clock':
      return `${fault.kind}/${fault.error}`;
    case 'watch':
    case 'restart':
      return `${fault.kind}/${fault.error}/${fault.resource}`;
  }
}

/** Reads an id; undefined if it is none. */
export function parsePlan(id: string): Plan | undefined {
  const [runName = '', sort = '', ...rest] = id.split('/');
  const run = RUN_NAMES.find((name) => name === runName);
  const fault = parseFault(sort, rest);
  return run === undefined || fault === undefined ? undefined : { id, run, fault };
}

function parseFault(sort: string, rest: readonly string[]): PlanFault | undefined {
  const [first = '', resource = ''] = rest;
  const when = CRASHES.find((moment) => sort === `crash-${moment}`);
  const at = parseTargetId(rest.join('/'));
  if (when !== undefined) return at === undefined ? undefined : { kind: 'crash', when, at };
  if (sort === 'writes') return withError(WRITE_ERRORS, first, (error) => ({ kind: 'writes', error }));
  if (sort === 'clock') return withError(CLOCK_ERRORS, first, (error) => ({ kind: 'clock', error }));
  if (resource === '') return undefined;
  if (sort === 'watch') return withError(WATCH_ERRORS, first, (error) => ({ kind: 'watch', error, resource }));
  if (sort === 'restart') return withError(LIST_ERRORS, first, (error) => ({ kind: 'restart', error, resource }));
  return undefined;
}

function withError<T extends string>(
  known: readonly T[],
  text: string,
  make: (error: T) => PlanFault,
): PlanFault | undefined {
  const error = known.find((one) => one === text);
  return error === undefined ? undefined : make(error);
}
