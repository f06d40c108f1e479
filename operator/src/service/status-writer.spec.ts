import fc from 'fast-check';
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
const object = (current?: TagServiceStatus, uid = 'u1') =>
  ({ metadata: { namespace: 'tags', name: 'demo', uid }, ...(current && { status: current }) }) as TagServiceObject;

let written: unknown[];
let writer: StatusWriter;

beforeEach(() => {
  written = [];
  const patch = (_resource: unknown, _key: unknown, options: { patch: unknown }) => {
    written.push(options.patch);
    return Promise.resolve(undefined as never);
  };
  writer = new StatusWriter({ patch });
});

describe('writing status', () => {
  it('happens when it is new', async () => {
    expect(await writer.write(object(), status(1), signal)).toBe(true);
    expect(written).toEqual([{ metadata: { uid: 'u1' }, status: status(1) }]);
  });

  it('does not happen when it stands there already, in whatever order', async () => {
    expect(await writer.write(object(status(1, ['ApiReady', 'Ready'])), status(1), signal)).toBe(false);
    expect(written).toEqual([]);
  });

  it('remembers what was written while the cache is behind', async () => {
    await writer.write(object(status(1)), status(2), signal);
    expect(writer.last(object(status(1)))).toEqual(status(2));
  });

  it('happens again when somebody else changed it', async () => {
    await writer.write(object(), status(1), signal);
    expect(await writer.write(object(status(9)), status(1), signal)).toBe(true);
  });

  it('does not take a new resource of the name for the former one', async () => {
    await writer.write(object(), status(1), signal);
    expect(writer.last(object(undefined, 'u2'))).toBeUndefined();
    writer.forget('tags/demo');
    expect(writer.last(object(status(5)))).toEqual(status(5));
  });

  it('takes back what is no longer known, also the last field of a part', async () => {
    await writer.write(object(status(1)), { ...status(1), scaling: {} }, signal);
    expect(written).toMatchObject([{ status: { scaling: { lag: null } } }]);
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

  it('fits two possible states at once', () => {
    fc.assert(
      fc.property(tree, tree, tree, (cached, written, after) => {
        const patch = mergePatch([cached, written], after);
        expect(merge(cached, patch)).toEqual(after);
        expect(merge(written, patch)).toEqual(after);
      }),
    );
  });
});
