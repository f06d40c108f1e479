import type { Quota } from '@tagservice/tag-store';
import type { ApiMetrics } from '../http/api-metrics.ts';
import type { ApiPolicy } from '../settings/api-settings.ts';
import type { AdmissionOptions } from './admission.ts';
import { InFlight } from './in-flight.ts';
import { watchLoopDelay } from './loop-delay.ts';
import { QueueWait } from './queue-wait.ts';
import type { ReadQueue } from './queue-wait.ts';
import { TenantLimits } from './tenant-limits.ts';

export interface AdmissionPorts {
  readonly policy: ApiPolicy;
  readonly quota: Quota;
  readonly readQueue?: ReadQueue;
}

/** What admits requests, at work. */
export interface Admission extends AdmissionOptions {
  readonly queueWait: QueueWait;
  close(): void;
}

const unread: ReadQueue = () => Promise.resolve(undefined);

/** Builds what admits requests. */
export function admissionOf({ policy, quota, readQueue }: AdmissionPorts, metrics: ApiMetrics): Admission {
  const { limits, shares, throttle, featuresOff } = policy.admission;
  const now = () => performance.now();
  const loop = watchLoopDelay();
  return {
    inFlight: new InFlight({ shares, most: policy.maxInFlight, now, loopDelayMs: () => loop.meanMs() }),
    limits: limits === undefined ? undefined : new TenantLimits({ quota, limits, instance: policy.instance, now }),
    throttle,
    featuresOff,
    metrics,
    now,
    queueWait: new QueueWait({ read: readQueue ?? unread, now }),
    close: () => {
      loop.close();
    },
  };
}
