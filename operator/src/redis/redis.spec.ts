import { createHash } from 'node:crypto';
import type { StatefulSet } from '@tagservice/controller-runtime';
import { describe, expect, it } from 'vitest';
import { NOW, pod, service } from '../../test/fixtures.ts';
import { encodeSecret } from '../children/own-secret.ts';
import { makePasswords, readPasswords, replicationConf, usersAcl } from './redis.access.ts';
import { redisConf } from './redis.config.ts';
import { planRedis } from './redis.plan.ts';
import { incompleteSecret, redisReport } from './redis.status.ts';

const passwords = makePasswords();
const plan = (redis = {}) => planRedis(service({ redis }), passwords, 'redis:7');
const podOf = (redis = {}) => plan(redis).statefulSet.spec?.template;

describe('passwords', () => {
  it('are long, all different and need no quoting', () => {
    const words = Object.values(passwords);
    expect(new Set(words).size).toBe(3);
    for (const word of words) expect(word).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it('are read back from a Secret', () => {
    expect(readPasswords(encodeSecret(passwords))).toEqual(passwords);
  });

  it('that are missing, empty or unusable are named', () => {
    expect(readPasswords({ ...encodeSecret(passwords), password: '' })).toEqual({ missing: ['password'] });
    expect(readPasswords(encodeSecret({ ...passwords, 'probe-password': 'two words are no good' }))).toEqual({
      missing: ['probe-password'],
    });
    expect(readPasswords()).toEqual({ missing: ['password', 'replication-password', 'probe-password'] });
  });

  it('stand as hashes in the access list', () => {
    const acl = usersAcl(passwords);
    expect(acl).toContain(createHash('sha256').update(passwords.password).digest('hex'));
    for (const word of Object.values(passwords)) expect(acl).not.toContain(word);
    expect(replicationConf(passwords)).toContain(`masterauth ${passwords['replication-password']}`);
  });
});

describe('the configuration', () => {
  const line = (redis: object, name: string) =>
    redisConf(service({ redis }).spec.redis)
      .split('\n')
      .find((one) => one.startsWith(`${name} `));

  it('keeps a log on disk and evicts nothing', () => {
    expect(line({}, 'appendonly')).toBe('appendonly yes');
    expect(line({}, 'appendfsync')).toBe('appendfsync everysec');
    expect(line({}, 'maxmemory-policy')).toBe('maxmemory-policy noeviction');
    expect(line({ maxMemory: '64Mi' }, 'maxmemory')).toBe('maxmemory 67108864');
  });

  it.each([
    [{}, '1'],
    [{ replicas: 1 }, '0'],
    [{ replicas: 5, durability: { acknowledgingReplicas: 2 } }, '2'],
    [{ durability: { acknowledgingReplicas: 0 } }, '0'],
  ])('of %j lets the primary write only with %s copies in reach', (redis, copies) => {
    expect(line(redis, 'min-replicas-to-write')).toBe(`min-replicas-to-write ${copies}`);
  });
});

describe('the store', () => {
  it('keeps its volumes when the StatefulSet is deleted or made smaller', () => {
    expect(plan().statefulSet.spec?.persistentVolumeClaimRetentionPolicy).toEqual({
      whenDeleted: 'Retain',
      whenScaled: 'Retain',
    });
  });

  it('has volumes of the declared size and class', () => {
    const [claim] = plan({ storage: { size: '20Gi', className: 'fast' } }).statefulSet.spec?.volumeClaimTemplates ?? [];
    expect(claim?.spec).toMatchObject({ storageClassName: 'fast', resources: { requests: { storage: '20Gi' } } });
    const [plain] = plan().statefulSet.spec?.volumeClaimTemplates ?? [];
    expect(plain?.spec).not.toHaveProperty('storageClassName');
  });

  it('lets callers reach the primary alone, and copies find it before it is ready', () => {
    expect(plan().primary.spec).toMatchObject({ selector: { 'statefulset.kubernetes.io/pod-name': 'demo-redis-0' } });
    expect(plan().primary.spec).not.toHaveProperty('publishNotReadyAddresses');
    expect(plan().headless.spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
  });

  it('rolls its pods when configuration or access change, and only then', () => {
    const hash = (redis = {}, words = passwords) =>
      planRedis(service({ redis }), words, 'redis:7').statefulSet.spec?.template?.metadata?.annotations?.[
        'tagservice.dev/config-hash'
      ];
    expect(hash()).toBe(hash());
    expect(hash({ maxMemory: '2Gi' })).not.toBe(hash());
    expect(hash({}, makePasswords())).not.toBe(hash());
    expect(hash({ storage: { size: '9Gi' } })).toBe(hash());
  });

  it('gives pods a quarter more memory than the data, and twice as much at most', () => {
    expect(podOf({ maxMemory: '1Gi' })?.spec?.containers?.[0]?.resources).toEqual({
      requests: { cpu: '100m', memory: '1280Mi' },
      limits: { memory: '2112Mi' },
    });
  });

  it('runs pods that satisfy the restricted security standard and hold no password in a command', () => {
    const spec = podOf()?.spec;
    expect(spec?.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 999,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(spec?.containers?.[0]?.securityContext).toMatchObject({
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    for (const word of Object.values(passwords)) expect(JSON.stringify([spec, plan().config])).not.toContain(word);
  });
});

describe('what status tells of the store', () => {
  const live = (ready: number) =>
    ({
      metadata: { generation: 1 },
      spec: { replicas: 3 },
      status: { observedGeneration: 1, replicas: 3, updatedReplicas: 3, readyReplicas: ready },
    }) as StatefulSet;
  const primary = pod({ name: 'demo-redis-0', component: 'redis' });

  it('is which pod takes writes', () => {
    const report = redisReport(service(), { live: live(3), pods: [primary], now: NOW });
    expect(report.outcomes.RedisReady).toMatchObject({
      kind: 'done',
      message: expect.stringContaining('demo-redis-0 takes writes'),
    });
    expect(report.status).toEqual({ redis: { primary: { pod: 'demo-redis-0' } } });
  });

  it('names no primary while that pod is not ready', () => {
    const report = redisReport(service(), {
      live: live(2),
      pods: [pod({ name: 'demo-redis-0', ready: false })],
      now: NOW,
    });
    expect(report.outcomes.RedisReady).toMatchObject({ reason: 'PodsNotReady' });
    expect(report.status).toEqual({ redis: {} });
  });

  it('is that a single pod has no copy', () => {
    const single = {
      ...live(1),
      spec: { replicas: 1 },
      status: { ...live(1).status, replicas: 1, updatedReplicas: 1 },
    } as StatefulSet;
    const report = redisReport(service({ redis: { replicas: 1 } }), { live: single, pods: [primary], now: NOW });
    expect(report.outcomes.RedisReady?.message).toContain('demo-redis-0 has no copy');
  });

  it('is which keys of the Secret are missing', () => {
    const { RedisReady } = incompleteSecret(service(), ['password']).outcomes;
    expect(RedisReady).toMatchObject({
      kind: 'stalled',
      message: expect.stringContaining('Secret demo-redis-auth lacks usable values of password'),
    });
  });
});
