import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../runs/stage.ts';
import { differenceLine, differences } from '../state/difference.ts';
import type { NormalState } from '../state/normalise.ts';

/** How a stage got on towards the reference state. */
export type Convergence =
  | { readonly reached: true; readonly at: number }
  | { readonly reached: false; readonly differences: readonly string[] };

export type ConvergeOptions = { readonly wanted: NormalState; readonly limitMs: number };

const LOOK_MS = 50;
/** A state counts as reached when the operator has not written for so long and it is still there. */
const QUIET_MS = 800;

/** Waits until the state is the wanted one and the operator rests in it. `at`: when it was first so, in milliseconds since 1970. */
export async function converge(stage: Stage, { wanted, limitMs }: ConvergeOptions): Promise<Convergence> {
  const end = Date.now() + limitMs;
  for (;;) {
    const at = await firstEqual(stage, wanted, end);
    if (at === undefined) return { reached: false, differences: await differencesNow(stage, wanted) };
    const rests = await stage.quiet(QUIET_MS, Math.max(1_000, end - Date.now())).then(
      () => true,
      () => false,
    );
    if (!rests) return { reached: false, differences: ['the operator goes on writing although the state is reached'] };
    if (await isEqual(stage, wanted)) return { reached: true, at };
  }
}

async function firstEqual(stage: Stage, wanted: NormalState, end: number): Promise<number | undefined> {
  for (;;) {
    const at = Date.now();
    if (await isEqual(stage, wanted)) return at;
    if (at > end) return undefined;
    await sleep(LOOK_MS);
  }
}

async function isEqual(stage: Stage, wanted: NormalState): Promise<boolean> {
  const { service } = stage;
  // Cheap, and false most of the time that is waited for.
  if (service === undefined || service.status?.observedGeneration !== service.metadata.generation) return false;
  const objects = stage.objects();
  const withoutTopics = { ...stage.normal({ objects, topics: [] }).parts, topics: wanted.parts['topics'] };
  if (differences(wanted.parts, withoutTopics, 1).length > 0) return false;
  const found = stage.normal(await stage.snapshot());
  return differences(wanted.parts, found.parts, 1).length === 0;
}

/** Where the state of now differs from the wanted one. */
export async function differencesNow(stage: Stage, wanted: NormalState): Promise<string[]> {
  const found = stage.normal(await stage.snapshot());
  return differences(wanted.parts, found.parts).map(differenceLine);
}
