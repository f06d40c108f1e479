import { setTimeout as sleep } from 'node:timers/promises';
import { NotInTimeError } from '../errors.ts';

export type UntilOptions = {
  readonly what: string;
  readonly limitMs: number;
  readonly everyMs?: number;
  /** What to tell when it does not come. */
  readonly found?: () => string;
};

/** Asks until the answer is something else than undefined or false. Throws {@link NotInTimeError}. */
export async function until<T>(
  ask: () => T | Promise<T>,
  { what, limitMs, everyMs = 50, found }: UntilOptions,
): Promise<Exclude<Awaited<T>, undefined | false>> {
  const end = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer as Exclude<Awaited<T>, undefined | false>;
    if (performance.now() >= end) throw new NotInTimeError(what, limitMs, found?.());
    await sleep(everyMs);
  }
}
