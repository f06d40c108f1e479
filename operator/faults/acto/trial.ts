import { isDeepStrictEqual } from 'node:util';
import { parseSpec } from '@tagservice/crd';
import { effectOf } from './comparable.ts';
import type { Lane } from './lane.ts';
import { isImmutable } from './standing.ts';
import { withValue } from './spec-edit.ts';
import { valueText, type Value } from './values.ts';
import { namesField } from './api-server.ts';

/** What became of one value on a service that was ready. */
export type Trial = {
  readonly value: Value;
  readonly problems: readonly string[];
  /** What the state shows of it; undefined where it was refused. */
  readonly effect?: string;
  /** What the operator says it waits for; empty where the service was ready with it. */
  readonly told: string;
  readonly tookMs: number;
};

/** Declares a value, waits for rest, and takes it back. */
export async function tryValue(lane: Lane, value: Value): Promise<Trial> {
  const begun = performance.now();
  if (isAsBefore(lane.base, value)) return { value, problems: [], told: '', effect: lane.effectBefore, tookMs: 0 };
  const found = await declared(lane, value).catch((error: unknown) => ({
    problems: [String(error)],
    told: lane.trouble,
  }));
  const left = await lane.revert();
  const problems = [
    ...found.problems,
    ...(left.length === 0 ? [] : [`taken back, the state is another: ${left.slice(0, 6).join('; ')} ${lane.trouble}`]),
  ];
  const tookMs = performance.now() - begun;
  return { ...found, value, problems: problems.map((problem) => `${valueText(value)}: ${problem}`), tookMs };
}

/** The value is there already. */
function isAsBefore(base: object, value: Value): boolean {
  return isDeepStrictEqual(parseSpec(withValue(base, value)), parseSpec(base));
}

type Found = Pick<Trial, 'problems' | 'told' | 'effect'>;

async function declared(lane: Lane, value: Value): Promise<Found> {
  const spec = withValue(lane.base, value);
  const refusal = await lane.declare(spec).then(
    () => undefined,
    (error: unknown) => String(error),
  );
  if (isImmutable(value.field)) return { problems: immutableProblems(refusal, value), told: '' };
  if (refusal !== undefined) return { problems: [`refused: ${refusal}`], told: '' };
  await lane.rest();
  const told = lane.isReady ? '' : lane.trouble;
  const effect = effectOf(await lane.state());
  return { problems: lane.isReady ? [] : tellingProblems(told, value), told, effect };
}

function immutableProblems(refusal: string | undefined, { field }: Value): string[] {
  if (refusal === undefined) return ['it was changed, although it is immutable'];
  return namesField(refusal, field.text) || refusal.includes('storage')
    ? []
    : [`refused without the name of the field: ${refusal}`];
}

/** A service that is not ready says which field to look at. */
function tellingProblems(told: string, { field }: Value): string[] {
  const [, section = '', part = ''] = field.text.replaceAll('[]', '').split('.');
  return told.includes(section) && (told.includes(part) || part === '')
    ? []
    : [`not ready, and the field is not named: ${told || 'nothing is told'}`];
}

/** How long trials took, and what made services wait. */
export function tellTrials(trials: readonly Trial[]): string[] {
  const times = trials.map(({ tookMs }) => tookMs).toSorted((one, other) => one - other);
  const at = (share: number): string => ((times[Math.floor((times.length - 1) * share)] ?? 0) / 1_000).toFixed(1);
  const waiting = trials
    .filter(({ told }) => told !== '')
    .map(({ value, told }) => `waits: ${valueText(value)}: ${told.slice(0, 160)}`);
  return [...waiting, `a trial took ${at(0.5)} s, the slowest ${at(1)} s`];
}
