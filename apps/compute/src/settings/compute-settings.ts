import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { computeEnvironment } from '@tagservice/contracts';
import { NetworkError, parseNetworks } from '@tagservice/safe-fetch';
import {
  integerField,
  listField,
  millisecondsField,
  parseEnvironment,
  ratioField,
  readCommonSettings,
  textField,
  variable,
} from '@tagservice/service-kit';
import type { CommonSettings, Environment } from '@tagservice/service-kit';
import { z } from 'zod';

/** How compute works; durations in milliseconds. */
export interface ComputePolicy {
  /** Messages worked on at the same time. */
  readonly concurrency: number;
  /** How often a job is begun before it is given up, counted over all instances. */
  readonly attempts: number;
  readonly fetch: {
    readonly timeoutMs: number;
    readonly maxBytes: number;
    readonly userAgent: string;
    readonly allowedNetworks: readonly string[];
    /** Default: robots.txt is not asked for. */
    readonly robots?: 'Respect' | 'Ignore';
    /** Default: requests to one host are not limited. */
    readonly perHost?: { readonly concurrency: number; readonly intervalMs: number };
  };
  readonly tags: { readonly max: number; readonly minimumScore: number };
  readonly topicPrefix: string;
  /** From the end of one look through the whole index to the beginning of the next, whichever instance takes it. */
  readonly indexRepairPeriodMs: number;
}

export interface ComputeSettings {
  readonly common: CommonSettings;
  readonly policy: ComputePolicy;
  /** How long a record is kept after its result was written, in milliseconds; undefined for good. */
  readonly recordRetentionMs: number | undefined;
  /** Where profiles and heap snapshots go that are asked for with SIGUSR2, and how much they may take. */
  readonly diagnostics: { readonly folder: string; readonly maxBytes: number };
}

const schema = z.object({
  [computeEnvironment.concurrency]: integerField({ min: 1, max: 1_000, fallback: 16 }, 'messages'),
  [computeEnvironment.attempts]: integerField({ min: 1, max: 100, fallback: 4 }),
  [computeEnvironment.fetchTimeoutMs]: millisecondsField(10_000, 1),
  [computeEnvironment.fetchBodyBytes]: integerField(
    { min: 1_024, max: 64 * 1024 * 1024, fallback: 2_097_152 },
    'bytes',
  ),
  [computeEnvironment.fetchUserAgent]: textField(
    'Set a name and a contact, as in TagService/1.0 (+https://example.org/bot).',
    'TagService/1.0 (+https://tagservice.dev)',
  ),
  [computeEnvironment.fetchAllowedNetworks]: variable(
    listField('').refine(areNetworks, 'is not a list of address ranges'),
    { remedy: 'Set ranges as in 10.96.0.0/12,fd00::/8; unset allows public addresses only.' },
  ),
  [computeEnvironment.fetchRobots]: variable(z.enum(['Respect', 'Ignore']).default('Respect'), {
    remedy: 'Set Respect or Ignore; unset means Respect.',
  }),
  [computeEnvironment.fetchPerHostConcurrency]: integerField({ min: 1, max: 1_000, fallback: 2 }, 'requests'),
  [computeEnvironment.fetchPerHostIntervalMs]: integerField({ min: 0, max: 60_000, fallback: 500 }, 'milliseconds'),
  [computeEnvironment.tagsMax]: integerField({ min: 1, max: 100, fallback: 12 }, 'tags'),
  [computeEnvironment.tagsMinimumScore]: ratioField(0.1),
  [computeEnvironment.recordRetentionMs]: millisecondsField(0, 0),
  [computeEnvironment.indexRepairPeriodMs]: millisecondsField(600_000, 1_000),
  [computeEnvironment.diagnosticsFolder]: textField(
    'Set a folder that the process may write to.',
    join(tmpdir(), 'diagnostics'),
  ),
  // The operator gives 64 MiB of temporary files to a pod, and a pod that takes more is evicted.
  [computeEnvironment.diagnosticsBytes]: integerField({ min: 1_048_576, max: 2 ** 40, fallback: 50_331_648 }, 'bytes'),
});

function areNetworks(ranges: readonly string[]): boolean {
  try {
    return parseNetworks(ranges).length === ranges.length;
  } catch (error) {
    if (error instanceof NetworkError) return false;
    throw error;
  }
}

/**
 * Reads the environment of compute.
 *
 * @throws ConfigurationError
 */
export function readComputeSettings(environment: Environment): ComputeSettings {
  const env = parseEnvironment(schema, environment);
  const common = readCommonSettings(environment);
  const policy: ComputePolicy = {
    concurrency: env.COMPUTE_CONCURRENCY,
    attempts: env.COMPUTE_ATTEMPTS,
    fetch: {
      timeoutMs: env.FETCH_TIMEOUT_MS,
      maxBytes: env.FETCH_BODY_BYTES,
      userAgent: env.FETCH_USER_AGENT,
      allowedNetworks: env.FETCH_ALLOWED_NETWORKS,
      robots: env.FETCH_ROBOTS,
      perHost: { concurrency: env.FETCH_PER_HOST_CONCURRENCY, intervalMs: env.FETCH_PER_HOST_INTERVAL_MS },
    },
    tags: { max: env.TAGS_MAX, minimumScore: env.TAGS_MINIMUM_SCORE },
    topicPrefix: common.kafka.topicPrefix,
    indexRepairPeriodMs: env.INDEX_REPAIR_PERIOD_MS,
  };
  const diagnostics = { folder: env.DIAGNOSTICS_FOLDER, maxBytes: env.DIAGNOSTICS_BYTES };
  return { common, policy, recordRetentionMs: env.RECORD_RETENTION_MS || undefined, diagnostics };
}
