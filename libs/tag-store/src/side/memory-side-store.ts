import type { Verdict } from '@tagservice/contracts';
import { StoreUnavailable } from '../errors.ts';
import { MAX_VERDICTS, type NumberedVerdict, type SideStore } from './port.ts';
import { subjectOf, verdictsPage } from './verdict.ts';

/** Options of {@link memorySideStore}. */
export interface MemorySideStoreOptions {
  /** Milliseconds since 1970; for tests of what ends. Default `Date.now`. */
  readonly now?: () => number;
  readonly maxVerdicts?: number;
}

/** A {@link SideStore} with a switch for tests. */
export interface MemorySideStore extends SideStore {
  /** False makes every call fail as if Redis were away. */
  setAvailable(available: boolean): void;
}

/** A side store within this process, for development and tests. Same contract as Redis, nothing kept. */
export function memorySideStore(options: MemorySideStoreOptions = {}): MemorySideStore {
  const side = new Side(options);
  // Every method settles on a later turn, as over a network.
  const later = async <T>(call: () => T): Promise<T> => {
    await Promise.resolve();
    if (!side.available) throw new StoreUnavailable('memory', 'connect ECONNREFUSED');
    return call();
  };
  return {
    notes: {
      get: (key) => later(() => side.get(key)),
      put: (key, text, ttlMs) =>
        later(() => {
          side.put(key, text, ttlMs);
        }),
      putIfAbsent: (key, text, ttlMs) => later(() => side.putIfAbsent(key, text, ttlMs)),
      remove: (key, text) =>
        later(() => {
          side.remove(key, text);
        }),
    },
    feedback: {
      record: (verdict) => later(() => side.record(verdict)),
      since: (number, limit) => later(() => side.since(number, limit)),
    },
    close: () => Promise.resolve(),
    setAvailable: (available) => {
      side.available = available;
    },
  };
}

class Side {
  available = true;
  readonly #notes = new Map<string, { readonly text: string; readonly endsAt: number }>();
  readonly #verdicts = new Map<string, NumberedVerdict>();
  readonly #now: () => number;
  readonly #maxVerdicts: number;
  #given = 0;

  constructor({ now = Date.now, maxVerdicts = MAX_VERDICTS }: MemorySideStoreOptions) {
    this.#now = now;
    this.#maxVerdicts = maxVerdicts;
  }

  get(key: string): string | undefined {
    const note = this.#notes.get(key);
    return note !== undefined && note.endsAt > this.#now() ? note.text : undefined;
  }

  put(key: string, text: string, ttlMs: number): void {
    for (const [other, { endsAt }] of this.#notes) if (endsAt <= this.#now()) this.#notes.delete(other);
    this.#notes.set(key, { text, endsAt: this.#now() + ttlMs });
  }

  putIfAbsent(key: string, text: string, ttlMs: number): string | undefined {
    const there = this.get(key);
    if (there === undefined) this.put(key, text, ttlMs);
    return there;
  }

  remove(key: string, text: string): void {
    if (this.get(key) === text) this.#notes.delete(key);
  }

  record(verdict: Verdict): Verdict {
    const subject = subjectOf(verdict);
    const before = this.#verdicts.get(subject);
    if (before?.verdict === verdict.verdict) return plain(before);
    this.#given += 1;
    // Taken out and put in again: a map keeps the order of insertion, which is the order of the numbers.
    this.#verdicts.delete(subject);
    this.#verdicts.set(subject, { ...verdict, number: this.#given });
    const [oldest] = this.#verdicts.keys();
    if (this.#verdicts.size > this.#maxVerdicts && oldest !== undefined) this.#verdicts.delete(oldest);
    return { ...verdict };
  }

  since(number: number, limit: number): readonly NumberedVerdict[] {
    return Array.from(this.#verdicts.values())
      .filter((verdict) => verdict.number > number)
      .slice(0, verdictsPage(limit))
      .map((verdict) => ({ ...verdict }));
  }
}

function plain({ number: _, ...verdict }: NumberedVerdict): Verdict {
  return verdict;
}
