import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readComputeSettings } from './compute-settings.ts';

const minimal = { KAFKA_BROKERS: 'kafka:9092', KAFKA_TOPIC_PREFIX: 'tags.demo', REDIS_URL: 'redis://redis:6379' };

describe('the settings of compute', () => {
  it('have the documented defaults', () => {
    expect(readComputeSettings(minimal).policy).toEqual({
      concurrency: 16,
      attempts: 4,
      fetch: {
        timeoutMs: 10_000,
        maxBytes: 2_097_152,
        userAgent: 'TagService/1.0 (+https://tagservice.dev)',
        allowedNetworks: [],
        robots: 'Respect',
        perHost: { concurrency: 2, intervalMs: 500 },
      },
      tags: { max: 12, minimumScore: 0.1 },
      topicPrefix: 'tags.demo',
      indexRepairPeriodMs: 600_000,
    });
  });

  it('keep records for good unless told for how long', () => {
    expect(readComputeSettings(minimal).recordRetentionMs).toBeUndefined();
    expect(readComputeSettings({ ...minimal, RECORD_RETENTION_MS: '0' }).recordRetentionMs).toBeUndefined();
    expect(readComputeSettings({ ...minimal, RECORD_RETENTION_MS: '86400000' }).recordRetentionMs).toBe(86_400_000);
  });

  it('keep recordings within what a pod may write, unless told otherwise', () => {
    expect(readComputeSettings(minimal).diagnostics).toEqual({
      folder: join(tmpdir(), 'diagnostics'),
      maxBytes: 50_331_648,
    });
    const elsewhere = { ...minimal, DIAGNOSTICS_FOLDER: '/var/recordings', DIAGNOSTICS_BYTES: '1048576' };
    expect(readComputeSettings(elsewhere).diagnostics).toEqual({ folder: '/var/recordings', maxBytes: 1_048_576 });
  });

  it('take networks as a list', () => {
    const { policy } = readComputeSettings({ ...minimal, FETCH_ALLOWED_NETWORKS: '10.96.0.0/16, fd00::/8' });
    expect(policy.fetch.allowedNetworks).toEqual(['10.96.0.0/16', 'fd00::/8']);
  });

  it.each([
    ['COMPUTE_CONCURRENCY', '0'],
    ['COMPUTE_ATTEMPTS', 'many'],
    ['FETCH_TIMEOUT_MS', '0'],
    ['FETCH_BODY_BYTES', '2Mi'],
    ['FETCH_ALLOWED_NETWORKS', '10.0.0.0/40'],
    ['FETCH_ALLOWED_NETWORKS', 'everywhere'],
    ['FETCH_ROBOTS', 'respect'],
    ['FETCH_PER_HOST_CONCURRENCY', '0'],
    ['FETCH_PER_HOST_INTERVAL_MS', '500ms'],
    ['TAGS_MAX', '0'],
    ['DIAGNOSTICS_BYTES', '1000'],
    ['TAGS_MINIMUM_SCORE', '-0.1'],
    ['RECORD_RETENTION_MS', '-1'],
    ['INDEX_REPAIR_PERIOD_MS', '10'],
  ])('refuse %s=%s by name', (name, value) => {
    expect(() => readComputeSettings({ ...minimal, [name]: value })).toThrow(name);
  });
});
