import { describe, expect, it } from 'vitest';
import { reasonEntry, reasons } from './reasons.ts';

const entries = Object.keys(reasons).map((reason) => [reason, reasonEntry(reason)] as const);

describe('the catalogue of reasons', () => {
  it('holds words that a condition and an event may carry', () => {
    for (const [reason] of entries) expect(reason).toMatch(/^[A-Z][A-Za-z0-9]{0,63}$/);
    expect(entries.length).toBeGreaterThan(20);
  });

  it('warns of everything that a person has to mend, and not of what a person has asked for', () => {
    const asked = ['PlanOnly', 'HeldByFreeze'];
    for (const [reason, entry] of entries)
      if (entry?.kind === 'stalled')
        expect([reason, entry.event]).toEqual([reason, asked.includes(reason) ? 'Normal' : 'Warning']);
  });

  it('says of every reason what it means and what to do', () => {
    for (const [reason, entry] of entries) {
      expect([reason, entry?.meaning]).toEqual([reason, expect.stringMatching(/^[A-Za-z].{15,}\.$/)]);
      expect([reason, entry?.remedy]).toEqual([reason, expect.stringMatching(/^[A-Z].{4,}\.$/)]);
    }
  });

  it('never warns of a success or of what a normal start goes through', () => {
    for (const [reason, entry] of entries)
      if (entry?.kind === 'success') expect([reason, entry.event]).not.toEqual([reason, 'Warning']);
    expect(reasonEntry('Checking')?.event).toBeUndefined();
    expect(reasonEntry('RolloutUnderWay')?.event).toBeUndefined();
  });

  it('looks again by itself at everything that is in trouble', () => {
    for (const reason of ['KafkaUnreachable', 'ImageNotPulled', 'NameTaken', 'LagUnknown'])
      expect(reasonEntry(reason)?.recheckMs).toBeGreaterThan(0);
  });

  it('knows nothing of words that it does not hold', () => {
    expect(reasonEntry('toString')).toBeUndefined();
    expect(reasonEntry('MinimumReplicasAvailable')).toBeUndefined();
  });
});
