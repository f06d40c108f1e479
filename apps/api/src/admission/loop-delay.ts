import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;

/** How late the event loop is. */
export interface LoopDelay {
  /** Mean lateness since it was last asked, in milliseconds. */
  meanMs(): number;
  close(): void;
}

/** Watches the event loop of this thread by a timer of the runtime, which costs a hundred wake-ups a second. */
export function watchLoopDelay(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let told = { sum: 0, count: 0 };
  return {
    meanMs() {
      // Differences, since a reset would lose the stretch that is under way: after a long one we are asked before it is recorded.
      const { count } = histogram;
      const sum = count === 0 ? 0 : histogram.mean * count;
      const mean = count === told.count ? 0 : (sum - told.sum) / (count - told.count) / 1e6;
      told = { sum, count };
      // What is recorded is the time between two ticks of the timer.
      return Math.max(0, mean - RESOLUTION_MS);
    },
    close: () => {
      histogram.disable();
    },
  };
}
