import fc from 'fast-check';
import { ApiError, type ObjectKey } from '@tagservice/controller-runtime';
import type { TagServiceStatus } from '@tagservice/crd';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TagServiceObject } from '../resource.ts';
import { mergePatch, StatusWriter } from './status-writer.ts';

const signal = new AbortController().signal;
const condition = (type: string) => ({
  type,
  status: 'True' as const,
  observedGeneration: 1,
  lastTransitionTime: 'then',
  reason: 'R',
  message: '',
});
const status = (lag: number, types = ['Ready', 'ApiReady']): TagServiceStatus => ({
  scaling: { lag },
  conditions: types.map(condition),
});
type Version = { version?: number; generation?: number; uid?: string };
const object = (current?: TagServiceStatus, { version = 1, generation = 1, uid = 'u1' }: Version = {}) =>
  ({
    metadata: { namespace: 'tags', name: 'demo', uid, generation, resourceVersion: String(version) },
    ...(current && { status: current }),
  }) as TagServiceObject;

type Patch = { metadata: { uid: string; resourceVersion: string }; status: unknown };

/** An API server that holds one TagService and refuses writes to a version that is not the newest. */
class OneObjectServer {
  stored: TagServiceObject | undefined;
  readonly written: Patch[] = [];

  patch = (_resource: unknown, _key: ObjectKey, options: { patch: object }) => {
    const patch = options.patch as Patch;
    const { stored } = this;
    if (stored === undefined) return Promise.reject(new ApiError({ code: 404, reason: 'NotFound' }, 'PATCH x'));
    const { uid, resourceVersion } = stored.metadata;
    if (patch.metadata.uid !== uid || patch.metadata.resourceVersion !== resourceVersion)
      return Promise.reject(new ApiError({ code: 409, reason: 'Conflict' }, 'PATCH x'));
    this.written.push(patch);
    this.stored = {
      ...stored,
      metadata: { ...stored.metadata, resourceVersion: String(Number(resourceVersion) + 1) },
      status: merge(stored.status, patch.status) as TagServiceStatus,
    };
    return Promise.resolve(this.stored as never);
  };

  find = () => Promise.resolve(this.stored as never);
}

let server: OneObjectServer;
let writer: StatusWriter;

beforeEach(() => {
  server = new OneObjectServer();
  writer = new StatusWriter(server);
});

/** What is stored is what the cache shows. */
function stored(current?: TagServiceStatus, version: Version = {}): TagServiceObject {
  server.stored = object(current, version);
  return server.stored;
}

describe('writing status', () => {
  it('happens when it is new, to the version that was looked at', async () => {
    expect(await writer.write(stored(), status(1), signal)).toBe('written');
    expect(server.written).toEqual([{ metadata: { uid: 'u1', resourceVersion: '1' }, status: status(1) }]);
  });

  it('does not happen when it stands there already, in whatever order', async () => {
    expect(await writer.write(stored(status(1, ['ApiReady', 'Ready'])), status(1), signal)).toBe('unchanged');
    expect(server.written).toEqual([]);
  });

  it('goes by what was written while the cache is behind, so that nothing is written twice', async () => {
    const cached = stored(status(1));
    await writer.write(cached, status(2), signal);
    expect(writer.last(cached)).toEqual(status(2));
    expect(await writer.write(cached, status(2), signal)).toBe('unchanged');
    expect(await writer.write(cached, status(3), signal)).toBe('written');
    expect(server.stored?.status).toEqual(status(3));
  });

  it('happens again when somebody else changed it', async () => {
    await writer.write(stored(), status(1), signal);
    expect(await writer.write(stored(status(9), { version: 5 }), status(1), signal)).toBe('written');
    expect(server.stored?.status).toEqual(status(1));
  });

  it('does not take a new resource of the name for the former one', async () => {
    await writer.write(stored(), status(1), signal);
    expect(writer.last(object(undefined, { uid: 'u2' }))).toBeUndefined();
    writer.forget('tags/demo');
    expect(writer.last(object(status(5)))).toEqual(status(5));
  });

  it('takes back what is no longer known, also the last field of a part', async () => {
    await writer.write(stored(status(1)), { ...status(1), scaling: {} }, signal);
    expect(server.written).toMatchObject([{ status: { scaling: { lag: null } } }]);
  });
});

describe('writing status to a resource that is newer than the cache', () => {
  it('goes on when only labels or status changed', async () => {
    stored(status(7), { version: 4 });
    expect(await writer.write(object(status(1)), status(2), signal)).toBe('written');
    expect(server.stored?.status).toEqual(status(2));
  });

  it('writes nothing when the newest has it already, as after a restart with an old cache', async () => {
    stored(status(2), { version: 4 });
    expect(await writer.write(object(status(1)), status(2), signal)).toBe('unchanged');
    expect(server.written).toEqual([]);
  });

  it('keeps the times of what has not changed since a write whose answer was lost', async () => {
    const at = (lastTransitionTime: string, lag: number) => {
      const { conditions = [] } = status(lag);
      return { ...status(lag), conditions: conditions.map((one) => ({ ...one, lastTransitionTime })) };
    };
    server.stored = object(at('first', 1), { version: 2 });
    await writer.write(object(undefined), at('second', 2), signal);
    expect(server.stored.status).toEqual(at('first', 2));
  });

  it('dates no transition before the one that it follows', async () => {
    const ready = (value: 'True' | 'False', lastTransitionTime: string): TagServiceStatus => ({
      conditions: [{ ...condition('Ready'), status: value, lastTransitionTime }],
    });
    // True, then False by a write of ours whose answer was lost, then True again, counted from the first True.
    server.stored = object(ready('False', '2026-11-22T01:36:41Z'), { version: 2 });
    await writer.write(object(undefined), ready('True', '2026-11-22T01:36:39Z'), signal);
    expect(server.stored.status).toEqual(ready('True', '2026-11-22T01:36:41Z'));
  });

  it('gives up when the spec is another, so that observedGeneration never goes back', async () => {
    stored(status(7), { version: 4, generation: 2 });
    expect(await writer.write(object(status(1)), status(2), signal)).toBe('outdated');
    expect(server.stored?.status).toEqual(status(7));
  });

  it('gives up when it is gone or another one', async () => {
    expect(await writer.write(object(), status(1), signal)).toBe('outdated');
    stored(undefined, { uid: 'u2', version: 9 });
    expect(await writer.write(object(), status(1), signal)).toBe('outdated');
    expect(server.written).toEqual([]);
  });
});

/** What a server does with a merge patch (RFC 7386). */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = merge(result[key], value);
  }
  return result;
}

describe('a merge patch', () => {
  const leaf = fc.oneof(fc.integer(), fc.string(), fc.array(fc.integer()));
  const key = fc.constantFrom('a', 'b', 'c');
  const tree = fc.dictionary(key, fc.oneof(leaf, fc.dictionary(key, leaf)));

  it('makes the one into the other, whatever they hold', () => {
    fc.assert(
      fc.property(tree, tree, (before, after) => {
        expect(merge(before, mergePatch([before], after))).toEqual(after);
      }),
    );
  });
});

describe('any order of writes, delays of the cache and changes by others', () => {
  const act = fc.oneof(
    fc.record({ kind: fc.constant('write' as const), lag: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ kind: fc.constant('catch up' as const) }),
    fc.record({ kind: fc.constant('label' as const) }),
  );

  it('ends with the last status, and no status is ever written twice in a row', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 12 }), async (acts) => {
        server = new OneObjectServer();
        writer = new StatusWriter(server);
        let cached = stored();
        for (const step of acts) {
          if (step.kind === 'catch up') cached = server.stored ?? cached;
          else if (step.kind === 'label') {
            const { metadata, status: current } = server.stored ?? cached;
            stored(current, { version: Number(metadata.resourceVersion) + 1 });
          } else {
            await writer.write(cached, status(step.lag), signal);
            expect(server.stored?.status).toEqual(status(step.lag));
          }
        }
        const lags = server.written.map((patch) => JSON.stringify(patch.status));
        for (const [index, lag] of lags.entries()) expect(lag).not.toBe(lags[index - 1]);
      }),
    );
  });
});
