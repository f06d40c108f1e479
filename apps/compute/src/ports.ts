import type { EventBus } from '@tagservice/event-bus';
import type { SafeFetch } from '@tagservice/safe-fetch';
import type { Logger } from '@tagservice/service-kit';
import type { TagStore } from '@tagservice/tag-store';
import type { ComputeMetrics } from './compute-metrics.ts';
import type { ComputePolicy } from './settings/compute-settings.ts';
import type { MessageTimer } from '@tagservice/timers';
import type { PageTagger } from './tagging/tagging-pool.ts';
import type { Clock } from '@tagservice/service-kit';

/** What compute stands on; everything in it can be replaced in tests. */
export interface ComputePorts {
  readonly store: TagStore;
  readonly bus: EventBus;
  readonly fetchPage: SafeFetch;
  readonly tagger: PageTagger;
  readonly retries: MessageTimer;
  readonly policy: ComputePolicy;
  readonly logger: Logger;
  readonly metrics: ComputeMetrics;
  readonly clock: Clock;
  /** The store has lost what it had confirmed: reads the partitions again from how far it is. */
  readonly reread: () => void;
}

/** The name under which {@link ComputePorts} are injected: an interface has no value at run time. */
export const PORTS = Symbol('ComputePorts');
