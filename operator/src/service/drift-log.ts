import type { Correction } from '../step/step.ts';
import { shorten } from './conditions.ts';
import type { Note } from './summary.ts';

/** As many corrections of one object within this time are a fight with another writer. */
const WINDOW_MS = 300_000;
const FIGHT = 4;
const FIELDS_TOLD = 3;
const NOTE_BYTES = 900;

export type DriftNote = Note & { readonly repeated: boolean };

/**
 * Turns corrections into events. The first ones tell what was found and what is wanted; after a few of the same object within five minutes the
 * note stays the same whatever is found, so that the event recorder counts one event up instead of making many.
 */
export class DriftLog {
  /** By TagService and object, when it was corrected. */
  readonly #times = new Map<string, number[]>();

  /** `service` is `namespace/name`; `now` in milliseconds. */
  note(service: string, correction: Correction, now: number): DriftNote {
    const key = `${service} ${correction.object}`;
    const times = [...(this.#times.get(key) ?? []).filter((time) => now - time < WINDOW_MS), now].slice(-FIGHT);
    this.#times.set(key, times);
    const repeated = times.length >= FIGHT;
    return {
      type: 'Warning',
      reason: repeated ? 'DriftRepeated' : 'DriftCorrected',
      action: 'Correct',
      note: repeated ? repeatedText(correction) : correctionText(correction),
      repeated,
    };
  }

  forget(service: string): void {
    for (const key of this.#times.keys()) if (key.startsWith(`${service} `)) this.#times.delete(key);
  }
}

function repeatedText({ object }: Correction): string {
  return `${object} is changed or deleted by somebody else again and again, and made as declared each time: find who writes it (kubectl get --show-managed-fields) and stop that, or declare it in the TagService`;
}

function correctionText({ object, cause, fields }: Correction): string {
  if (cause === 'missing') return `${object} was deleted by somebody else; it is made again`;
  if (cause === 'replaced') return `${object} was deleted and made by somebody else; it is as declared again`;
  const told = fields.slice(0, FIELDS_TOLD).map(({ path, found, wanted }) => {
    return `${path}: found ${found ?? 'nothing'}, wanted ${wanted ?? 'nothing'}`;
  });
  const more = fields.length > FIELDS_TOLD ? `; and ${(fields.length - FIELDS_TOLD).toString()} more fields` : '';
  return shorten(
    `${object} was changed by somebody else and is as declared again: ${told.join('; ')}${more}`,
    NOTE_BYTES,
  );
}
