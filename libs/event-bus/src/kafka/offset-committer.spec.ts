import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Committable } from '../dispatcher.ts';
import { silentLogger } from '../log.ts';
import { OffsetCommitter } from './offset-committer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A committer over one partition whose broker answers when it is told to. */
function committing() {
  const state = { pending: undefined as bigint | undefined, confirmed: [] as bigint[], requests: [] as bigint[] };
  const answers: PromiseWithResolvers<undefined>[] = [];
  const offsets = (): Committable[] =>
    state.pending === undefined ? [] : [{ topic: 't', partition: 0, offset: state.pending }];
  const committer = new OffsetCommitter({
    commit: async ([first]) => {
      state.requests.push(first?.offset ?? -1n);
      const answer = Promise.withResolvers<undefined>();
      answers.push(answer);
      await answer.promise;
    },
    pending: offsets,
    committed: ([first]) => {
      state.confirmed.push(first?.offset ?? -1n);
      if (first?.offset === state.pending) state.pending = undefined;
    },
    logger: silentLogger,
  });
  const answered = async (failure?: Error): Promise<void> => {
    const answer = answers.shift();
    if (failure === undefined) answer?.resolve(undefined);
    else answer?.reject(failure);
    await vi.advanceTimersByTimeAsync(0);
  };
  const finish = (offset: bigint): void => {
    state.pending = offset;
    committer.schedule();
  };
  return { state, committer, answered, finish };
}

describe('offsets', () => {
  it('that may be committed together go in one request, soon after the first', async () => {
    const { state, finish } = committing();
    for (const offset of [1n, 2n, 3n]) finish(offset);
    await vi.advanceTimersByTimeAsync(49);
    expect(state.requests).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(state.requests).toEqual([3n]);
  });

  it('are committed one request after the other, so that an older one never comes last', async () => {
    const { state, committer, answered, finish } = committing();
    finish(1n);
    await vi.advanceTimersByTimeAsync(50);
    finish(2n);
    void committer.flush();
    await vi.advanceTimersByTimeAsync(200);
    expect(state.requests).toEqual([1n]);
    await answered();
    expect(state.requests).toEqual([1n, 2n]);
  });

  it('are committed again after a refusal, as while a group forms anew', async () => {
    const { state, committer, answered, finish } = committing();
    finish(5n);
    await vi.advanceTimersByTimeAsync(50);
    await answered(new TypeError('the group is rebalancing'));
    expect([state.confirmed, committer.lastCommitAt]).toEqual([[], undefined]);
    await vi.advanceTimersByTimeAsync(500);
    await answered();
    expect([state.requests, state.confirmed]).toEqual([[5n, 5n], [5n]]);
    expect(committer.lastCommitAt).toBe(Date.now());
  });

  it('are flushed by a close, after which nothing is committed any more', async () => {
    const { state, committer, answered, finish } = committing();
    finish(7n);
    const closed = committer.close();
    await vi.advanceTimersByTimeAsync(0);
    await answered();
    await closed;
    finish(8n);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(state.requests).toEqual([7n]);
  });

  it('that are none make no request', async () => {
    const { state, committer } = committing();
    await committer.flush();
    expect(state.requests).toEqual([]);
  });
});
