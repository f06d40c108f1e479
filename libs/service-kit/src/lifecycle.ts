import { setTimeout as after } from 'node:timers/promises';
import type { Health } from './health.ts';
import type { Logger } from './logger.ts';

/** What of `process` the lifecycle uses; tests give an EventEmitter. */
export interface LifecycleProcess {
  on(event: string, listener: (value: unknown) => void): unknown;
  exit(code: number): void;
}

export interface LifecycleOptions {
  readonly logger: Logger;
  readonly health: Health;
  /** From the signal until the process must be gone; kubelet kills after `terminationGracePeriodSeconds`. */
  readonly graceMs: number;
  /** From readiness false until work is refused: the time that endpoints need to drop from all proxies. */
  readonly drainDelayMs: number;
  /** Finishes what is in flight, then closes connections. */
  stop(): Promise<unknown>;
  readonly host?: LifecycleProcess;
}

export interface Lifecycle {
  /** Ends the process with status 1 after a graceful stop: something that cannot be repaired from inside has happened. */
  fail(error: unknown, message: string): void;
}

/**
 * SIGTERM and SIGINT: readiness false, wait, finish work in flight, close, exit 0; a second signal exits at once. An error
 * that nobody caught ends the process with status 1, because its state is unknown; the platform starts it again.
 */
export function superviseProcess(options: LifecycleOptions): Lifecycle {
  const { logger } = options;
  const host: LifecycleProcess = options.host ?? process;
  let stopping = false;

  async function stop(code: number): Promise<void> {
    options.health.stop();
    const limit = after(options.graceMs, 'late' as const, { ref: false });
    const ended = await Promise.race([limit, drained(options)]).catch((error: unknown) => {
      logger.error({ error }, 'closing failed');
      return 'failed' as const;
    });
    if (ended === 'late')
      logger.error({ graceMs: options.graceMs }, 'work in flight did not end in time; it will be done again');
    else logger.info('stopped');
    host.exit(ended === 'done' ? code : 1);
  }

  function onSignal(signal: string): void {
    if (stopping) {
      logger.warn({ signal }, 'second signal: leaving at once');
      host.exit(1);
      return;
    }
    stopping = true;
    logger.info({ signal }, 'stopping');
    void stop(0);
  }

  function fail(error: unknown, message: string): void {
    logger.fatal({ error }, message);
    if (stopping) return;
    stopping = true;
    void stop(1);
  }

  for (const signal of ['SIGTERM', 'SIGINT']) {
    host.on(signal, () => {
      onSignal(signal);
    });
  }
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    host.on(event, (error: unknown) => {
      logger.fatal({ error }, event === 'uncaughtException' ? 'uncaught exception' : 'unhandled rejection');
      host.exit(1);
    });
  }
  return { fail };
}

async function drained(options: LifecycleOptions): Promise<'done'> {
  await after(options.drainDelayMs);
  await options.stop();
  return 'done';
}
