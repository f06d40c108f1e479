import type { EventBus } from '@tagservice/event-bus';
import type { Logger } from '@tagservice/service-kit';
import type { Crawls, SideStore, TagStore } from '@tagservice/tag-store';
import type { MessageTimer } from '@tagservice/timers';
import type { Clock } from '@tagservice/service-kit';
import type { QueueWait } from './admission/queue-wait.ts';
import type { ApiMetrics } from './http/api-metrics.ts';
import type { ApiPolicy } from './settings/api-settings.ts';

/** What the API stands on; everything in it can be replaced in tests. */
export interface ApiPorts {
  readonly store: TagStore;
  readonly side: SideStore;
  readonly crawls: Crawls;
  /** Where the runs of crawls wait; they are begun elsewhere. */
  readonly crawlTimer: Pick<MessageTimer, 'schedule'>;
  readonly bus: EventBus;
  readonly policy: ApiPolicy;
  readonly logger: Logger;
  readonly metrics: ApiMetrics;
  readonly clock: Clock;
  readonly queueWait: QueueWait;
}

/** The name under which {@link ApiPorts} are injected: an interface has no value at run time. */
export const PORTS = Symbol('ApiPorts');
