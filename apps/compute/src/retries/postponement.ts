import { Inject, Injectable } from '@nestjs/common';
import { topicNames } from '@tagservice/contracts';
import type { RunningJob } from '../jobs/running-job.ts';
import { PORTS } from '../ports.ts';
import type { ComputePorts } from '../ports.ts';
import type { DelayedMessage, Scheduled } from '@tagservice/timers';

/** How often a message was put off before it came this time. With it, its age is no longer the time that it waited for a worker. */
export const POSTPONED_HEADER = 'tagservice-postponed';

/** Takes a message out of its partition until it is time for the next attempt. */
@Injectable()
export class Postponement {
  constructor(@Inject(PORTS) private readonly ports: ComputePorts) {}

  /**
   * Schedules the message with key, value and headers as they came. When it is kept, the message here may be committed.
   *
   * @throws TimerUnavailable: then it may not, and is given again
   */
  async of({ message, request }: RunningJob, delayMs: number): Promise<Scheduled> {
    const { key, value, headers } = message;
    const { retries, metrics } = this.ports;
    const times = String(timesOf(headers[POSTPONED_HEADER]) + 1);
    const scheduled = await retries.schedule(
      {
        // By how often it was put off, not by attempts: a message that is given twice, as after a crash before its commit, waits once.
        id: `${request.jobId}-${times}`,
        key,
        value: value ?? new Uint8Array(0),
        headers: { ...headers, [POSTPONED_HEADER]: times },
      },
      delayMs,
    );
    metrics.postponed.inc({ outcome: scheduled });
    return scheduled;
  }

  /** Brings a message that is due back to the end of its partition. @throws BusUnavailable: then it is due again in a moment */
  async bringBack({ key, value, headers }: DelayedMessage): Promise<void> {
    const { bus, policy, metrics } = this.ports;
    await bus.publish(topicNames(policy.topicPrefix).requests, [{ key: key ?? '', value, headers }]);
    metrics.postponed.inc({ outcome: 'returned' });
  }
}

/** Headers are anybody's to write: what is no small number counts as none. */
function timesOf(header: string | undefined): number {
  return header !== undefined && /^\d{1,4}$/.test(header) ? Number(header) : 0;
}
