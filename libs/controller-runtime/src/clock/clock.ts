/** Cancels a timer that has not fired yet; calling it again, or after it fired, does nothing. */
export type CancelTimer = () => void;

/**
 * The only way this library reads time or waits: the queue, the reflector, the lease and the back-off take one, so tests run on
 * {@link FakeClock} without waiting.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch. For time stamps shown to people, never for measuring. */
  now(): number;
  /** Milliseconds of a clock that never jumps or goes back. For durations, deadlines and leases. */
  monotonic(): number;
  /** Runs `task` once after `ms` milliseconds. */
  after(ms: number, task: () => void): CancelTimer;
}

/** Longest delay a Node timer takes (2^31 - 1 ms, 24.8 days); a longer one would fire at once. */
const longestTimerMs = 2_147_483_647;

/** A timer that fires so much too late (50 ms) shows that the event loop was blocked. */
const blockedMs = 50;
/** So many turns of the event loop take in an answer that lies in a socket: read, decrypt, parse, resolve. */
const turns = 3;

/**
 * The clock of the machine. Its timers do not keep the process alive. After the event loop was blocked, timers wait until what arrived
 * meanwhile has been taken in: else a time limit would end a request whose answer is there already.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, task) {
    const wait = Math.min(Math.max(0, ms), longestTimerMs);
    const due = performance.now() + wait;
    let cancelled = false;
    const run = (left: number): void => {
      if (cancelled) return;
      if (left === 0) task();
      else setImmediate(run, left - 1).unref();
    };
    const timer = setTimeout(() => {
      run(performance.now() - due > blockedMs ? turns : 0);
    }, wait);
    timer.unref();
    return () => {
      cancelled = true;
      clearTimeout(timer);
    };
  },
};

/** Waits `ms` milliseconds on `clock`; resolves early (never rejects) when `signal` aborts. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = clock.after(ms, done);
    function done(): void {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done, { once: true });
  });
}
