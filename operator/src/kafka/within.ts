import type { Clock } from '@tagservice/controller-runtime';

/** A call outside the cluster did not end in time. What it does later is ignored. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';
  constructor(what: string, limitMs: number) {
    super(`${what}: no answer within ${(limitMs / 1000).toString()} s`);
  }
}

/** The result of `task`, or {@link TimeLimitError} after `limitMs`. */
export async function within<T>(
  task: Promise<T>,
  options: { what: string; limitMs: number; clock: Clock },
): Promise<T> {
  const { promise: limit, reject } = Promise.withResolvers<never>();
  const cancel = options.clock.after(options.limitMs, () => {
    reject(new TimeLimitError(options.what, options.limitMs));
  });
  // The loser of the race may still reject; nobody is there to hear it.
  limit.catch(() => undefined);
  task.catch(() => undefined);
  try {
    return await Promise.race([task, limit]);
  } finally {
    cancel();
  }
}
