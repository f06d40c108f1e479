import { TagServices } from '../../src/resource.ts';
import { until } from '../bed/until.ts';
import type { World } from '../bed/world.ts';
import { declareMember, untilReady, type Member } from './population.ts';

const LIMIT_MS = 30_000;
const LEVELS = ['debug', 'warn', 'error', 'info'] as const;

/**
 * Changes one TagService after the other and measures from the answered change to the first status that is about it. The next one is changed when
 * the rollout of this one is over: it is one change that is measured, and not many. Answers milliseconds.
 */
export async function measureChanges(world: World, members: readonly Member[], round: number): Promise<number[]> {
  const times: number[] = [];
  for (const member of members) {
    const logLevel = LEVELS[round % LEVELS.length] ?? 'info';
    const { metadata } = await declareMember(world, member, { observability: { logLevel } });
    const begun = performance.now();
    const wanted = metadata.generation ?? 0;
    await until(() => (world.observer.get(TagServices, member)?.status?.observedGeneration ?? 0) >= wanted, {
      what: `the reconcile of ${member.namespace}/${member.name}`,
      limitMs: LIMIT_MS,
      everyMs: 2,
    });
    times.push(performance.now() - begun);
    await untilReady(world, member);
  }
  return times;
}
