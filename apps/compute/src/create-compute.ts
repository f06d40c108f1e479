import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import type { EventBus, Progress } from '@tagservice/event-bus';
import { createSafeFetch, safeFetch } from '@tagservice/safe-fetch';
import type { SafeFetch } from '@tagservice/safe-fetch';
import type { HealthCheck, Logger } from '@tagservice/service-kit';
import { memoryHostGate } from '@tagservice/tag-store';
import type { Crawls, HostGate, TagStore } from '@tagservice/tag-store';
import type { Registry } from 'prom-client';
import { BusTransport } from './bus/bus-transport.ts';
import { ProgressWatch } from './bus/progress-watch.ts';
import { systemClock } from '@tagservice/service-kit';
import type { Clock } from '@tagservice/service-kit';
import { computeMetrics, observePostponed, observeProgress, type ComputeMetrics } from './compute-metrics.ts';
import { ComputeModule } from './compute.module.ts';
import { crawling } from './crawls/crawling.ts';
import { hostLimits, hostTurns } from './fetching/host-turns.ts';
import type { ComputePolicy } from './settings/compute-settings.ts';
import { LONGEST_HOLD_MS } from './jobs/conclusion.ts';
import { Postponement } from './retries/postponement.ts';
import type { MessageTimer } from '@tagservice/timers';
import { TaggingPool } from './tagging/tagging-pool.ts';
import type { PageTagger } from './tagging/tagging-pool.ts';
import { RepairLoop } from './upkeep/repair-loop.ts';
import { startsOf } from './upkeep/watermarks.ts';

export interface CreateComputeOptions {
  readonly store: TagStore;
  readonly bus: EventBus;
  /** Brings jobs again after longer pauses. Compute starts it and closes it. */
  readonly retries: MessageTimer;
  readonly crawls: Crawls;
  /** Brings the runs of crawls. Compute starts it and closes it. */
  readonly crawlTimer: MessageTimer;
  readonly policy: ComputePolicy;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Name of this instance, unique among all. Default one of its own. */
  readonly instance?: string;
  /** For messages in flight when it stops, in milliseconds. */
  readonly graceMs: number;
  readonly onCrash: (error: Error) => void;
  /** Default: the safe fetch, taking turns in front of hosts where there is a gate. */
  readonly fetchPage?: SafeFetch;
  /** Shared with all other instances; compute does not close it. Default: one of its own, where the policy limits hosts. */
  readonly hostGate?: HostGate;
  readonly tagger?: PageTagger;
  readonly clock?: Clock;
}

/** Compute, ready to start. It owns neither store nor bus. */
export interface Compute {
  readonly checks: readonly HealthCheck[];
  progress(): Progress | undefined;
  start(): Promise<void>;
  /** Takes nothing new, finishes what is in flight, leaves the group. */
  close(): Promise<void>;
}

/** A page of the size limit takes well under a second; a page that takes this long was made to. */
const TAGGING_LIMIT_MS = 5_000;
/** The tagger needs about 60 MiB for the largest page; the rest is room for garbage. */
const TAGGING_MEMORY_MB = 192;
const MOST_WORKERS = 4;
const STUCK_AFTER_MS = 60_000;

/** Builds compute on its ports. Store and bus may be away: it starts, says so in its health, and begins when they are there. */
export async function createCompute(options: CreateComputeOptions): Promise<Compute> {
  const { store, bus, retries, policy, logger, registry, clock = systemClock } = options;
  const { instance: holder = randomUUID() } = options;
  const metrics = computeMetrics(registry);
  const { fetchPage = politeFetch(options, metrics), tagger = taggingPool(metrics) } = options;
  const transport = new BusTransport({
    bus,
    topicPrefix: policy.topicPrefix,
    concurrency: policy.concurrency,
    graceMs: options.graceMs,
    logger,
    rewind: startsOf({ store, metrics }),
    onCrash: options.onCrash,
  });
  observeProgress(registry, () => transport.progress());
  observePostponed(registry, () => retries.waiting());
  const watch = new ProgressWatch({
    progress: () => transport.progress(),
    needs: [() => store.ping(), () => bus.ping()],
    // One slow host may hold a partition's commits for the attempts of its page, and that is not being stuck.
    stuckAfterMs: Math.max(STUCK_AFTER_MS, policy.attempts * (policy.fetch.timeoutMs + LONGEST_HOLD_MS)),
    clock,
  });
  const periodMs = policy.indexRepairPeriodMs;
  const repair = new RepairLoop({ store, holder, periodMs, metrics, logger, clock });
  const { crawls, crawlTimer: timer } = options;
  const runs = crawling({ crawls, timer, store, bus, policy, instance: holder, fetchPage, metrics, clock, logger });
  const reread = (): void => {
    transport.reread();
  };
  const module = ComputeModule.on({ store, bus, retries, fetchPage, tagger, policy, logger, metrics, clock, reread });
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(module, {
    strategy: transport,
    logger: false,
    abortOnError: false,
  });
  const postponement = app.get(Postponement);
  return {
    checks: watch.checks(),
    progress: () => transport.progress(),
    async start() {
      tagger.warmUp();
      await app.listen();
      repair.start();
      retries.start((message) => postponement.bringBack(message));
      runs.start();
    },
    async close() {
      await repair.stop();
      await runs.close();
      await app.close();
      await retries.close();
      await tagger.close();
    },
  };
}

function politeFetch({ hostGate, policy, logger }: CreateComputeOptions, metrics: ComputeMetrics): SafeFetch {
  const { timeoutMs, perHost } = policy.fetch;
  if (perHost === undefined) return safeFetch;
  const limits = hostLimits({ timeoutMs, perHost });
  const gate = hostGate ?? memoryHostGate(limits);
  return createSafeFetch(undefined, hostTurns({ gate, limits, metrics, logger }));
}

function taggingPool(metrics: ComputeMetrics): TaggingPool {
  return new TaggingPool({
    size: Math.min(MOST_WORKERS, availableParallelism()),
    limitMs: TAGGING_LIMIT_MS,
    memoryMb: TAGGING_MEMORY_MB,
    onPage: (cpuMs) => {
      metrics.pageCpu.observe(cpuMs / 1_000);
    },
  });
}
