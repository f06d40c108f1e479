import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { BenchFailure } from '../errors.ts';
import { serveCommands } from '../process/serve-commands.ts';

/** Field of a ConfigMap's data that says when its change was sent, in milliseconds since the epoch with fractions. */
export const sentField = 'sent';

/** The clock that the benchmark and the measured process share: they run on one machine. */
export const wallClock = (): number => performance.timeOrigin + performance.now();

/** A cache under test. */
export interface Cached {
  /** Objects held. */
  size(): number;
}

/** What a handler is told of: where the change carries the time of its sending, it is noted. */
export type Observe = (data: Readonly<Record<string, string>> | undefined) => void;

const limitMs = 300_000;

/**
 * Runs a cache as a measured process. `synced N` waits for so many objects; `watch N` forgets what was seen, answers at once;
 * `seen N` waits for so many changes since and tells how long they took to come, and when the first and the last came.
 */
export async function serveInformer(
  open: (place: { kubeconfig: string; namespace: string }, observe: Observe) => Promise<Cached>,
): Promise<void> {
  const { values } = parseArgs({
    options: { kubeconfig: { type: 'string', default: '' }, namespace: { type: 'string', default: '' } },
  });
  let delays: number[] = [];
  let first = Number.NaN;
  let last = Number.NaN;
  const cached = await open(values, (data) => {
    const sent = data?.[sentField];
    if (sent === undefined) return;
    last = wallClock();
    if (delays.length === 0) first = last;
    delays.push(last - Number(sent));
  });
  await serveCommands({
    synced: async (count) => {
      await until(() => cached.size() >= count, `${String(count)} objects`);
      return { size: cached.size() };
    },
    watch: () => {
      delays = [];
      return Promise.resolve({});
    },
    seen: async (count) => {
      await until(() => delays.length >= count, `${String(count)} changes`);
      return { delays, spanMs: last - first };
    },
  });
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new BenchFailure(`No sign of ${what} within five minutes.`);
    await pause(5);
  }
}
