import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutNote } from './note.ts';

/** Notes whose last characters that fit have any length, and end at any byte. */
const notes = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom('n', 'é', '€', '😀'), fc.integer({ min: 0, max: 1_100 }))
  .map(([before, character, times]) => 'x'.repeat(before) + character.repeat(times));

describe('the note of an event', () => {
  it('is within what the API server takes, which counts bytes, and never ends within a character', () => {
    fc.assert(
      fc.property(notes, (note) => {
        const cut = cutNote(note);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1_024);
        expect(cut.isWellFormed()).toBe(true);
        if (Buffer.byteLength(note) <= 1_024) expect(cut).toBe(note);
        else {
          expect(note.startsWith(cut.slice(0, -1))).toBe(true);
          expect(cut.at(-1)).toBe('…');
          // As much as fits is kept.
          expect(Buffer.byteLength(cut)).toBeGreaterThan(1_024 - 4);
        }
      }),
    );
  });
});
