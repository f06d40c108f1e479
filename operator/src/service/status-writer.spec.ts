import type { Applier } from '@tagservice/controller-runtime';
import type { TagServiceStatus } from '@tagservice/crd';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TagServiceObject } from '../resource.ts';
import { StatusWriter } from './status-writer.ts';

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
  const applyStatus = (_resource: unknown, desired: { status: unknown }) => {
    written.push(desired.status);
    return Promise.resolve({ outcome: 'applied', object: undefined });
  };
  writer = new StatusWriter({ applyStatus } as unknown as Applier);
});

describe('writing status', () => {
  it('happens when it is new', async () => {
    expect(await writer.write(object(), status(1), signal)).toBe(true);
    expect(written).toEqual([status(1)]);
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
});
