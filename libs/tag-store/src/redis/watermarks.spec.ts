import { describe, expect, it } from 'vitest';
import { WatermarkLedger } from './watermarks.ts';

const at = (topic: string, partition: number) => ({ topic, partition, offset: '0' });

describe('what is heard of the watermarks', () => {
  it('is nothing before somebody has asked, and no write where none is counted', () => {
    const ledger = new WatermarkLedger();
    expect(ledger.heard(at('a', 0))).toBeUndefined();
    expect(ledger.take('a', [])).toEqual(new Map());
    expect([ledger.heard(at('a', 0)), ledger.heard(at('b', 0))]).toEqual([0, undefined]);
  });

  it('is read with the watermarks, of each partition for itself', () => {
    const ledger = new WatermarkLedger();
    expect(ledger.take('a', ['0', '12', '0:writes', '5', '11', '3', '11:writes', '1'])).toEqual(
      new Map([
        [0, '12'],
        [11, '3'],
      ]),
    );
    expect([ledger.heard(at('a', 0)), ledger.heard(at('a', 11)), ledger.heard(at('a', 1))]).toEqual([5, 1, 0]);
  });

  it('only grows with answers, which may come out of turn', () => {
    const ledger = new WatermarkLedger();
    ledger.take('a', ['0', '12', '0:writes', '5']);
    for (const count of [7, 6, 0]) ledger.hear(at('a', 0), count);
    expect(ledger.heard(at('a', 0))).toBe(7);
  });

  it('is forgotten when it is read anew, of this topic alone', () => {
    const ledger = new WatermarkLedger();
    ledger.take('a', ['0:writes', '5']);
    ledger.take('ab', ['0:writes', '6']);
    ledger.take('a', ['1:writes', '2']);
    expect([ledger.heard(at('a', 0)), ledger.heard(at('a', 1)), ledger.heard(at('ab', 0))]).toEqual([0, 2, 6]);
  });
});
