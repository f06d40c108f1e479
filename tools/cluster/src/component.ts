import { ComponentFailed } from './errors.ts';
import { isAlive, logTail, readRecord } from './process.ts';
import { until } from './wait.ts';

/** Waits until a started daemon is ready; ends early, with the log of the culprit, when it or one it depends on ended. */
export async function awaitComponent(
  daemon: { name: string; records: string; logs: string },
  options: { timeoutMs: number; everyMs?: number; what: string; needs?: readonly string[] },
  ready: () => Promise<boolean> | boolean,
): Promise<void> {
  // What it needs comes first: its end is the cause, the daemon's own a consequence.
  const watched = [...(options.needs ?? []), daemon.name];
  let ended: string | undefined;
  const holds = await until(options, async () => {
    ended = watched.find((name) => !isAlive(readRecord(daemon.records, name)));
    return ended !== undefined || (await ready());
  });
  if (holds && ended === undefined) return;
  const culprit = ended ?? daemon.name;
  const why = ended === undefined ? `was not ready within ${String(options.timeoutMs / 1000)} s` : 'ended by itself';
  throw new ComponentFailed(
    `${culprit} ${why} (while waiting for ${daemon.name}: ${options.what}).`,
    logTail(daemon.logs, culprit),
  );
}
