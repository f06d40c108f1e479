import { describe, expect, it } from 'vitest';
import type { Correction } from '../step/step.ts';
import { DriftLog } from './drift-log.ts';

const correction = (found = 'evil:1', object = 'Deployment demo-api'): Correction => ({
  object,
  cause: 'drift',
  fields: [{ path: 'spec.image', found, wanted: 'good:1' }],
});

describe('what somebody else changed', () => {
  it('is told with what was found and what is wanted', () => {
    expect(new DriftLog().note('tags/demo', correction(), 0)).toEqual({
      type: 'Warning',
      reason: 'DriftCorrected',
      action: 'Correct',
      note: 'Deployment demo-api was changed by somebody else and is as declared again: spec.image: found evil:1, wanted good:1',
      repeated: false,
    });
  });

  it('is told differently when it was deleted or put in its place', () => {
    const log = new DriftLog();
    const of = (cause: Correction['cause']) => log.note('tags/demo', { ...correction(), cause, fields: [] }, 0).note;
    expect(of('missing')).toBe('Deployment demo-api was deleted by somebody else; it is made again');
    expect(of('replaced')).toContain('deleted and made by somebody else');
  });

  it('names a few fields and counts the others', () => {
    const fields = ['a', 'b', 'c', 'd', 'e'].map((path) => ({ path, found: undefined, wanted: '1' }));
    const { note } = new DriftLog().note('tags/demo', { ...correction(), fields }, 0);
    expect(note).toContain('c: found nothing, wanted 1; and 2 more fields');
  });

  it('becomes one unchanging note when it happens again and again, so that it is counted up', () => {
    const log = new DriftLog();
    const notes = [1, 2, 3, 4, 5, 6].map((n) => log.note('tags/demo', correction(`evil:${n}`), n * 1_000));
    expect(notes.map(({ repeated }) => repeated)).toEqual([false, false, false, true, true, true]);
    expect(new Set(notes.slice(3).map(({ note }) => note)).size).toBe(1);
    expect(notes[3]).toMatchObject({ reason: 'DriftRepeated' });
  });

  it('is a fight only about one object of one service within five minutes', () => {
    const log = new DriftLog();
    const repeated = (service: string, object: string, at: number) =>
      log.note(service, correction('x', object), at).repeated;
    expect([0, 1, 2].map((at) => repeated('tags/demo', 'Service a', at))).toEqual([false, false, false]);
    expect(repeated('tags/demo', 'Service b', 3)).toBe(false);
    expect(repeated('tags/other', 'Service a', 3)).toBe(false);
    expect(repeated('tags/demo', 'Service a', 300_001)).toBe(false);
    log.forget('tags/demo');
    expect(repeated('tags/demo', 'Service a', 300_002)).toBe(false);
  });
});
