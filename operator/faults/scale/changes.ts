import { setTimeout as pause } from 'node:timers/promises';
import type { TagServiceSpecInput } from '@tagservice/crd';
import { TagServices } from '../../src/resource.ts';
import { until } from '../bed/until.ts';
import type { World } from '../bed/world.ts';
import { declareMember, untilReady, type Member } from './population.ts';

const LIMIT_MS = 30_000;
/** From one change to the next: what the first leaves to the control plane to do is not to meet the second. */
const LEAST_BETWEEN_MS = 250;
const LEVELS = ['debug', 'warn', 'error', 'info'] as const;

/**
 * Whose pods are rolled out anew by a change, and of whom only an autoscaler changes. `check` throws when there is no use in going on.
 */
export type Sample = {
  readonly rollouts: readonly Member[];
  readonly limits: readonly Member[];
  readonly check: () => void;
};

/**
 * Changes one TagService after the other and measures from the answered change to the first status that is about it. The next one is changed when
 * this one is ready again: it is one change that is measured, and not many. Answers milliseconds.
 */
export async function measureChanges(
  world: World,
  { rollouts, limits, check }: Sample,
  round: number,
): Promise<readonly number[]> {
  const logLevel = LEVELS[round % LEVELS.length] ?? 'info';
  const scaling = { api: { min: 1, max: 3 + (round % 2) }, compute: { min: 1, max: 2 } };
  const times: number[] = [];
  const measure = async (member: Member, change: Partial<TagServiceSpecInput>): Promise<void> => {
    const settled = pause(LEAST_BETWEEN_MS);
    times.push(await measureChange(world, { member, check }, change));
    await settled;
  };
  for (const member of rollouts) await measure(member, { observability: { logLevel } });
  for (const member of limits) await measure(member, { scaling });
  return times;
}

async function measureChange(
  world: World,
  { member, check }: { member: Member; check: () => void },
  change: Partial<TagServiceSpecInput>,
): Promise<number> {
  const { metadata } = await declareMember(world, member, change);
  const begun = performance.now();
  const wanted = metadata.generation ?? 0;
  await until(() => (world.observer.get(TagServices, member)?.status?.observedGeneration ?? 0) >= wanted, {
    what: `the reconcile of ${member.namespace}/${member.name}`,
    limitMs: LIMIT_MS,
    everyMs: 2,
  });
  const took = performance.now() - begun;
  await untilReady(world, member, check);
  return took;
}
