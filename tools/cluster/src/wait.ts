import { setTimeout as delay } from 'node:timers/promises';

/** Asks again and again until the answer is not undefined; undefined when the time is over. */
export async function poll<T>(
  timing: { timeoutMs: number; everyMs?: number },
  ask: () => Promise<T | undefined> | T | undefined,
): Promise<T | undefined> {
  const deadline = performance.now() + timing.timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() >= deadline) return undefined;
    await delay(timing.everyMs ?? 50);
  }
}

/** True as soon as the condition holds, false when the time is over. */
export async function until(
  timing: { timeoutMs: number; everyMs?: number },
  holds: () => Promise<boolean> | boolean,
): Promise<boolean> {
  return (await poll(timing, async () => ((await holds()) ? true : undefined))) ?? false;
}
