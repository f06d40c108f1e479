import { processorTimes, type ProcessorTimes, type ReadStat } from '@tagservice/cluster';
import { HarnessError } from '../errors.ts';

/** Looks at how much of the processors' time the host of this virtual machine gives to others, until it is stopped. */
export type HostWatch = {
  /** The largest share that was stolen in any {@link WINDOW_MS} since the watch began, from 0 to 1. */
  readonly worst: () => number;
  readonly stop: () => void;
};

/** Within a few of these an operator loses its lease (10 s). */
export const WINDOW_MS = 5_000;

/** What is measured while more than this share is stolen says something about the host, and nothing about what runs here. */
const MOST_STOLEN = 0.4;

/** Begins to look. On a machine of its own nothing is ever stolen, nor where the kernel does not tell. */
export function watchHost(read?: ReadStat): HostWatch {
  let worst = 0;
  let before = processorTimes(read);
  const look = (): void => {
    const now = processorTimes(read);
    worst = Math.max(worst, stolenShare(before, now));
    before = now;
  };
  const timer = setInterval(look, WINDOW_MS);
  return {
    worst: () => {
      look();
      return worst;
    },
    stop: () => {
      clearInterval(timer);
    },
  };
}

/** A second of two processors: in a shorter time a single tick of the kernel would be a large share. */
const SHORTEST_MS = 2_000;

function stolenShare(before: ProcessorTimes, now: ProcessorTimes): number {
  const all = now.all - before.all;
  return all >= SHORTEST_MS ? (now.stolen - before.stolen) / all : 0;
}

/** How to measure what the host may spoil. */
export type UndisturbedOptions = {
  /** What is measured, in words. */
  readonly what: string;
  readonly say: (line: string) => void;
  /** How often it is tried at most; the last time counts, whatever the host did. */
  readonly attempts?: number;
  /** Nothing is measured: only what failed is done again. */
  readonly onlyFailures?: boolean;
  readonly watch?: () => HostWatch;
};

const ATTEMPTS = 6;
/** Five minutes. */
const MOST_LOOKS = 60;

/**
 * Does again what was done while the host took more than {@link MOST_STOLEN} of the processors. A measurement is repeated whether it came out well
 * or badly: none is chosen by its result.
 */
export async function undisturbed<T>(act: () => Promise<T>, options: UndisturbedOptions): Promise<T> {
  const { what, say, attempts = ATTEMPTS, onlyFailures = false, watch = watchHost } = options;
  for (let attempt = 1; attempt < attempts; attempt += 1) {
    const { outcome, stolen } = await watched(act, watch());
    if (stolen <= MOST_STOLEN || (onlyFailures && outcome.status === 'fulfilled')) return settled(outcome);
    say(`${what} is repeated: the host took up to ${(100 * stolen).toFixed(0)} % of the processors meanwhile`);
    await calm(watch);
  }
  return act();
}

type Watched<T> = { readonly outcome: PromiseSettledResult<T>; readonly stolen: number };

async function watched<T>(act: () => Promise<T>, host: HostWatch): Promise<Watched<T>> {
  const [outcome] = await Promise.allSettled([act()]);
  const stolen = host.worst();
  host.stop();
  return { outcome, stolen };
}

function settled<T>(outcome: PromiseSettledResult<T>): T {
  if (outcome.status === 'fulfilled') return outcome.value;
  throw outcome.reason instanceof Error ? outcome.reason : new HarnessError(String(outcome.reason));
}

/** Waits for the host, for as long as that may help. */
async function calm(watch: () => HostWatch): Promise<void> {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const { stolen } = await watched(() => new Promise((done) => setTimeout(done, WINDOW_MS)), watch());
    if (stolen <= MOST_STOLEN) return;
  }
}
