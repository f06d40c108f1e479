import { describe, expect, it } from 'vitest';
import { found, record, requests, topics, wanted } from '../../test/topics.ts';
import { waiting } from '../step/outcome.ts';
import { settingsOf } from './topics.plan.ts';
import { blockedResult, topicsResult } from './topics.status.ts';

describe('what status tells of topics', () => {
  const all = wanted.map(({ name }) => found({ name, id: `id-${name}` }));
  const applied = { problems: [], corrections: [], moving: new Map() };

  it('is that they are as declared, with their identities and what was applied', () => {
    const result = topicsResult({ wanted, found: all, last: [], applied });
    expect(result.outcome).toMatchObject({ kind: 'done', reason: 'TopicsAsDeclared' });
    expect(result.topics[0]).toEqual({
      name: topics.requests,
      partitions: 12,
      replicationFactor: 3,
      id: `id-${topics.requests}`,
      ready: true,
      applied: settingsOf(requests),
    });
  });

  it('names partitions without a leader', () => {
    const one = [found({ offlinePartitions: 5 }), ...all.slice(1)];
    const result = topicsResult({ wanted, found: one, last: [], applied });
    expect(result.outcome).toMatchObject({
      reason: 'PartitionsOffline',
      message: expect.stringContaining('5 of 12 partitions'),
    });
    expect(result.topics.map(({ ready }) => ready)).toEqual([false, true, true]);
  });

  it('tells when fewer in-sync copies are asked for than declared, because they are not there', () => {
    const places = [{ partition: 0, leader: 1, replicas: [1, 2, 3], inSync: [1] }];
    const weak = { ...requests.configs, 'min.insync.replicas': '1' };
    const one = [found({ places, configs: weak }), ...all.slice(1)];
    const result = topicsResult({ wanted, found: one, last: [], applied });
    expect(result.outcome).toMatchObject({ reason: 'ReplicationBlocked' });
    expect(result.outcome.message).toContain('accepts writes with 1 in-sync copies, 2 are declared');
  });

  it('puts first what a person has to mend', () => {
    const problems = [
      { topic: topics.results, reason: 'TopicRefused' as const, message: 'refused' },
      { topic: topics.requests, reason: 'RekeyingNotAllowed' as const, message: 'keys' },
    ];
    const result = topicsResult({ wanted, found: all, last: [], applied: { ...applied, problems } });
    expect(result.outcome).toMatchObject({ kind: 'stalled', reason: 'RekeyingNotAllowed', message: 'keys; refused' });
    expect(result.topics.map(({ reason }) => reason)).toEqual(['RekeyingNotAllowed', 'TopicRefused', undefined]);
  });

  it('is that a topic just made is not seen yet', () => {
    const result = topicsResult({ wanted, found: all.slice(1), last: [], applied });
    expect(result.outcome).toMatchObject({ reason: 'Checking' });
  });

  it('keeps what was known while no broker answers, and calls nothing ready', () => {
    const last = [record({ id: 'x', message: 'old' })];
    const result = blockedResult({ wanted, last, outcome: waiting('KafkaUnreachable', 'no answer') });
    expect(result.topics).toMatchObject([
      { partitions: 12, id: 'x', ready: false, reason: 'KafkaUnreachable', applied: settingsOf(requests) },
      { partitions: 0, ready: false },
      { partitions: 0, ready: false },
    ]);
    expect(result.topics[0]).not.toHaveProperty('message');
  });
});
