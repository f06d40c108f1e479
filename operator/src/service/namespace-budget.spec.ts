import { ApiError, ConnectionError, FakeClock, type Namespace } from '@tagservice/controller-runtime';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TagServiceObject } from '../resource.ts';
import { NAMESPACE_BUDGET_MS, NamespaceBudget, type Patience } from './namespace-budget.ts';

const object = (uid = 'u1') => ({ metadata: { namespace: 'tags', name: 'demo', uid } }) as TagServiceObject;
const namespace = (deletionTimestamp?: string) =>
  ({ metadata: { name: 'tags', uid: 'n1', ...(deletionTimestamp && { deletionTimestamp }) } }) as Namespace;
const forbidden = () =>
  new ApiError(
    { code: 403, message: 'cannot get resource "namespaces" in API group ""' },
    'GET /api/v1/namespaces/tags',
  );

let clock: FakeClock;
let answer: () => Promise<Namespace | undefined>;
let asked: string[];
let budget: NamespaceBudget;
const { signal } = new AbortController();

beforeEach(() => {
  clock = new FakeClock(Date.UTC(2026, 0, 1));
  answer = () => Promise.resolve(namespace());
  asked = [];
  const client = {
    find: (_resource: unknown, { name }: { name: string }) => {
      asked.push(name);
      return answer() as never;
    },
  };
  budget = new NamespaceBudget({ client, clock });
});

const goes = (since = '2026-01-01T00:00:00Z') => {
  answer = () => Promise.resolve(namespace(since));
};
const look = (uid?: string): Promise<Patience> => budget.of(object(uid), signal);

describe('a deletion in a namespace that stays', () => {
  it('is waited for without limit', async () => {
    for (let minute = 0; minute < 60; minute++) {
      expect(await look()).toEqual({ kind: 'unlimited' });
      await clock.advance(60_000);
    }
  });

  it('asks for the namespace six times a minute at most, however often it is looked at', async () => {
    for (let second = 0; second < 60; second++) {
      await look();
      await clock.advance(1_000);
    }
    expect(asked).toEqual(['tags', 'tags', 'tags', 'tags', 'tags', 'tags']);
  });

  it('gets its limit once the namespace is deleted after all, counted from then', async () => {
    await look();
    await clock.advance(3_600_000);
    goes('2026-01-01T01:00:00Z');
    expect(await look()).toMatchObject({ kind: 'limited', leftMs: NAMESPACE_BUDGET_MS });
  });
});

describe('a deletion with its namespace', () => {
  it('is waited for 30 s and says until when', async () => {
    goes();
    expect(await look()).toEqual({
      kind: 'limited',
      leftMs: 30_000,
      hint: 'namespace tags is being deleted, so this is waited for until 2026-01-01T00:00:30Z; then the topics are kept',
    });
    await clock.advance(29_999);
    expect(await look()).toMatchObject({ kind: 'limited', leftMs: 1 });
    await clock.advance(1);
    expect(await look()).toEqual({ kind: 'over', namespace: namespace('2026-01-01T00:00:00Z') });
  });

  it('says the same all the time, so that status is not written again and again', async () => {
    goes();
    const first = await look();
    await clock.advance(12_345);
    clock.setWall(clock.now() + 5_000);
    expect(await look()).toMatchObject({ hint: (first as { hint: string }).hint });
  });

  it('has its whole time although it began long before this operator was there', async () => {
    goes('2025-12-24T18:00:00Z');
    expect(await look()).toMatchObject({ kind: 'limited', leftMs: 30_000 });
  });

  it('asks for the namespace only once, and needs no answer after that', async () => {
    goes();
    await look();
    answer = () => Promise.reject(forbidden());
    await clock.advance(20_000);
    expect(await look()).toMatchObject({ kind: 'limited', leftMs: 10_000 });
    await clock.advance(10_000);
    expect(await look()).toMatchObject({ kind: 'over' });
    expect(asked).toHaveLength(1);
  });

  it('has a time of its own for each TagService, and a new one for the next of its name', async () => {
    goes();
    await look('u1');
    await clock.advance(30_000);
    expect(await look('u1')).toMatchObject({ kind: 'over' });
    expect(await look('u2')).toMatchObject({ kind: 'limited', leftMs: 30_000 });
    budget.forget('u1');
    expect(await look('u1')).toMatchObject({ kind: 'limited', leftMs: 30_000 });
  });

  it('is let go after 30 s and no sooner, whenever it is looked at and whatever the clocks on the walls say', async () => {
    const step = fc.record({ ms: fc.integer({ min: 0, max: 12_000 }), wall: fc.integer({ min: 0, max: 2 ** 41 }) });
    const begun = fc.date({ min: new Date(0), max: new Date(2 ** 41), noInvalidDate: true });
    await fc.assert(
      fc.asyncProperty(begun, fc.array(step, { maxLength: 12 }), async (since, steps) => {
        const fake = new FakeClock();
        const found = namespace(since.toISOString());
        const one = new NamespaceBudget({ client: { find: () => Promise.resolve(found as never) }, clock: fake });
        await one.of(object(), signal);
        for (const { ms, wall } of steps) {
          await fake.advance(ms);
          fake.setWall(wall);
          const left = NAMESPACE_BUDGET_MS - fake.monotonic();
          expect(await one.of(object(), signal)).toMatchObject(
            left > 0 ? { kind: 'limited', leftMs: left } : { kind: 'over' },
          );
        }
      }),
    );
  });
});

describe('a namespace that cannot be seen', () => {
  it('for want of the right is waited for as one that stays, and the condition says what to grant', async () => {
    answer = () => Promise.reject(forbidden());
    const patience = await look();
    expect(patience.kind).toBe('unlimited');
    expect((patience as { hint: string }).hint).toMatch(
      /cannot get resource "namespaces" .*waits for this without limit: grant the operator get on namespaces$/,
    );
    await clock.advance(5_000);
    expect(await look()).toEqual(patience);
    expect(asked).toHaveLength(1);
  });

  it('is seen within 10 s once the right is granted', async () => {
    answer = () => Promise.reject(forbidden());
    await look();
    goes();
    await clock.advance(10_000);
    expect(await look()).toMatchObject({ kind: 'limited', leftMs: 30_000 });
  });

  it('because the API server is in trouble is asked for again at the next look', async () => {
    answer = () => Promise.reject(new ConnectionError('GET /api/v1/namespaces/tags', { cause: 'reset' }));
    expect(await look()).toEqual({ kind: 'unlimited' });
    answer = () => Promise.reject(new ApiError({ code: 500 }, 'GET /api/v1/namespaces/tags'));
    expect(await look()).toEqual({ kind: 'unlimited' });
    goes();
    expect(await look()).toMatchObject({ kind: 'limited', leftMs: 30_000 });
  });

  it('because the server does not know it is no reason to leave topics behind', async () => {
    answer = () => Promise.resolve(undefined);
    expect(await look()).toEqual({ kind: 'unlimited' });
  });
});
