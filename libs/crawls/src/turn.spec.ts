import { describe, expect, it } from 'vitest';
import { readTurn, turnMessage } from './turn.ts';

const turn = { tenant: 'tenant {“ü”}', id: 'a'.repeat(32), run: 7 };

describe('the turn of a crawl', () => {
  it('is read as it was written', () => {
    expect(readTurn(turnMessage(turn))).toEqual(turn);
  });

  it('has one id a run, so that it comes once however often it is scheduled', () => {
    expect(turnMessage(turn).id).toBe(turnMessage({ ...turn }).id);
    expect(turnMessage({ ...turn, run: 8 }).id).not.toBe(turnMessage(turn).id);
    expect(turnMessage(turn).id).toMatch(/^[0-9a-f]{32}-7$/);
  });

  it.each(['', '{', 'null', '{"tenant":"a","id":"x","run":1}', '{"tenant":"a","run":0}'])('is not %j', (text) => {
    expect(readTurn({ id: 'x', key: null, value: Buffer.from(text), headers: {} })).toBeUndefined();
  });
});
