import { SECONDS_BUCKETS, breakerGauge } from '@tagservice/service-kit';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Progress } from '@tagservice/event-bus';
import { STORE_CONNECTIONS } from '@tagservice/tag-store';
import type { BreakerState, StoreConnection } from '@tagservice/tag-store';

/** Parts of the work on one page. */
export type Stage = 'fetch' | 'tag' | 'apply' | 'publish';

/** Metrics of compute. Labels are bounded: stages, outcomes and codes; never a URL or a host. */
export type ComputeMetrics = ReturnType<typeof computeMetrics>;

export function computeMetrics(registry: Registry) {
  return { ...jobMetrics(registry), ...fetchMetrics(registry), ...upkeepMetrics(registry) };
}

/** What became of jobs, and how long they and their parts took. */
function jobMetrics(registry: Registry) {
  const registers = [registry];
  return {
    stages: new Histogram<'stage'>({
      name: 'tagservice_compute_stage_duration_seconds',
      help: 'Time of one stage of one page.',
      labelNames: ['stage'],
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    queueAge: new Histogram({
      name: 'tagservice_compute_queue_age_seconds',
      help: 'Time from the acceptance of a job to its first handling here.',
      buckets: [...SECONDS_BUCKETS, 60, 300, 1800],
      registers,
    }),
    pageCpu: new Histogram({
      name: 'tagservice_compute_page_cpu_seconds',
      help: 'Processor time of a worker thread that one page took. A page that goes beyond its limit is not in it.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    jobs: new Counter<'outcome' | 'reason'>({
      name: 'tagservice_compute_jobs_total',
      help: 'Messages dealt with, by outcome (done, failed, duplicate, dead) and code of the catalogue.',
      labelNames: ['outcome', 'reason'],
      registers,
    }),
    retries: new Counter<'reason'>({
      name: 'tagservice_compute_retries_total',
      help: 'Steps that were tried again, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    crawlPages: new Counter<'outcome'>({
      name: 'tagservice_compute_crawl_pages_total',
      help: 'Pages of crawls that have had their turn, by outcome: known, tagged, failed.',
      labelNames: ['outcome'],
      registers,
    }),
    postponed: new Counter<'outcome'>({
      name: 'tagservice_compute_postponed_total',
      help: 'Jobs put off until their next attempt: kept, not taken because as many wait as may (full), come back (returned).',
      labelNames: ['outcome'],
      registers,
    }),
  };
}

/** Fetches, and the line in front of each host. */
function fetchMetrics(registry: Registry) {
  const registers = [registry];
  return {
    fetchFailures: new Counter<'code'>({
      name: 'tagservice_compute_fetch_failures_total',
      help: 'Fetches that failed, tried again or not, by code.',
      labelNames: ['code'],
      registers,
    }),
    fetchRefusals: new Counter<'reason'>({
      name: 'tagservice_compute_fetch_refusals_total',
      help: 'Pages that are not at a public address, by what gave them away: the kind of address, name, port, scheme, credentials, malformed.',
      labelNames: ['reason'],
      registers,
    }),
    unchanged: new Counter({
      name: 'tagservice_compute_unchanged_total',
      help: 'Pages that had not changed since they were tagged, so that their record was renewed.',
      registers,
    }),
    hostWait: new Histogram({
      name: 'tagservice_compute_host_wait_seconds',
      help: 'Time in line in front of a host, for each request to it.',
      buckets: SECONDS_BUCKETS,
      registers,
    }),
    hostRefusals: new Counter<'reason'>({
      name: 'tagservice_compute_host_refusals_total',
      help: 'Requests to hosts that were put off: busy (line too long), resting (asked for by the host), broken (open circuit).',
      labelNames: ['reason'],
      registers,
    }),
  };
}

/** Upkeep of the index and of what is committed. */
function upkeepMetrics(registry: Registry) {
  const registers = [registry];
  return {
    repairs: new Counter<'result'>({
      name: 'tagservice_compute_index_repairs_total',
      help: 'Records and postings that the repair of the index looked at (scanned), posted from an outbox (reposted), corrected (mended) or took out (removed).',
      labelNames: ['result'],
      registers,
    }),
    repairRounds: new Counter({
      name: 'tagservice_compute_index_repair_rounds_total',
      help: 'Looks through the whole index that this instance has brought to an end.',
      registers,
    }),
    reread: new Counter({
      name: 'tagservice_compute_reread_messages_total',
      help: 'Messages read again although they were committed, because the store does not say that it has their results.',
      registers,
    }),
  };
}

/** A gauge of the breakers before Redis. */
export function observeBreakers(registry: Registry): (connection: StoreConnection, state: BreakerState) => void {
  return breakerGauge({ registry, name: 'tagservice_compute_store_breaker', connections: STORE_CONNECTIONS });
}

/** A gauge that asks the timer when it is scraped; NaN while that cannot be told. */
export function observePostponed(registry: Registry, waiting: () => Promise<number | undefined>): void {
  new Gauge({
    name: 'tagservice_compute_postponed',
    help: 'Jobs of the whole service that wait for their next attempt.',
    registers: [registry],
    async collect() {
      this.set((await waiting()) ?? Number.NaN);
    },
  });
}

/** Gauges that read the consumer when they are scraped. */
export function observeProgress(registry: Registry, progress: () => Progress | undefined): void {
  const gauges = {
    tagservice_compute_in_flight: ['Messages worked on now.', (now: Progress) => now.inFlight],
    tagservice_compute_assigned_partitions: ['Partitions that this instance reads.', (now: Progress) => now.assigned],
    tagservice_compute_assigned_lag: [
      'Messages of these partitions not yet committed.',
      (now: Progress) => now.lag ?? Number.NaN,
    ],
  } as const;
  for (const [name, [help, read]] of Object.entries(gauges)) {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const now = progress();
        this.set(now === undefined ? 0 : read(now));
      },
    });
  }
}
