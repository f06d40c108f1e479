import {
  ApiError,
  FakeClock,
  silentLogger,
  systemClock,
  type KubeClient,
  type KubeObject,
  type Resource,
} from '@tagservice/controller-runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentWatches, type ContentWatches } from './content-watch.ts';
import { digestOf } from './inputs.ts';

const token = { kind: 'Secret', name: 'token' } as const;
const settings = { kind: 'ConfigMap', name: 'settings' } as const;

/** What the API server was asked for, and the watches that are open now. */
let lists: string[];
let open: Set<string>;
let timeouts: number[];
let changed: string[];
let contents: ContentWatches;
let refusal: ApiError | undefined;

const stored: Readonly<Record<string, object>> = { token: { password: 'aHVzaA==' } };

type Asked = { fieldSelector?: string; timeoutSeconds?: number; signal?: AbortSignal };

/** An API server on which nothing changes. */
const client = {
  listen: () => () => undefined,
  list: ({ kind }: Resource, { fieldSelector = '' }: Asked) => {
    if (refusal !== undefined) return Promise.reject(refusal);
    lists.push(`${kind} ${fieldSelector}`);
    const name = fieldSelector.replace('metadata.name=', '');
    const data = stored[name];
    const metadata = { name, namespace: 'tags', uid: name, resourceVersion: '1' };
    const object = { kind, metadata, data } as unknown as KubeObject;
    return Promise.resolve({ items: data === undefined ? [] : [object], resourceVersion: '1' });
  },
  watch: ({ kind }: Resource, { fieldSelector = '', timeoutSeconds = 0, signal }: Asked) => {
    const id = `${kind} ${fieldSelector}`;
    open.add(id);
    timeouts.push(timeoutSeconds);
    return Promise.resolve(quiet(id, signal));
  },
} as unknown as KubeClient;

/** A watch on which nothing happens until it is ended. */
function quiet(id: string, signal?: AbortSignal): AsyncIterable<never> {
  const ended = new Promise<IteratorResult<never>>((resolve) => {
    signal?.addEventListener('abort', () => {
      open.delete(id);
      resolve({ done: true, value: undefined });
    });
  });
  return { [Symbol.asyncIterator]: () => ({ next: () => ended }) };
}

beforeEach(() => {
  [lists, open, timeouts, changed] = [[], new Set(), [], []];
  refusal = undefined;
  contents = contentWatches({
    client,
    clock: systemClock,
    log: silentLogger,
    changed: (service) => changed.push(service),
  });
});

afterEach(() => contents.stop());

describe('what pods read', () => {
  it('is followed by its name, told once it is known, and kept as digests', async () => {
    const view = contents.of('rollout');
    view.follow('tags/demo', 'tags', [token, settings]);
    expect(view.read('tags', token)).toEqual({ kind: 'unknown' });
    await expect.poll(() => view.read('tags', token).kind).toBe('known');
    expect(view.read('tags', token)).toEqual({ kind: 'known', digests: new Map([['password', digestOf('aHVzaA==')]]) });
    await expect.poll(() => view.read('tags', settings)).toEqual({ kind: 'absent' });
    expect(lists.sort()).toEqual(['ConfigMap metadata.name=settings', 'Secret metadata.name=token']);
    expect(new Set(changed)).toEqual(new Set(['tags/demo']));
  });

  it('is known to who waits for it', async () => {
    const view = contents.of('rollout');
    view.follow('tags/demo', 'tags', [token, settings]);
    await view.settled('tags/demo', AbortSignal.timeout(900));
    expect([view.read('tags', token).kind, view.read('tags', settings).kind]).toEqual(['known', 'absent']);
  });

  it('is waited for a moment only, and not at all where it is known to be refused', async () => {
    refusal = new ApiError({ code: 403, message: 'cannot list resource "secrets"' }, 'GET');
    const clock = new FakeClock();
    await contents.stop();
    contents = contentWatches({ client, clock, log: silentLogger, changed: () => undefined });
    const view = contents.of('rollout');
    view.follow('tags/demo', 'tags', [token]);
    let isOver = false;
    const waiting = view.settled('tags/demo', new AbortController().signal).then(() => (isOver = true));
    await clock.advance(900);
    expect(isOver).toBe(false);
    await clock.advance(100);
    await waiting;
    expect(view.read('tags', token)).toMatchObject({
      kind: 'unknown',
      problem: expect.stringContaining('cannot list'),
    });
    await view.settled('tags/demo', new AbortController().signal);
  });

  it('has one watch, whatever number of services and of parts of the operator read it', async () => {
    contents.of('rollout').follow('tags/one', 'tags', [token]);
    contents.of('rollout').follow('tags/two', 'tags', [token]);
    contents.of('kafka').follow('tags/one', 'tags', [token]);
    await expect.poll(() => contents.of('kafka').read('tags', token).kind).toBe('known');
    await expect.poll(() => open.size).toBe(1);
    expect(lists).toHaveLength(1);
    expect(new Set(changed)).toEqual(new Set(['tags/one', 'tags/two']));
  });

  it('is followed as long as a part still reads it', async () => {
    const [rollout, kafka] = [contents.of('rollout'), contents.of('kafka')];
    rollout.follow('tags/one', 'tags', [token]);
    kafka.follow('tags/one', 'tags', [token]);
    await expect.poll(() => open.size).toBe(1);
    rollout.follow('tags/one', 'tags', []);
    expect(kafka.read('tags', token).kind).toBe('known');
    kafka.forget('tags/one');
    await expect.poll(() => open.size).toBe(0);
    expect(kafka.read('tags', token)).toEqual({ kind: 'unknown' });
  });

  it('costs at rest no more than two requests an hour', async () => {
    contents.of('rollout').follow('tags/one', 'tags', [token]);
    await expect.poll(() => timeouts).toHaveLength(1);
    expect(timeouts[0]).toBeGreaterThanOrEqual(1_800);
  });
});
