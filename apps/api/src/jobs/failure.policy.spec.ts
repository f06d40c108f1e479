import { jobDocumentSchema } from '@tagservice/contracts';
import type { JobDocument } from '@tagservice/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryAtMs } from './failure.policy.ts';

const at = Date.parse('2026-03-01T12:00:00.000Z');
const minute = 60_000;

function failed(code: string): JobDocument {
  const instant = new Date(at).toISOString();
  const id = `${'0'.repeat(32)}-${'0'.repeat(16)}`;
  const job = { id, url: 'https://a.org/', status: 'failed', createdAt: instant, updatedAt: instant, attempts: 1 };
  return jobDocumentSchema.parse({ ...job, error: { code, detail: '' } });
}

const restMs = (code: string, before: number) => (retryAtMs(failed(code), before) ?? at) - at;

describe('a page that failed', () => {
  it('for a cause that may pass is left alone for seconds, twice as long each time, at most an hour', () => {
    const rests = [0, 1, 2, 3, 20, 5_000].map((before) => restMs('FETCH_TIMEOUT', before) / 1_000);
    expect(rests).toEqual([15, 30, 60, 120, 3_600, 3_600]);
  });

  it('for a cause of its own is left alone for ten minutes and more, at most half a day', () => {
    expect([0, 1, 2, 20].map((before) => restMs('PAGE_EMPTY', before) / minute)).toEqual([10, 20, 40, 720]);
  });

  it('for a reason that this release does not know is taken for one that may pass', () => {
    expect(restMs('CODE_OF_A_NEWER_RELEASE', 0)).toBe(15_000);
  });

  it.each(['JOB_EXPIRED', 'QUEUE_UNAVAILABLE', 'STORE_UNAVAILABLE', 'INTERNAL'])(
    'through no fault of its own (%s) is computed again at once',
    (code) => {
      expect(retryAtMs(failed(code), 3)).toBeUndefined();
    },
  );

  it.each(['queued', 'running', 'done'] as const)('not at all (%s) is not held back', (status) => {
    expect(retryAtMs({ ...failed('PAGE_EMPTY'), status }, 3)).toBeUndefined();
  });

  it('is never held back less than after one failure fewer', () => {
    fc.assert(
      fc.property(fc.nat(2_000), fc.constantFrom('FETCH_DNS', 'PAGE_EMPTY', 'FETCH_REFUSED'), (before, code) => {
        expect(restMs(code, before + 1)).toBeGreaterThanOrEqual(restMs(code, before));
        expect(restMs(code, before)).toBeLessThan(86_400_000);
      }),
    );
  });
});
