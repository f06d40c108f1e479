import { ComponentFailed } from './errors.ts';
import { isAlive, logTail, readRecord } from './process.ts';
import { until } from './wait.ts';

/** Waits until a started daemon is ready; ends early, with its log, when it ended. */
export async function awaitComponent(
  daemon: { name: string; records: string; logs: string },
  options: { timeoutMs: number; everyMs?: number; what: string },
  ready: () => Promise<boolean> | boolean,
): Promise<void> {
  let ended = false;
  const holds = await until(options, async () => {
    ended = !isAlive(readRecord(daemon.records, daemon.name));
    return ended || (await ready());
  });
  if (holds && !ended) return;
  const why = ended ? 'ended by itself' : `was not ready within ${String(options.timeoutMs / 1000)} s`;
  throw new ComponentFailed(`${daemon.name} ${why} (${options.what}).`, logTail(daemon.logs, daemon.name));
}
