import { TimerUnavailable } from './message-timer.port.ts';
import type { DelayedMessage, MessageTimer, Scheduled } from './message-timer.port.ts';

/** What processes that share a {@link memoryTimer} have in common; a process that ends leaves it behind. */
export class MemorySchedule {
  readonly due = new Map<string, { readonly message: DelayedMessage; readonly at: number }>();
  /** Handed over now; again when it is not forgotten. */
  readonly active = new Set<string>();
}

export interface MemoryTimerOptions {
  readonly most?: number;
  /** Shared with other timers, as several processes share a Redis. */
  readonly schedule?: MemorySchedule;
  /** Pause after a delivery that failed, in milliseconds. */
  readonly againMs?: number;
}

const LOOK_EVERY_MS = 5;

/** A timer within this process, for development and for tests of those who use the port. Nothing is kept beyond the process. */
export function memoryTimer(options: MemoryTimerOptions = {}): MessageTimer {
  const { most = 10_000, schedule = new MemorySchedule(), againMs = 20 } = options;
  const running = new Set<Promise<void>>();
  let looking: NodeJS.Timeout | undefined;
  let closed = false;

  const hand = async (message: DelayedMessage, deliver: (message: DelayedMessage) => Promise<void>): Promise<void> => {
    schedule.active.add(message.id);
    try {
      await deliver(message);
      schedule.due.delete(message.id);
    } catch {
      schedule.due.set(message.id, { message, at: Date.now() + againMs });
    } finally {
      schedule.active.delete(message.id);
    }
  };

  return {
    schedule: (message, delayMs): Promise<Scheduled> => {
      if (closed) return Promise.reject(new TimerUnavailable('The timer is closed'));
      if (schedule.due.size >= most && !schedule.due.has(message.id)) return Promise.resolve('full');
      if (!schedule.due.has(message.id)) schedule.due.set(message.id, { message, at: Date.now() + delayMs });
      return Promise.resolve('kept');
    },
    start: (deliver) => {
      looking = setInterval(() => {
        for (const [id, { message, at }] of schedule.due) {
          if (at > Date.now() || schedule.active.has(id)) continue;
          const handing = hand(message, deliver).finally(() => running.delete(handing));
          running.add(handing);
        }
      }, LOOK_EVERY_MS);
      looking.unref();
    },
    waiting: () => Promise.resolve(schedule.due.size),
    close: async () => {
      closed = true;
      clearInterval(looking);
      await Promise.all(running);
    },
  };
}
