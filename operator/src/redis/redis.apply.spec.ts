import { FakeClock, type Applier, type KubeClient, type KubeObject } from '@tagservice/controller-runtime';
import { beforeEach, describe, expect, it } from 'vitest';
import { cacheOf, service } from '../../test/fixtures.ts';
import { childWriter } from '../children/child-writer.ts';
import { MANAGER } from '../children/labels.ts';
import { Refusals } from '../children/refusals.ts';
import { encodeSecret } from '../children/own-secret.ts';
import { makePasswords } from './redis.access.ts';
import { ensurePasswords } from './redis.apply.ts';

const demo = service();
const owner = { ...demo, metadata: { ...demo.metadata, resourceVersion: '1' } } as unknown as KubeObject;
const passwords = makePasswords();

let writes: { verb: string; body: object }[];
let live: KubeObject | undefined;

/** The Secret as it is in the cluster. */
const secret = (labels: Record<string, string>): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      namespace: 'tags',
      name: 'demo-redis-auth',
      uid: 's1',
      resourceVersion: '7',
      labels,
      ownerReferences: [
        { apiVersion: owner.apiVersion, kind: owner.kind, name: 'demo', uid: owner.metadata.uid, controller: true },
      ],
    },
    data: encodeSecret(passwords),
  }) as unknown as KubeObject;

const client = {
  find: () => Promise.resolve(live),
  create: (_resource: unknown, body: object) => {
    writes.push({ verb: 'create', body });
    return Promise.resolve(body);
  },
  patch: (_resource: unknown, _key: unknown, { patch }: { patch: object }) => {
    writes.push({ verb: 'patch', body: patch });
    return Promise.resolve(live);
  },
} as unknown as KubeClient;

/** The cache shows only what carries our label. */
function ensure() {
  const isSeen = live?.metadata.labels?.['app.kubernetes.io/managed-by'] === MANAGER;
  const writer = childWriter({
    client,
    cache: cacheOf(isSeen && live !== undefined ? [live] : []),
    applier: {} as Applier,
    refusals: new Refusals(new FakeClock()),
    owner,
    concern: 'redis',
    signal: new AbortController().signal,
    corrected: () => undefined,
  });
  return ensurePasswords(writer, demo);
}

beforeEach(() => {
  writes = [];
  live = undefined;
});

describe('the passwords of Redis', () => {
  it('are made when there are none', async () => {
    expect(await ensure()).not.toHaveProperty('missing');
    expect(writes).toMatchObject([{ verb: 'create', body: { metadata: { name: 'demo-redis-auth' } } }]);
  });

  it('are left as they are', async () => {
    live = secret({ 'app.kubernetes.io/managed-by': MANAGER });
    expect(await ensure()).toEqual(passwords);
    expect(writes).toEqual([]);
  });

  it('get back the labels that somebody took away, without which no revision could be made of them', async () => {
    live = secret({ mine: 'too' });
    expect(await ensure()).toEqual(passwords);
    expect(writes).toEqual([
      {
        verb: 'patch',
        body: {
          metadata: {
            uid: 's1',
            resourceVersion: '7',
            labels: expect.objectContaining({ 'app.kubernetes.io/managed-by': MANAGER }) as object,
          },
        },
      },
    ]);
  });
});
