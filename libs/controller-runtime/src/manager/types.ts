import type { Registry } from 'prom-client';
import type { Cache, CacheProblem } from '../cache/types.ts';
import type { KubeClient } from '../client/client.ts';
import type { Clock } from '../clock/clock.ts';
import type { ControllerDefinition } from '../controller/types.ts';
import type { Logger } from '../logger.ts';

/** Leader election by a Lease, with client-go's defaults. Durations are milliseconds. */
export interface LeaderElectionOptions {
  namespace: string;
  name: string;
  /** Unique per process: pod name and something that changes at a restart. */
  identity: string;
  /** Others may take over after so long without a renewal (15,000). */
  leaseDurationMs?: number;
  /** The leader gives up when it could not renew for so long (10,000). */
  renewDeadlineMs?: number;
  /** Pause between attempts (2,000). */
  retryPeriodMs?: number;
}

export interface ManagerOptions {
  client: KubeClient;
  cache: Cache;
  controllers: readonly ControllerDefinition[];
  /** Absent: this process acts at once and alone. */
  leaderElection?: LeaderElectionOptions;
  /** Where the metrics are registered. */
  registry?: Registry;
  log?: Logger;
  clock?: Clock;
  /** The lease is lost. The manager has aborted every reconcile already; the process has to exit now. */
  onLost?: (reason: string) => void;
  /** How long `stop` waits for running reconciles (30,000 ms) before it gives up on them. */
  stopGraceMs?: number;
}

/** For probes: live unless `lost`; ready when `synced` (standbys are ready too: their caches are warm). */
export interface ManagerHealth {
  synced: boolean;
  leader: boolean;
  lost: boolean;
  /** Names of the kinds whose first list has not come yet. */
  waitingFor: string[];
  /** Kinds that cannot be followed right now, and why. Not a reason to be unready: the server may be restarting. */
  problems: CacheProblem[];
}

/** Runs controllers: warms the caches, waits for the lease, reconciles, and hands the lease over when stopped. */
export interface Manager {
  /** Starts caches and election; resolves when the caches are synced. Controllers start when this process leads. */
  start(signal?: AbortSignal): Promise<void>;
  /** Stops taking work, waits for running reconciles, releases the lease, stops the caches. Repeated calls share one stop. */
  stop(): Promise<void>;
  /** Resolves when this process becomes the leader. */
  whenLeading(): Promise<void>;
  isLeader(): boolean;
  health(): ManagerHealth;
  /** Queues a key of a controller now, as a fresh change would. With `told: false` the run still counts as `onlyTime`. */
  enqueue(controller: string, key: { namespace: string; name: string }, options?: { told?: boolean }): void;
}
