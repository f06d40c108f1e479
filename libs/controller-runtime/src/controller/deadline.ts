import type { Clock } from '../clock/clock.ts';

/** A reconcile did not end within its time limit. */
export class ReconcileTimeoutError extends Error {
  override readonly name = 'ReconcileTimeoutError';

  constructor(limitMs: number) {
    super(`the reconcile did not end within ${limitMs.toString()} ms`);
  }
}

/** How long a reconcile may take to notice that its signal aborted (5 s) before its worker moves on without it. */
const noticeMs = 5_000;

/**
 * Runs `run` with a signal that aborts after `limitMs` or with `outer`. Rejects with the reason of the abort, or with what the run itself
 * threw. A run that ignores its signal is left behind after a grace: whatever it still sends is refused, since its signal has aborted.
 */
export async function runWithin<T>(options: {
  clock: Clock;
  limitMs: number;
  outer: AbortSignal;
  run: (signal: AbortSignal) => Promise<T>;
  onTimeout: () => void;
}): Promise<T> {
  const { clock, limitMs, outer, run, onTimeout } = options;
  const controller = new AbortController();
  const abandoned = Promise.withResolvers<never>();
  const cancels: (() => void)[] = [];
  const abort = (reason: unknown): void => {
    controller.abort(reason);
    cancels.push(
      clock.after(noticeMs, () => {
        abandoned.reject(reason as Error);
      }),
    );
  };
  const onOuter = (): void => {
    abort(outer.reason);
  };
  cancels.push(
    clock.after(limitMs, () => {
      onTimeout();
      abort(new ReconcileTimeoutError(limitMs));
    }),
  );
  outer.addEventListener('abort', onOuter, { once: true });
  if (outer.aborted) onOuter();
  try {
    const result = await Promise.race([startedRun(run, controller.signal), abandoned.promise]);
    // Ended in time, or too late but complete: either way it is done.
    return result;
  } finally {
    for (const cancel of cancels) cancel();
    outer.removeEventListener('abort', onOuter);
  }
}

/** Turns a synchronous throw into a rejection. */
async function startedRun<T>(run: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  return await run(signal);
}
