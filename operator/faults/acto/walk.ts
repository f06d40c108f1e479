import { randomFrom } from '../plans/generate.ts';
import type { Lane } from './lane.ts';
import { judge } from '../oracle/judge.ts';
import { isWrite } from '../runs/stage.ts';
import { isImmutable, isOnlyGrowing, isTooMuch } from './standing.ts';
import { withValue } from './spec-edit.ts';
import { requestLine } from '../plans/execute.ts';
import { until } from '../bed/until.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Value } from './values.ts';

export type Walk = {
  readonly steps: number;
  readonly refused: number;
  readonly statuses: number;
  readonly problems: readonly string[];
};
export type WalkOptions = {
  readonly values: readonly Value[];
  readonly steps: number;
  readonly seed: number;
  readonly restMs: number;
};

const MOST_CHANGES = 4;
const REST_EVERY = 5;
const SEEN_WITHIN_MS = 20_000;

/** Values that a service can take and give back. */
export function walkable(values: readonly Value[]): readonly Value[] {
  return values.filter(
    (value) => value.valid && !isImmutable(value.field) && !isOnlyGrowing(value.field) && !isTooMuch(value),
  );
}

/** So many valid specs, one after the other, each with one to four changes; then back to the first one. */
export async function walk(lane: Lane, { values, steps, seed, restMs }: WalkOptions): Promise<Walk> {
  const possible = walkable(values);
  // A choice of fields may hold none that a service takes and gives back.
  if (possible.length === 0) return { steps: 0, refused: 0, statuses: 0, problems: [] };
  const random = randomFrom(seed);
  const problems: string[] = [];
  let refused = 0;
  for (let step = 1; step <= steps;) {
    const spec = someSpec(lane.base, possible, random);
    // Rules about several fields can refuse what each of them would take.
    const isTaken = await lane.declare(spec).then(
      () => true,
      () => false,
    );
    if (!isTaken) refused += 1;
    if (refused > steps * MOST_CHANGES)
      return { steps: step, refused, statuses: 0, problems: ['nearly every spec is refused'] };
    if (!isTaken) continue;
    await (step % REST_EVERY === 0 ? lane.rest() : seen(lane)).catch((error: unknown) => {
      problems.push(`step ${String(step)}: ${String(error)}: ${JSON.stringify(spec).slice(0, 600)} ${lane.trouble}`);
    });
    step += 1;
  }
  problems.push(...(await lane.revert()).map((line) => `back at the first spec, the state is another: ${line}`));
  problems.push(...(await writesAtRest(lane, restMs)));
  const { statuses, violations } = judge(lane.stage);
  return { steps, refused, statuses, problems: [...problems, ...violations.slice(0, 20)] };
}

/** The base with one to four changes at random places. */
export function someSpec(base: object, values: readonly Value[], random: () => number): object {
  const pick = (): Value => values[Math.floor(random() * values.length)] as Value;
  const chosen = Array.from({ length: 1 + Math.floor(random() * MOST_CHANGES) }, pick);
  const byField = new Map(chosen.map((value) => [value.field.text, value]));
  return [...byField.values()].reduce((spec, value) => withValue(spec, value), base);
}

async function seen({ stage }: Lane): Promise<void> {
  await until(
    () => stage.service !== undefined && stage.service.status?.observedGeneration === stage.service.metadata.generation,
    {
      what: 'a status for the generation',
      limitMs: SEEN_WITHIN_MS,
    },
  );
}

/** What the operator writes although there is nothing to do. */
export async function writesAtRest({ stage }: Lane, restMs: number): Promise<string[]> {
  const since = Date.now();
  await sleep(restMs);
  const writes = stage.requestsSince(since).filter((entry) => isWrite(entry) && entry.resource !== 'events');
  return writes.map((entry) => `written at rest: ${requestLine(entry)}`);
}
